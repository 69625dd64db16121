/** How wide a text is, without a browser to ask: the advance widths of DejaVu Sans, in hundredths of the font size. */
const widths: readonly (readonly [characters: string, hundredths: number])[] = [
  ["'ijl", 28],
  [" ,.IJ/:;\\|", 34],
  ["-()[]tf", 39],
  ['!r"', 46],
  ["*_`sz?c", 55],
  ["LFkvxyPTYaoe", 62],
  ["$0123456789{}√ESbdghnpquσΣ", 64],
  ["KAVBRXZC", 70],
  ["HNDGUOQ&", 79],
  ["#+<=>^~−×÷wM", 86],
  ["%mW@", 100],
];

const widthOf: ReadonlyMap<string, number> = new Map(
  widths.flatMap(([characters, hundredths]) => Array.from(characters, (character) => [character, hundredths] as const)),
);

/** @returns pixels, never less than the text takes; a character that is not in the table counts as a full square */
export function textWidth(text: string, fontSize: number): number {
  let sum = 0;
  for (const character of text) sum += widthOf.get(character) ?? (/\p{Script=Greek}/u.test(character) ? 87 : 110);
  return (sum * fontSize) / 100;
}

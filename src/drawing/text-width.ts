/** How wide text is without a browser to ask: advance widths of DejaVu Sans in thousandths of the font size. */
const ascii = // characters 32 … 126
  "318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636 636 636 636 337 337 838 " +
  "838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 603 787 695 635 611 732 684 989 685 611 " +
  "685 390 337 390 838 500 500 613 635 550 635 615 352 635 634 278 278 579 278 974 634 612 635 635 411 521 392 634 592 " +
  "818 592 592 525 636 337 636 838";
const signs = { "−": 838, "×": 838, "÷": 838, "√": 637, Σ: 632, σ: 634, "·": 318, "…": 1000, "–": 500, "⁻": 528 };

const widths: ReadonlyMap<string, number> = new Map([
  ...ascii.split(" ").map((width, i): [string, number] => [String.fromCharCode(32 + i), Number(width)]),
  ...Object.entries(signs),
  ...Array.from("⁰¹²³⁴⁵⁶⁷⁸⁹", (digit): [string, number] => [digit, 401]),
]);

/** Width of a line of text in pixels: exact for ASCII and the signs above, at least as wide as it will be for nearly all others. */
export function textWidth(content: string, size = 12, bold = false): number {
  let thousandths = 0;
  for (const character of content) thousandths += widths.get(character) ?? otherWidth(character);
  return ((bold ? 1.11 : 1) * thousandths * size) / 1000;
}

function otherWidth(character: string): number {
  const base = character.normalize("NFD")[0]!; // é is as wide as e
  return widths.get(base) ?? (character.codePointAt(0)! > 0x2e80 ? 1100 : 870); // East Asian scripts and emoji are wide
}

/** The text itself where it fits into `room` pixels, else its beginning and `…`. */
export function fitText(content: string, room: number, size = 12, bold = false): string {
  if (textWidth(content, size, bold) <= room) return content;
  const characters = [...content];
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, size, bold) > room) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

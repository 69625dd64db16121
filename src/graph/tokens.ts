/** The tokens of a graph's text, and the error that names a place in it. */
import { FormatError } from "../errors.ts";
import { nameCharacter, namePattern } from "./names.ts";

/** A mistake in the text of a graph, with the place: lines and columns count from 1. */
export class GraphTextError extends FormatError {
  override name = "GraphTextError";
  readonly line: number;
  readonly column: number;

  /** @param position - where in `text`, in characters from 0 */
  constructor(text: string, position: number, problem: string) {
    const before = text.slice(0, position).split(lineBreak);
    const [rest = ""] = text.slice(position).split(lineBreak);
    const shown = `${before.at(-1)!.slice(-30)}▸${rest.slice(0, 30)}`.trim().replaceAll(/\p{Cc}/gu, " ");
    const column = before.at(-1)!.length + 1;
    super(`graph: line ${before.length}, column ${column}: ${problem}, at "${shown}"`);
    this.line = before.length;
    this.column = column;
  }
}

export interface Token {
  /** A "break" is a line break or `;`; "unknown" is text without a meaning, such as `$` or 0x10. */
  readonly kind: "number" | "name" | "operator" | "break" | "unknown" | "end";
  readonly text: string;
  readonly start: number;
}

const lineBreak = /\r\n|[\n\r\u2028\u2029]/;
const token = new RegExp(
  [
    String.raw`(?<space>(?!${lineBreak.source})\s|//.*)`,
    `(?<break>;|${lineBreak.source})`,
    String.raw`(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?!\.|${nameCharacter})`,
    `(?<name>${namePattern})`,
    String.raw`(?<operator>\*\*|[-+*/^(),=−·⋅×÷])`,
    `(?<unknown>(?:[\\d.]|${nameCharacter})+|.)`,
  ].join("|"),
  "uy",
);

/** Other spellings of operators; those of drawings and steps can be read back. */
const signs: ReadonlyMap<string, string> = new Map([
  ["**", "^"],
  ["−", "-"],
  ["·", "*"],
  ["⋅", "*"],
  ["×", "*"],
  ["÷", "/"],
]);

/** @returns the tokens of `text`, the last of kind "end" */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups = {}, index } of text.matchAll(new RegExp(token, "guy"))) {
    const [kind, found] = Object.entries(groups).find(([, part]) => part !== undefined)!;
    if (kind !== "space") tokens.push({ kind: kind as Token["kind"], text: signs.get(found!) ?? found!, start: index });
  }
  tokens.push({ kind: "end", text: "", start: text.length });
  return tokens;
}

/** Reads a decimal number; `undefined` for any other text and for numbers that no double can hold. */
export function readNumber(digits: string): number | undefined {
  const value = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(digits) ? Number(digits) : Number.NaN;
  const isTooSmall = value === 0 && /[1-9]/.test(digits.split(/e/i)[0]!);
  return Number.isFinite(value) && !isTooSmall ? value : undefined;
}

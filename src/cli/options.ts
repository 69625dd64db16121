/** Option parsers that say what they expected: used as `.option("--epochs <n>", "…", positiveInteger)`. */
import { InvalidArgumentError, Option } from "commander";

function number(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function parser(what: string, accepts: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = number(text);
    if (!accepts(value)) throw new InvalidArgumentError(`expected ${what}.`);
    return value;
  };
}

export const positiveInteger: (text: string) => number = parser(
  "a whole number >= 1",
  (v) => Number.isSafeInteger(v) && v >= 1,
);
export const nonNegativeInteger: (text: string) => number = parser(
  "a whole number >= 0",
  (v) => Number.isSafeInteger(v) && v >= 0,
);
export const positiveNumber: (text: string) => number = parser("a number > 0", (v) => Number.isFinite(v) && v > 0);
export const nonNegativeNumber: (text: string) => number = parser("a number >= 0", (v) => Number.isFinite(v) && v >= 0);
export const fraction: (text: string) => number = parser("a number from 0 to 1", (v) => v >= 0 && v <= 1);
export const seedNumber: (text: string) => number = parser(
  "a whole number from 0 to 4294967295",
  (v) => Number.isInteger(v) && v >= 0 && v <= 0xffff_ffff,
);

/** A setting as it is typed: `lossPlot` is `--loss-plot`. */
export function flag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
}

export function seedOption(): Option {
  return new Option("--seed <n>", "start of every random stream").argParser(seedNumber).default(442);
}

export function jsonOption(): Option {
  return new Option("--json", "print one JSON object instead of text");
}

/** `--help` text after the options: each example a command and what it does. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  return `\nExamples:\n${lines.map(([command, what]) => `  ${command}\n      ${what}`).join("\n")}`;
}

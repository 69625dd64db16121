/** What the fit commands have in common: where points come from, and how numbers are written. */
import { type Command, InvalidArgumentError } from "commander";
import { type AffineTransform, sampleCorrespondences } from "../fitting/index.ts";
import { readCorrespondences } from "../node/correspondences-file.ts";
import { type Rng, Tensor } from "../tensor/index.ts";

export interface Correspondences {
  /** for messages */
  readonly name: string;
  readonly p: Tensor<"float64">;
  readonly pPrime: Tensor<"float64">;
  /** what the targets were made with, where that is known */
  readonly truth?: AffineTransform;
}

export function dataOption(command: Command): Command {
  return command.option(
    "--data-file <file>",
    ".npy of shape (N, 4), or .csv with four columns: x, y, x', y' (default: built-in points)",
  );
}

export async function loadCorrespondences(file: string | undefined, rng: Rng): Promise<Correspondences> {
  if (file === undefined) return { name: "the built-in letter F", ...sampleCorrespondences(rng) };
  const [p, pPrime] = await readCorrespondences(file);
  return { name: file, p, pPrime };
}

const mostSteps = 10_000_000; // a few seconds; and every one may be recorded for a plot

/** Parses `--steps`. */
export function stepCount(text: string): number {
  const steps = text.trim() === "" ? Number.NaN : Number(text);
  if (!(Number.isInteger(steps) && steps >= 0 && steps <= mostSteps))
    throw new InvalidArgumentError(`expected a whole number from 0 to ${mostSteps}.`);
  return steps;
}

/** Every k-th row, so that at most `limit` are left: more would only hide each other in a picture. */
export function thinOut(points: Tensor<"float64">, limit: number): Tensor<"float64"> {
  const N = points.shape[0]!;
  const every = Math.ceil(N / limit);
  if (every <= 1) return points;
  const count = Math.ceil(N / every);
  const data = Float64Array.from({ length: 2 * count }, (_, i) => points.data[2 * every * (i >> 1) + (i & 1)]!);
  return new Tensor(data, [count, 2], "float64");
}

/** Four significant digits, as `0.1412` or `5.114e-5`. */
export function formatNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(3);
  return value.toPrecision(4);
}

/** A setting as short as it is: `0.6`, at most four digits. */
export function formatSetting(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** S above t in aligned columns, five digits of the largest number. */
export function formatTransform({ s, t }: AffineTransform): string {
  const numbers = [...s.data, ...t.data];
  const power = Math.floor(Math.log10(Math.max(...numbers.map(Math.abs))));
  const write = (value: number): string => {
    const text = power >= -2 && power <= 6 ? value.toFixed(Math.max(0, 4 - power)) : value.toExponential(4);
    return Number(text) === 0 ? text.replace("-", "") : text; // not -0.0000
  };
  const cells = numbers.map(write);
  const width = Math.max(...cells.map((cell) => cell.length));
  const [a, b, c, d, x, y] = cells.map((cell) => cell.padStart(width));
  return `S = [[${a}, ${b}],\n     [${c}, ${d}]]\nt =  [${x}, ${y}]`;
}

/**
 * The ranges of a search. A search moves on a line: the numbers of a range, or their logarithms, where equal lengths are
 * equally likely. Whole numbers own half a unit to either side, so that the first and the last are as likely as the others.
 */
import type { Rng } from "../tensor/index.ts";

export type Value = unknown; // JSON: a number, or what a choice lists

export interface NumberRange {
  readonly kind: "linear" | "log" | "integer" | "logInteger";
  readonly low: number;
  readonly high: number;
}

export interface ChoiceRange {
  readonly kind: "choice";
  readonly values: readonly Value[];
}

export type Range = NumberRange | ChoiceRange;

export const rangeKinds = ["linear", "log", "integer", "logInteger", "choice"] as const;

const isWhole = ({ kind }: NumberRange): boolean => kind === "integer" || kind === "logInteger";
const isLog = ({ kind }: NumberRange): boolean => kind === "log" || kind === "logInteger";

/** The ends of the line that a search moves on. */
export function lineOf(range: NumberRange): readonly [low: number, high: number] {
  const half = isWhole(range) ? 0.5 : 0;
  const ends = [range.low - half, range.high + half] as const;
  return isLog(range) ? [Math.log(ends[0]), Math.log(ends[1])] : ends;
}

/** The place of a value on the line. */
export function toLine(range: NumberRange, value: number): number {
  return isLog(range) ? Math.log(value) : value;
}

/** The value at a place on the line; never outside the range. */
export function fromLine(range: NumberRange, place: number): number {
  const value = isLog(range) ? Math.exp(place) : place;
  return Math.min(range.high, Math.max(range.low, isWhole(range) ? Math.round(value) : value));
}

/** Every place on the line, or every choice, equally likely. */
export function drawUniform(range: Range, rng: Rng): Value {
  if (range.kind === "choice") return range.values[rng.integer(0, range.values.length - 1)];
  const [low, high] = lineOf(range);
  return fromLine(range, low + rng.uniform() * (high - low));
}

/** Whether two values of a choice are the same. */
export function isSame(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Logistic sigmoid: `out = 1 / (1 + exp(−x))`, from 0 to 1. Finite for every x. */
import { type ElementwiseBackward, type ElementwiseForward, elementwise } from "./elementwise.ts";

/** `1 / (1 + exp(−x))` without an exponential that overflows. */
export function logistic(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

const pair = elementwise("sigmoidBackward", logistic, (_, out) => out * (1 - out));

/** @returns `[out, cache]`: out of the shape of x, and what {@link sigmoidBackward} needs */
export const sigmoidForward: ElementwiseForward = pair[0];
/** `gradX = gradOut · out · (1 − out)`. @throws {ShapeError} when `gradOut` is not of the shape of x */
export const sigmoidBackward: ElementwiseBackward = pair[1];

/**
 * Leaky rectified linear unit: `out = x where x > 0, else 0.01 · x`.
 * Source: Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic models".
 */
import { type ElementwiseBackward, type ElementwiseForward, elementwise } from "./elementwise.ts";

const slope = 0.01;

const pair = elementwise(
  "leakyReluBackward",
  (x) => (x > 0 ? x : slope * x),
  (x) => (x > 0 ? 1 : slope),
);

/** @returns `[out, cache]`: out of the shape of x, and what {@link leakyReluBackward} needs */
export const leakyReluForward: ElementwiseForward = pair[0];
/** `gradX = gradOut · (1 where x > 0, else 0.01)`. @throws {ShapeError} when `gradOut` is not of the shape of x */
export const leakyReluBackward: ElementwiseBackward = pair[1];

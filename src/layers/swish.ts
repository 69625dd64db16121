/**
 * Swish, also called SiLU: `out = x · sigmoid(x)`.
 * Source: Ramachandran et al. 2017, "Searching for activation functions".
 */
import { type ElementwiseBackward, type ElementwiseForward, elementwise } from "./elementwise.ts";
import { logistic } from "./sigmoid.ts";

const pair = elementwise(
  "swishBackward",
  (x) => x * logistic(x),
  (x, out) => out + logistic(x) * (1 - out),
);

/** @returns `[out, cache]`: out of the shape of x, and what {@link swishBackward} needs */
export const swishForward: ElementwiseForward = pair[0];
/** `gradX = gradOut · (out + sigmoid(x) · (1 − out))`. @throws {ShapeError} when `gradOut` is not of the shape of x */
export const swishBackward: ElementwiseBackward = pair[1];

/**
 * Exponential linear unit: `out = x where x > 0, else exp(x) − 1`.
 * Source: Clevert et al. 2016, "Fast and accurate deep network learning by exponential linear units (ELUs)", with α = 1.
 */
import { type ElementwiseBackward, type ElementwiseForward, elementwise } from "./elementwise.ts";

const pair = elementwise(
  "eluBackward",
  (x) => (x > 0 ? x : Math.expm1(x)),
  (x, out) => (x > 0 ? 1 : out + 1),
);

/** @returns `[out, cache]`: out of the shape of x, and what {@link eluBackward} needs */
export const eluForward: ElementwiseForward = pair[0];
/** `gradX = gradOut · (1 where x > 0, else exp(x))`. @throws {ShapeError} when `gradOut` is not of the shape of x */
export const eluBackward: ElementwiseBackward = pair[1];

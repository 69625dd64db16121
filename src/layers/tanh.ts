/** Hyperbolic tangent: `out = tanh(x)`, from −1 to 1. */
import { type ElementwiseBackward, type ElementwiseForward, elementwise } from "./elementwise.ts";

const pair = elementwise("tanhBackward", Math.tanh, (_, out) => 1 - out * out);

/** @returns `[out, cache]`: out of the shape of x, and what {@link tanhBackward} needs */
export const tanhForward: ElementwiseForward = pair[0];
/** `gradX = gradOut · (1 − out²)`. @throws {ShapeError} when `gradOut` is not of the shape of x */
export const tanhBackward: ElementwiseBackward = pair[1];

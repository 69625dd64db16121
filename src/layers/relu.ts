/** Rectified linear unit: `out = max(0, x)`, element by element. */
import { type FloatArray, kernels } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor } from "../tensor/index.ts";
import { newLike } from "./matmul.ts";

export interface ReluCache<F extends FloatDType = "float32"> {
  readonly out: Tensor<F>; // positive exactly where x was
}

/** @returns `[out, cache]`: out of the shape of x, and what {@link reluBackward} needs */
export function reluForward<F extends FloatDType>(x: Tensor<F>): [out: Tensor<F>, cache: ReluCache<F>] {
  const out = newLike(x);
  kernels().relu<FloatArray>(x.data, out.data);
  return [out, { out }];
}

/**
 * `gradX = gradOut where x > 0, else 0`; at the kink x = 0 the derivative is taken as 0.
 * @throws {ShapeError} when `gradOut` is not of the shape of x
 */
export function reluBackward<F extends FloatDType>(gradOut: Tensor<F>, { out }: ReluCache<F>): Tensor<F> {
  checkShape("reluBackward", "gradOut", gradOut, "x", out.shape, ` = (${out.shape.join(", ")})`);
  const gradX = newLike(out);
  kernels().reluBackward<FloatArray>(gradOut.data, out.data, gradX.data);
  return gradX;
}

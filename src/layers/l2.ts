/** Squared distances: as a loss between two tensors, and as the penalty on weights. */
import { checkNumber } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor } from "../tensor/index.ts";
import { newLike } from "./matmul.ts";

/**
 * Half the squared distance, averaged over the batch: `loss = 0.5 · Σ (x − y)² / N`, `gradX = (x − y) / N`.
 *
 * @param x - predictions, (N, …)
 * @param y - targets, of the shape of x
 * @throws {ShapeError} when the shapes differ
 */
export function l2Loss<F extends FloatDType>(x: Tensor<F>, y: Tensor<F>): [loss: number, gradX: Tensor<F>] {
  checkShape("l2Loss", "y", y, "x", x.shape, ` = (${x.shape.join(", ")})`);
  const N = x.shape[0] ?? 1;
  const gradX = newLike(x);
  let sum = 0;
  for (let i = 0; i < x.size; i++) {
    const difference = x.data[i]! - y.data[i]!;
    sum += difference * difference;
    gradX.data[i] = difference / N;
  }
  return [N === 0 ? 0 : (0.5 * sum) / N, gradX];
}

/**
 * L2 penalty on one weight tensor: `loss = reg/2 · Σ w²`, `gradW = reg · w`.
 *
 * @param reg - strength of the penalty, >= 0
 * @throws {SettingError} for a negative or non-finite strength
 */
export function l2Regularization<F extends FloatDType>(w: Tensor<F>, reg: number): [loss: number, gradW: Tensor<F>] {
  checkNumber("l2Regularization", "reg", reg);
  const gradW = newLike(w);
  return [addL2Penalty(w, reg, gradW), gradW];
}

/** Adds the gradient of {@link l2Regularization} to `gradW`; @returns its loss. */
export function addL2Penalty<F extends FloatDType>(w: Tensor<F>, reg: number, gradW: Tensor<F>): number {
  kernels().addScaled<FloatArray>(w.data, reg, gradW.data);
  return (reg / 2) * kernels().sumSquares(w.data);
}

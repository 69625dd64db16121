/**
 * Fully-connected layer: `out = x·w + b`.
 *
 * Sizes: N examples in the batch, D numbers per example, M outputs per example.
 * Source: CS231n notes, https://cs231n.github.io/optimization-2/ (gradients of matrix products).
 */
import { kernels } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor } from "../tensor/index.ts";
import { type FloatTensor, matmul, newLike } from "./matmul.ts";

export interface FcCache<F extends FloatDType = "float32"> {
  readonly x: Tensor<F>; // (N, D)
  readonly w: Tensor<F>; // (D, M)
}

/**
 * @param x - inputs, (N, D)
 * @param w - weights, (D, M)
 * @param b - biases, (M)
 * @returns `[out, cache]`: out (N, M), and what {@link fcBackward} needs
 * @throws {ShapeError} when the sizes disagree
 */
export function fcForward<F extends FloatDType>(
  x: Tensor<F>,
  w: Tensor<F>,
  b: Tensor<F>,
): [out: Tensor<F>, cache: FcCache<F>] {
  checkShape("fcForward", "w", w, "(D, M)", [-1, -1]);
  const [D = 0, M = 0] = w.shape;
  checkShape("fcForward", "x", x, "(N, D)", [-1, D], ` with D=${D}`);
  checkShape("fcForward", "b", b, "(M)", [M], ` with M=${M}`);
  return [matmul(x, w, { bias: b }), { x, w }];
}

/**
 * `gradX = gradOut·wᵀ`, `gradW = xᵀ·gradOut`, `gradB = Σ over rows of gradOut`.
 *
 * @param gradOut - gradient of the loss with respect to `out`, (N, M)
 * @throws {ShapeError} when `gradOut` is not of the shape of `out`
 */
export function fcBackward<F extends FloatDType>(
  gradOut: Tensor<F>,
  cache: FcCache<F>,
): [gradX: Tensor<F>, gradW: Tensor<F>, gradB: Tensor<F>] {
  const [gradW, gradB] = fcBackwardParameters(gradOut, cache);
  return [matmul(gradOut, cache.w, { transposeB: true }), gradW, gradB]; // (N, M)·(M, D)
}

/** {@link fcBackward} for a first layer, where nobody asks for the gradient of the input. */
export function fcBackwardParameters<F extends FloatDType>(
  gradOut: Tensor<F>,
  { x, w }: FcCache<F>,
): [gradW: Tensor<F>, gradB: Tensor<F>] {
  const [N = 0] = x.shape;
  const [, M = 0] = w.shape;
  checkShape("fcBackward", "gradOut", gradOut, "(N, M)", [N, M], ` with N=${N}, M=${M}`);
  const gradW = matmul(x, gradOut, { transposeA: true }); // (D, N)·(N, M)
  const gradB = newLike(gradOut, [M]);
  kernels().sumRows<FloatTensor["data"]>(gradOut.data, gradB.data); // each bias feeds every row
  return [gradW, gradB];
}

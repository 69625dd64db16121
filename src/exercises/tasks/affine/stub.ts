/**
 * Fitting an affine transform `p ↦ S·p + t` to point pairs. Points and targets are tensors of shape (N, 2), S is (2, 2), t is
 * (2); `x.at(i, k)` reads a number, `x.data` holds all of them row by row, `tensor(rows, { dtype: "float64" })` makes one.
 */
import { type Tensor, tensor, zeros } from "chainrule";

type Points = Tensor<"float64">;

/**
 * The mean squared distance and its gradients. With the residual `rᵢ = S·pᵢ + t − p'ᵢ`:
 *
 *     loss = 1/N · Σ |rᵢ|²        gradS = 2/N · Σ rᵢ·pᵢᵀ        gradT = 2/N · Σ rᵢ
 *
 * @returns prediction (N, 2), gradS (2, 2), gradT (2)
 */
export function affineTransformLoss(
  p: Points,
  pPrime: Points,
  s: Points,
  t: Points,
): { loss: number; prediction: Points; gradS: Points; gradT: Points } {
  throw new Error("affineTransformLoss: not implemented yet");
}

/**
 * Gradient descent from S = identity, t = 0: `steps` times, `S ← S − learningRate · gradS`, and t likewise.
 * @returns `losses` holds the loss before each step and after the last: steps + 1 numbers
 */
export function fitByDescent(
  p: Points,
  pPrime: Points,
  settings: { learningRate: number; steps: number },
): { s: Points; t: Points; losses: number[] } {
  throw new Error("fitByDescent: not implemented yet");
}

/**
 * Consensus, to compare with: for each triple of indices the transform that maps these three points exactly onto their
 * targets; its inliers are the points whose distance |S·pᵢ + t − p'ᵢ| is at most `threshold`. The first transform with the
 * most inliers wins.
 */
export function fitByRansac(
  p: Points,
  pPrime: Points,
  triples: readonly (readonly number[])[],
  threshold: number,
): { s: Points; t: Points; inliers: number } {
  throw new Error("fitByRansac: not implemented yet");
}

/**
 * Softmax followed by cross-entropy, averaged over the batch:
 * `loss = −1/N · Σᵢ log probs[i, labels[i]]` with `probs[i, j] = exp(s[i, j]) / Σₖ exp(s[i, k])`.
 *
 * Together they have a gradient simpler than either: `gradScores = (probs − onehot(labels)) / N`.
 * Sizes: N examples, C classes. Source: CS231n notes, https://cs231n.github.io/linear-classify/#softmax.
 */
import { formatShape, SettingError, ShapeError } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor } from "../tensor/index.ts";
import { newLike } from "./matmul.ts";
import { smoothTargets, softTargetLoss } from "./soft-targets.ts";

/** One class number per example: 0 … C−1. */
export type Labels = Tensor<"int32"> | Tensor<"uint8"> | Int32Array | Uint8Array | readonly number[];

/**
 * Finite for scores of any size that matters, ±1e30 included (in float64 up to about 1e308 between two scores of a row): each row's maximum is subtracted before the exponential.
 *
 * @param scores - (N, C)
 * @param labels - N whole numbers, 0 … C−1
 * @param options.smoothing - label smoothing, 0 … <1: this share of every target is spread over all classes; default 0
 * @returns the mean loss, and its gradient (N, C)
 * @throws {ShapeError} when there is not one label per row
 * @throws {SettingError} for a label outside 0 … C−1
 */
export function softmaxLoss<F extends FloatDType>(
  scores: Tensor<F>,
  labels: Labels,
  { smoothing = 0 }: { readonly smoothing?: number | undefined } = {},
): [loss: number, gradScores: Tensor<F>] {
  checkShape("softmaxLoss", "scores", scores, "(N, C)", [-1, -1]);
  const [N = 0, C = 0] = scores.shape;
  const checked = checkLabels("softmaxLoss", labels, N, C);
  if (smoothing !== 0) return softTargetLoss(scores, smoothTargets(checked, C, smoothing, scores.dtype));
  const gradScores = newLike(scores);
  const loss = kernels().softmaxLoss<FloatArray>(scores.data, checked, C, gradScores.data);
  return [loss, gradScores];
}

/** The labels as int32, each known to lie in 0 … C−1. */
export function checkLabels(who: string, labels: Labels, N: number, C: number): Int32Array {
  const values = "data" in labels ? labels.data : labels;
  if (values.length !== N)
    throw new ShapeError(`${who}: expected labels of shape (N) with N=${N}, got ${formatShape([values.length])}`);
  for (let i = 0; i < N; i++) {
    const label = values[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < C))
      throw new SettingError(`${who}: expected labels from 0 to ${C - 1}, got ${label} at ${i}`);
  }
  return values instanceof Int32Array ? values : Int32Array.from(values);
}

/**
 * Probabilities from scores, row by row; each row sums to 1.
 * @param scores - (N, C)
 */
export function softmax<F extends FloatDType>(scores: Tensor<F>): Tensor<F> {
  checkShape("softmax", "scores", scores, "(N, C)", [-1, -1]);
  const [N = 0, C = 0] = scores.shape;
  const probs = newLike(scores);
  for (let i = 0; i < N; i++) {
    const start = i * C;
    let max = -Infinity;
    for (let j = 0; j < C; j++) max = Math.max(max, scores.data[start + j]!);
    let sum = 0;
    for (let j = 0; j < C; j++) sum += Math.exp(scores.data[start + j]! - max);
    for (let j = 0; j < C; j++) probs.data[start + j] = Math.exp(scores.data[start + j]! - max) / sum;
  }
  return probs;
}

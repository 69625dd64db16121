/**
 * Softmax cross-entropy against a share of every class rather than one class: what label smoothing and mixup make of labels.
 *
 *     loss = −1/N · Σᵢ Σⱼ targets[i, j] · log probs[i, j]      gradScores = (probs − targets) / N
 *
 * where each row of targets sums to 1. Sizes: N examples, C classes.
 * Sources: Szegedy et al. 2016, "Rethinking the inception architecture for computer vision", section 7 (smoothing); Zhang
 * et al. 2018, "mixup: beyond empirical risk minimization".
 */
import { checkShare, SettingError, ShapeError } from "../errors.ts";
import type { FloatArray } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor, zeros } from "../tensor/index.ts";
import { newLike } from "./matmul.ts";

/**
 * Smoothed targets: `(1 − smoothing) · target + smoothing / C`.
 *
 * @param labels - N whole numbers, 0 … C−1
 * @param smoothing - 0 … <1
 * @returns (N, C), rows that sum to 1
 * @throws {SettingError} for a label outside 0 … C−1 or a share outside 0 … <1
 */
export function smoothTargets<F extends FloatDType = "float32">(
  labels: ArrayLike<number>,
  numClasses: number,
  smoothing: number,
  dtype: F = "float32" as F,
): Tensor<F> {
  checkShare("smoothTargets", "smoothing", smoothing);
  const targets = zeros([labels.length, numClasses], { dtype });
  smoothTargetsInto(Int32Array.from(labels), smoothing, targets.data, numClasses);
  return targets;
}

/** {@link smoothTargets} into `out`, from labels (N) in int32 or from targets (N, C). */
export function smoothTargetsInto(
  from: Int32Array | FloatArray,
  smoothing: number,
  out: FloatArray,
  columns: number,
): void {
  const spread = smoothing / columns;
  if (!(from instanceof Int32Array)) {
    if (from.length !== out.length)
      throw new ShapeError(`smoothTargets: expected targets of ${out.length} numbers, got ${from.length}`);
    for (let i = 0; i < out.length; i++) out[i] = (1 - smoothing) * from[i]! + spread;
    return;
  }
  out.fill(spread);
  for (let i = 0; i < from.length; i++) {
    const label = from[i]!;
    if (!(label >= 0 && label < columns))
      throw new SettingError(`smoothTargets: expected labels from 0 to ${columns - 1}, got ${label} at ${i}`);
    out[i * columns + label]! += 1 - smoothing;
  }
}

/**
 * @param scores - (N, C)
 * @param targets - (N, C), rows that sum to 1
 * @param options.smoothing - spreads this share of the targets over all classes first, 0 … <1; default 0
 * @returns the mean loss, and its gradient (N, C)
 * @throws {ShapeError} when the shapes differ
 */
export function softTargetLoss<F extends FloatDType>(
  scores: Tensor<F>,
  targets: Tensor<F>,
  { smoothing = 0 }: { readonly smoothing?: number } = {},
): [loss: number, gradScores: Tensor<F>] {
  checkShare("softTargetLoss", "smoothing", smoothing);
  checkShape("softTargetLoss", "scores", scores, "(N, C)", [-1, -1]);
  const [N = 0, C = 0] = scores.shape;
  checkShape("softTargetLoss", "targets", targets, "(N, C)", [N, C], ` with N=${N}, C=${C}`);
  const gradScores = newLike(scores);
  let smoothed = targets;
  if (smoothing > 0) {
    smoothed = newLike(targets);
    smoothTargetsInto(targets.data, smoothing, smoothed.data, C);
  }
  return [softTargetLossInto(scores.data, smoothed.data, C, gradScores.data), gradScores];
}

/** {@link softTargetLoss} on plain arrays, with the gradient written to `gradScores`; @returns the loss. */
export function softTargetLossInto(
  scores: FloatArray,
  targets: FloatArray,
  columns: number,
  gradScores: FloatArray,
): number {
  const N = columns > 0 ? scores.length / columns : 0;
  let loss = 0;
  for (let start = 0; start < scores.length; start += columns) {
    let max = -Infinity;
    for (let j = 0; j < columns; j++) max = Math.max(max, scores[start + j]!);
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += Math.exp(scores[start + j]! - max);
    const logSum = Math.log(sum);
    for (let j = 0; j < columns; j++) {
      const margin = scores[start + j]! - max;
      const target = targets[start + j]!;
      if (target !== 0) loss += target * (logSum - margin); // 0 times infinity would not be 0
      gradScores[start + j] = (Math.exp(margin) / sum - target) / N;
    }
  }
  return N === 0 ? 0 : loss / N;
}

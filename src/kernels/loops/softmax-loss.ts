import { checkLabels, checkLengths } from "../checks.ts";
import type { FloatArray } from "../kernels.ts";

/**
 * Cross-entropy of softmax, row by row: `loss = mean(log Σⱼ exp(sⱼ − max) − (s_label − max))`,
 * `grad = (softmax(s) − onehot(label)) / N`.
 *
 * The maximum is subtracted so that no exponential overflows: the largest one is exp(0) = 1, and the sum is at least 1.
 */
export function softmaxLoss<A extends FloatArray>(
  scores: A,
  labels: Int32Array,
  columns: number,
  gradScores: A,
): number {
  checkLengths("softmaxLoss", "scores and gradScores", scores, gradScores);
  checkLabels("softmaxLoss", scores, labels, columns);
  const rows = labels.length;
  const exps = new Float64Array(columns);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const start = i * columns;
    const label = labels[i]!;
    let max = -Infinity;
    for (let j = 0; j < columns; j++) max = Math.max(max, scores[start + j]!);
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      exps[j] = Math.exp(scores[start + j]! - max);
      sum += exps[j]!;
    }
    total += Math.log(sum) - (scores[start + label]! - max);
    for (let j = 0; j < columns; j++) gradScores[start + j] = (exps[j]! / sum - (j === label ? 1 : 0)) / rows;
  }
  return rows === 0 ? 0 : total / rows;
}

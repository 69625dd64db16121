import { type FloatArray, kernels } from "../kernels/index.ts";
import { smoothTargetsInto, softTargetLossInto } from "../layers/index.ts";
import { checkShape, type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";

/** Examples with what the scores should be: class numbers, or a share of every class where two examples were mixed. */
export interface TargetBatch<F extends FloatDType = "float32"> {
  readonly x: Tensor<F>; // (N, D)
  readonly labels: Tensor<"int32">; // (N)
  readonly targets?: Tensor<F> | undefined; // (N, C), each row summing to 1; used instead of labels
}

/**
 * The softmax cross-entropy of N examples, and its gradient in a buffer made once.
 * @param smoothing - 0 … <1: this share of every target is spread over all classes
 */
export function createLoss<F extends FloatDType>(
  N: number,
  C: number,
  dtype: F,
  smoothing: number,
): (scores: Tensor<F>, batch: TargetBatch<F>) => [loss: number, gradScores: Tensor<F>] {
  const gradScores = toKernelMemory(zeros([N, C], { dtype }));
  const soft = zeros([N, C], { dtype });
  return (scores, { labels, targets }) => {
    checkShape("createExecutor", "scores", scores, "(N, C)", [N, C], ` with N=${N}, C=${C}`);
    if (!targets && smoothing === 0)
      return [kernels().softmaxLoss<FloatArray>(scores.data, labels.data, C, gradScores.data), gradScores];
    smoothTargetsInto(targets?.data ?? labels.data, smoothing, soft.data, C);
    return [softTargetLossInto(scores.data, soft.data, C, gradScores.data), gradScores];
  };
}

import { checkNumber } from "../errors.ts";
import { addL2Penalty, evaluation, type Labels, type Pass, softmaxLoss, softTargetLoss } from "../layers/index.ts";
import type { Classifier } from "../models/index.ts";
import type { Tensors } from "../optim/index.ts";
import type { FloatDType, Tensor } from "../tensor/index.ts";

export interface StepResult<F extends FloatDType = "float32"> {
  readonly loss: number; // dataLoss + regLoss, what the gradients are of
  readonly dataLoss: number; // mean softmax cross-entropy over the batch
  readonly regLoss: number; // reg/2 · Σ w² over the weight matrices
  readonly grads: Tensors<F>;
}

export interface TrainingStepOptions {
  /** Whether batch normalisation and dropout are in training, and their generator. Default: as in `predict`. */
  readonly pass?: Pass | undefined;
  /** Label smoothing, 0 … <1: this share of every target is spread over all classes. Default 0. */
  readonly smoothing?: number | undefined;
}

/**
 * Forward, loss and backward on one batch: `loss = softmaxLoss(forward(x), labels) + reg/2 · Σ W²`.
 * Nothing is updated; hand `grads` to an optimizer. Biases are not regularized.
 *
 * @param x - examples, (N, D)
 * @param labels - N whole numbers, 0 … C−1; or targets (N, C), rows that sum to 1
 * @param reg - strength of the L2 penalty on the weight matrices, >= 0
 * @throws {ShapeError} when sizes disagree
 * @throws {SettingError} for a label outside 0 … C−1 or a negative strength
 */
export function trainingStep<F extends FloatDType, Cache>(
  model: Classifier<F, Cache>,
  x: Tensor<F>,
  labels: Labels | Tensor<F>,
  reg: number,
  { pass = evaluation, smoothing = 0 }: TrainingStepOptions = {},
): StepResult<F> {
  checkNumber("trainingStep", "reg", reg);
  const [scores, cache] = model.forward(x, pass);
  const [dataLoss, gradScores] = isTargets(labels)
    ? softTargetLoss(scores, labels as Tensor<F>, { smoothing })
    : softmaxLoss(scores, labels as Labels, { smoothing });
  const grads = model.backward(gradScores, cache);
  let regLoss = 0;
  const decayed = model.decayed();
  if (reg > 0)
    for (const [name, w] of Object.entries(model.parameters()))
      if (decayed.has(name)) regLoss += addL2Penalty(w, reg, grads[name]!); // not a bias
  return { loss: dataLoss + regLoss, dataLoss, regLoss, grads };
}

/** Whether these are shares of every class rather than class numbers. */
function isTargets(labels: object): boolean {
  return "shape" in labels && (labels.shape as readonly number[]).length === 2;
}

import { checkNumber } from "../errors.ts";
import { addL2Penalty, type Labels, softmaxLoss } from "../layers/index.ts";
import type { Classifier } from "../models/index.ts";
import type { Tensors } from "../optim/index.ts";
import type { FloatDType, Tensor } from "../tensor/index.ts";

export interface StepResult<F extends FloatDType = "float32"> {
  readonly loss: number; // dataLoss + regLoss, what the gradients are of
  readonly dataLoss: number; // mean softmax cross-entropy over the batch
  readonly regLoss: number; // reg/2 · Σ w² over the weight matrices
  readonly grads: Tensors<F>;
}

/**
 * Forward, loss and backward on one batch: `loss = softmaxLoss(forward(x), labels) + reg/2 · Σ W²`.
 * Nothing is updated; hand `grads` to an optimizer. Biases are not regularized.
 *
 * @param x - examples, (N, D)
 * @param labels - N whole numbers, 0 … C−1
 * @param reg - strength of the L2 penalty on the weight matrices, >= 0
 * @throws {ShapeError} when sizes disagree
 * @throws {SettingError} for a label outside 0 … C−1 or a negative strength
 */
export function trainingStep<F extends FloatDType, Cache>(
  model: Classifier<F, Cache>,
  x: Tensor<F>,
  labels: Labels,
  reg: number,
): StepResult<F> {
  checkNumber("trainingStep", "reg", reg);
  const [scores, cache] = model.forward(x);
  const [dataLoss, gradScores] = softmaxLoss(scores, labels);
  const grads = model.backward(gradScores, cache);
  let regLoss = 0;
  if (reg > 0)
    for (const [name, w] of Object.entries(model.parameters()))
      if (w.shape.length === 2) regLoss += addL2Penalty(w, reg, grads[name]!); // not a bias
  return { loss: dataLoss + regLoss, dataLoss, regLoss, grads };
}

import type { Classifier } from "../models/index.ts";
import type { Optimizer, Tensors } from "../optim/index.ts";
import type { FloatDType, Tensor } from "../tensor/index.ts";
import { type StepResult, trainingStep } from "./training-step.ts";

/** One step of training in two halves: a loss, then an update. */
export interface Stepper<F extends FloatDType = "float32"> {
  /**
   * Forward, loss and backward on one batch; nothing is updated yet.
   * @param x - examples, (N, D); must stay as it is until {@link Stepper.update}
   * @param labels - (N)
   */
  loss(x: Tensor<F>, labels: Tensor<"int32">): Omit<StepResult<F>, "grads">;
  /** Updates the parameters with the gradients of that batch, at the optimizer's learning rate. */
  update(): void;
}

/** {@link trainingStep}, then `optimizer.step`: for every model and optimizer. */
export function plainStepper<F extends FloatDType>(
  model: Classifier<F>,
  optimizer: Optimizer<F>,
  reg: number,
): Stepper<F> {
  let grads: Tensors<F> | undefined;
  return {
    loss(x, labels) {
      const step = trainingStep(model, x, labels, reg);
      grads = step.grads;
      return step;
    },
    update() {
      if (grads) optimizer.step(grads);
      grads = undefined;
    },
  };
}

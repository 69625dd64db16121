import type { Pass } from "../layers/index.ts";
import type { Classifier } from "../models/index.ts";
import { clipGradients, type Optimizer, type Tensors } from "../optim/index.ts";
import type { FloatDType } from "../tensor/index.ts";
import type { TargetBatch } from "./loss.ts";
import { type StepResult, trainingStep } from "./training-step.ts";

/** What a step does besides the model and its optimizer. */
export interface StepOptions {
  readonly reg?: number; // strength of the L2 penalty on the decayed parameters, >= 0; default 0
  readonly clip?: number | undefined; // largest norm of all gradients together, > 0; default none
  readonly smoothing?: number; // of the labels, 0 … <1; default 0
}

/** One step of training in two halves: a loss, then an update. */
export interface Stepper<F extends FloatDType = "float32"> {
  /**
   * Forward, loss and backward on one batch; nothing is updated yet but running statistics.
   * @param batch - its `x` must stay as it is until {@link Stepper.update}
   */
  loss(batch: TargetBatch<F>, pass: Pass): Omit<StepResult<F>, "grads">;
  /** Updates the parameters with the gradients of that batch, at the optimizer's learning rate. */
  update(): void;
}

/** {@link trainingStep}, `clipGradients`, `optimizer.step`: the definition, for every model and optimizer. */
export function definedStepper<F extends FloatDType>(
  model: Classifier<F>,
  optimizer: Optimizer<F>,
  { reg = 0, clip, smoothing = 0 }: StepOptions = {},
): Stepper<F> {
  let grads: Tensors<F> | undefined;
  return {
    loss({ x, labels, targets }, pass) {
      const step = trainingStep(model, x, targets ?? labels, reg, { pass, smoothing });
      grads = step.grads;
      return step;
    },
    update() {
      if (!grads) return;
      if (clip !== undefined) clipGradients(grads, clip);
      optimizer.step(grads);
      grads = undefined;
    },
  };
}

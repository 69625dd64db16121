import { checkNumber } from "../errors.ts";
import { type Classifier, TwoLayerNet } from "../models/index.ts";
import { type Optimizer, SGD } from "../optim/index.ts";
import type { FloatDType } from "../tensor/index.ts";
import { fusedStepper } from "./fused-stepper.ts";
import { plainStepper, type Stepper } from "./stepper.ts";

/**
 * What `trainingStep` and `optimizer.step` do, by the fastest way there is for this model and optimizer.
 * @param reg - strength of the L2 penalty on the weight matrices, >= 0
 */
export function createStepper<F extends FloatDType>(
  model: Classifier<F>,
  optimizer: Optimizer<F>,
  reg: number,
): Stepper<F> {
  checkNumber("createStepper", "reg", reg);
  const parameters = model.parameters();
  if (isPlainNet(model) && isPlainSgd(optimizer) && !optimizer.nesterov) {
    const same = Object.entries(parameters).every(([name, w]) => optimizer.parameters[name] === w);
    if (same) return fusedStepper(model, optimizer, reg);
  }
  return plainStepper(model, optimizer, reg);
}

/** Not a subclass: its own forward, backward or step must be called. */
function isPlainNet<F extends FloatDType>(model: Classifier<F>): model is TwoLayerNet<F> {
  return model.constructor === TwoLayerNet;
}

function isPlainSgd<F extends FloatDType>(optimizer: Optimizer<F>): optimizer is SGD<F> {
  return optimizer.constructor === SGD;
}

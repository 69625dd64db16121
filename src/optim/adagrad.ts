import { checkNumber } from "../errors.ts";
import type { Gradient } from "../layers/index.ts";
import type { FloatDType } from "../tensor/index.ts";
import { Optimizer, type Tensors, type UpdateOptions } from "./optimizer.ts";

export interface AdagradSettings {
  readonly learningRate?: number; // > 0, default 0.01
  readonly eps?: number; // > 0, default 1e-10: keeps the division finite
}

/**
 * Adagrad: each gradient is divided by the root of the sum of all its squares so far.
 *
 *     sum ← sum + grad²      w ← w − learningRate · grad / (√sum + eps)
 *
 * Source: Duchi, Hazan & Singer 2011, "Adaptive subgradient methods for online learning and stochastic optimization".
 */
export class Adagrad<F extends FloatDType = "float32"> extends Optimizer<F> {
  override readonly takesProducts: boolean = true;
  readonly #eps: number;

  /** @throws {SettingError} for a learning rate or eps that is not > 0 */
  constructor(parameters: Tensors<F>, { learningRate = 0.01, eps = 1e-10 }: AdagradSettings = {}) {
    checkNumber("adagrad", "eps", eps, { positive: true });
    super("adagrad", parameters, learningRate, ["sum"]);
    this.#eps = eps;
  }

  update(name: string, gradient: Gradient<F>, options?: UpdateOptions): void {
    this.apply(name, gradient, { name: "adagrad", eps: this.#eps }, ["sum"], options);
  }
}

import { checkNumber, checkShare, SettingError } from "../errors.ts";
import type { Gradient } from "../layers/index.ts";
import type { FloatDType } from "../tensor/index.ts";
import { Optimizer, type OptimizerState, type Tensors, type UpdateOptions } from "./optimizer.ts";

export interface AdamSettings {
  readonly learningRate?: number; // > 0, default 0.001; about how far one step moves a parameter
  readonly beta1?: number; // 0 … <1, default 0.9: how long the mean gradient remembers
  readonly beta2?: number; // 0 … <1, default 0.999: how long the mean square remembers
  readonly eps?: number; // > 0, default 1e-8: keeps the division finite
}

/**
 * Adam: each parameter moves by its mean gradient over the root of its mean squared gradient.
 *
 *     mean ← beta1 · mean + (1 − beta1) · grad
 *     square ← beta2 · square + (1 − beta2) · grad²
 *     w ← w − learningRate · (mean / (1 − beta1ᵏ)) / (√(square / (1 − beta2ᵏ)) + eps)        at step k = 1, 2, …
 *
 * The divisions by 1 − betaᵏ undo the start at zero.
 * Source: Kingma and Ba 2015, "Adam: A method for stochastic optimization", algorithm 1.
 */
export class Adam<F extends FloatDType = "float32"> extends Optimizer<F> {
  override readonly takesProducts: boolean = true;
  readonly #settings: { readonly beta1: number; readonly beta2: number; readonly eps: number };

  /** @throws {SettingError} for a learning rate or eps that is not > 0, or a beta outside 0 … <1 */
  constructor(
    parameters: Tensors<F>,
    { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }: AdamSettings = {},
    name = "adam",
  ) {
    checkNumber(name, "eps", eps, { positive: true });
    checkShare(name, "beta1", beta1);
    checkShare(name, "beta2", beta2);
    super(name, parameters, learningRate, ["mean", "square"]);
    this.#settings = { beta1, beta2, eps };
  }

  update(name: string, gradient: Gradient<F>, options?: UpdateOptions): void {
    const rule = { name: "adam", ...this.#settings, step: this.steps, decoupledDecay: this.decayOf(name) } as const;
    this.apply(name, gradient, rule, ["mean", "square"], options);
  }

  override restore(state: OptimizerState<F>): void {
    if (state.numbers.steps === undefined)
      throw new SettingError(`${this.name}: expected the count of steps under steps in the state, got undefined`);
    super.restore(state);
  }

  /** How much of itself the parameter loses per step and unit of learning rate. */
  protected decayOf(_name: string): number {
    return 0;
  }
}

import { checkNumber, checkShare } from "../errors.ts";
import type { UpdateRule } from "../kernels/index.ts";
import type { Gradient } from "../layers/index.ts";
import type { FloatDType } from "../tensor/index.ts";
import { Optimizer, type Tensors, type UpdateOptions } from "./optimizer.ts";

export interface RmspropSettings {
  readonly learningRate?: number; // > 0, default 0.01
  readonly alpha?: number; // 0 … <1, default 0.99: how long the mean square remembers
  readonly eps?: number; // > 0, default 1e-8: keeps the division finite
  readonly momentum?: number; // 0 … <1, default 0
}

/**
 * RMSProp: each gradient is divided by the root of its mean square.
 *
 *     square ← alpha · square + (1 − alpha) · grad²
 *     velocity ← momentum · velocity + grad / (√square + eps)
 *     w ← w − learningRate · velocity
 *
 * Source: Tieleman & Hinton 2012, "Neural networks for machine learning", lecture 6.5; with momentum as in PyTorch.
 */
export class RMSProp<F extends FloatDType = "float32"> extends Optimizer<F> {
  override readonly takesProducts: boolean = true;
  readonly #rule: UpdateRule;
  readonly #slots: readonly string[];

  /** @throws {SettingError} for a learning rate or eps that is not > 0, or a share outside 0 … <1 */
  constructor(
    parameters: Tensors<F>,
    { learningRate = 0.01, alpha = 0.99, eps = 1e-8, momentum = 0 }: RmspropSettings = {},
  ) {
    checkShare("rmsprop", "alpha", alpha);
    checkNumber("rmsprop", "eps", eps, { positive: true });
    checkShare("rmsprop", "momentum", momentum);
    const slots = momentum > 0 ? ["square", "velocity"] : ["square"];
    super("rmsprop", parameters, learningRate, slots);
    this.#rule = { name: "rmsprop", alpha, eps, momentum };
    this.#slots = slots;
  }

  update(name: string, gradient: Gradient<F>, options?: UpdateOptions): void {
    this.apply(name, gradient, this.#rule, this.#slots, options);
  }
}

import { checkShare, SettingError } from "../errors.ts";
import type { UpdateRule } from "../kernels/index.ts";
import type { Gradient } from "../layers/index.ts";
import type { FloatDType } from "../tensor/index.ts";
import { Optimizer, type Tensors, type UpdateOptions } from "./optimizer.ts";

export interface SgdSettings {
  readonly learningRate: number; // > 0
  readonly momentum?: number; // 0 … <1, default 0
  readonly nesterov?: boolean; // default false
}

/**
 * Stochastic gradient descent, plain, with heavy-ball momentum, or with Nesterov's look-ahead:
 *
 *     velocity ← momentum · velocity + grad
 *     w ← w − learningRate · velocity                           (heavy ball)
 *     w ← w − learningRate · (momentum · velocity + grad)       (nesterov)
 *
 * Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 */
export class SGD<F extends FloatDType = "float32"> extends Optimizer<F> {
  override readonly takesProducts: boolean = true;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly #rule: UpdateRule;
  readonly #slots: readonly string[];

  /** @throws {SettingError} for a learning rate that is not > 0 or a momentum outside 0 … <1 */
  constructor(parameters: Tensors<F>, { learningRate, momentum = 0, nesterov = false }: SgdSettings) {
    checkShare("sgd", "momentum", momentum);
    if (nesterov && momentum === 0) throw new SettingError("sgd: expected momentum > 0 with nesterov, got 0");
    const slots = momentum > 0 ? ["velocity"] : [];
    super("sgd", parameters, learningRate, slots);
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.#rule = { name: "sgd", momentum, nesterov };
    this.#slots = slots;
  }

  /** What momentum remembers, per parameter; empty without momentum. */
  get velocity(): Tensors<F> {
    return this.slots.velocity ?? {};
  }

  update(name: string, gradient: Gradient<F>, options?: UpdateOptions): void {
    this.apply(name, gradient, this.#rule, this.#slots, options);
  }
}

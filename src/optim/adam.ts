import { checkNumber, checkShare, SettingError } from "../errors.ts";
import { type FloatDType, type Tensor, zeros } from "../tensor/index.ts";
import { checkGrads, type Optimizer, type OptimizerState, restoreTensors, type Tensors } from "./optimizer.ts";

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
export class Adam<F extends FloatDType = "float32"> implements Optimizer<F> {
  learningRate: number;
  readonly #parameters: Tensors<F>;
  readonly #mean: Tensors<F> = {};
  readonly #square: Tensors<F> = {};
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #eps: number;
  #steps = 0;

  /** @throws {SettingError} for a learning rate or eps that is not > 0, or a beta outside 0 … <1 */
  constructor(
    parameters: Tensors<F>,
    { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }: AdamSettings = {},
  ) {
    checkNumber("adam", "learningRate", learningRate, { positive: true });
    checkNumber("adam", "eps", eps, { positive: true });
    checkShare("adam", "beta1", beta1);
    checkShare("adam", "beta2", beta2);
    this.#parameters = parameters;
    this.learningRate = learningRate;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#eps = eps;
    for (const [name, w] of Object.entries(parameters)) {
      this.#mean[name] = zeros(w.shape, { dtype: w.dtype }) as Tensor<F>;
      this.#square[name] = zeros(w.shape, { dtype: w.dtype }) as Tensor<F>;
    }
  }

  step(grads: Tensors<F>): void {
    checkGrads("adam", this.#parameters, grads);
    this.#steps++;
    const [beta1, beta2, eps] = [this.#beta1, this.#beta2, this.#eps];
    const rate = this.learningRate / (1 - beta1 ** this.#steps);
    const squareScale = 1 / (1 - beta2 ** this.#steps);
    for (const [name, { data: w }] of Object.entries(this.#parameters)) {
      const grad = grads[name]!.data;
      const mean = this.#mean[name]!.data;
      const square = this.#square[name]!.data;
      for (let i = 0; i < w.length; i++) {
        const g = grad[i]!;
        mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
        square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
        w[i]! -= (rate * mean[i]!) / (Math.sqrt(squareScale * square[i]!) + eps);
      }
    }
  }

  state(): OptimizerState<F> {
    const named = (prefix: string, tensors: Tensors<F>): [string, Tensor<F>][] =>
      Object.entries(tensors).map(([name, x]) => [`${prefix}.${name}`, x]);
    return {
      numbers: { steps: this.#steps },
      tensors: Object.fromEntries([...named("mean", this.#mean), ...named("square", this.#square)]),
    };
  }

  restore(state: OptimizerState<F>): void {
    const steps = state.numbers.steps ?? Number.NaN;
    if (!Number.isSafeInteger(steps) || steps < 0)
      throw new SettingError(`adam: expected the count of steps under steps in the state, got ${steps}`);
    restoreTensors("adam", "mean", this.#mean, state);
    restoreTensors("adam", "square", this.#square, state);
    this.#steps = steps;
  }
}

import { checkNumber, checkShare, SettingError } from "../errors.ts";
import { kernels } from "../kernels/index.ts";
import { type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { checkGrads, type Optimizer, type OptimizerState, restoreTensors, type Tensors } from "./optimizer.ts";

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
export class SGD<F extends FloatDType = "float32"> implements Optimizer<F> {
  learningRate: number;
  readonly parameters: Tensors<F>;
  /** What momentum remembers, per parameter; empty without momentum. */
  readonly velocity: Tensors<F> = {};
  readonly momentum: number;
  readonly nesterov: boolean;

  /** @throws {SettingError} for a learning rate that is not > 0 or a momentum outside 0 … <1 */
  constructor(parameters: Tensors<F>, { learningRate, momentum = 0, nesterov = false }: SgdSettings) {
    checkNumber("sgd", "learningRate", learningRate, { positive: true });
    checkShare("sgd", "momentum", momentum);
    if (nesterov && momentum === 0) throw new SettingError("sgd: expected momentum > 0 with nesterov, got 0");
    this.parameters = parameters;
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.nesterov = nesterov;
    if (momentum > 0)
      for (const [name, w] of Object.entries(parameters))
        this.velocity[name] = toKernelMemory(zeros(w.shape, { dtype: w.dtype }) as Tensor<F>);
  }

  step(grads: Tensors<F>): void {
    checkGrads("sgd", this.parameters, grads);
    for (const [name, w] of Object.entries(this.parameters)) {
      const velocity = this.velocity[name]?.data;
      kernels().sgdUpdate<Float32Array | Float64Array>({
        w: w.data,
        grad: grads[name]!.data,
        learningRate: this.learningRate,
        ...(velocity && { velocity, momentum: this.momentum, nesterov: this.nesterov }),
      });
    }
  }

  state(): OptimizerState<F> {
    const named = Object.entries(this.velocity).map(([name, v]) => [`velocity.${name}`, v] as const);
    return { numbers: {}, tensors: Object.fromEntries(named) };
  }

  restore(state: OptimizerState<F>): void {
    restoreTensors("sgd", "velocity", this.velocity, state);
  }
}

import { SettingError, ShapeError } from "../errors.ts";
import type { FloatDType, Tensor } from "../tensor/index.ts";

/** Named tensors: the parameters of a model, their gradients, or what an optimizer remembers per parameter. */
export type Tensors<F extends FloatDType = "float32"> = Record<string, Tensor<F>>;

/** Updates parameters in place, one gradient per parameter. */
export interface Optimizer<F extends FloatDType = "float32"> {
  /** May be changed between steps, by a schedule for instance. */
  learningRate: number;
  /** @param grads - one gradient per parameter, under the same names and of the same shapes */
  step(grads: Tensors<F>): void;
  /** What a checkpoint must hold, besides the settings, to go on as if nothing had happened. */
  state(): OptimizerState<F>;
  /** Takes back what {@link Optimizer.state} returned. */
  restore(state: OptimizerState<F>): void;
}

export interface OptimizerState<F extends FloatDType = "float32"> {
  readonly numbers: Readonly<Record<string, number>>; // for instance the count of steps
  readonly tensors: Tensors<F>; // for instance `velocity.W1`
}

/** @throws {ShapeError} when a gradient is missing or has another shape than its parameter */
export function checkGrads<F extends FloatDType>(who: string, parameters: Tensors<F>, grads: Tensors<F>): void {
  for (const [name, w] of Object.entries(parameters)) {
    const grad = grads[name];
    if (!grad) throw new ShapeError(`${who}: expected a gradient for ${name}, got ${Object.keys(grads).join(", ")}`);
    if (grad.shape.join() !== w.shape.join())
      throw new ShapeError(`${who}: expected a gradient of shape (${w.shape}) for ${name}, got (${grad.shape})`);
  }
}

/** Copies remembered tensors back into place: `prefix.name` for every parameter. */
export function restoreTensors<F extends FloatDType>(
  who: string,
  prefix: string,
  target: Tensors<F>,
  state: OptimizerState<F>,
): void {
  for (const [name, into] of Object.entries(target)) {
    const from = state.tensors[`${prefix}.${name}`];
    if (!from || from.size !== into.size)
      throw new SettingError(`${who}: expected ${into.size} numbers under ${prefix}.${name} in the state`);
    into.data.set(from.data);
  }
}

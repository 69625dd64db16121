import { checkNumber, SettingError, ShapeError } from "../errors.ts";
import { type FloatArray, kernels, type UpdateRule } from "../kernels/index.ts";
import { type Gradient, productOf, type Tensors } from "../layers/index.ts";
import { type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";

export type { Tensors };

export interface UpdateOptions {
  readonly reg?: number; // this much of w is added to the gradient: the L2 penalty's share; default 0
  readonly scale?: number; // of the gradient, before that: clipping; default 1
}

export interface OptimizerState<F extends FloatDType = "float32"> {
  readonly numbers: Readonly<Record<string, number>>; // for instance the count of steps
  readonly tensors: Tensors<F>; // for instance `velocity.W1`
}

/**
 * Updates parameters in place, one gradient per parameter. A new optimizer is a file with a class of its own, whose `update`
 * says what happens to one parameter, and a line in `optimizers.ts`.
 */
export abstract class Optimizer<F extends FloatDType = "float32"> {
  /** May be changed between steps, by a schedule for instance. */
  learningRate: number;
  readonly parameters: Tensors<F>;
  /** Whether {@link Optimizer.update} takes a gradient that is still a product; else it gets arrays only. */
  readonly takesProducts: boolean = false;
  /** What is remembered per parameter: `slots.velocity.W1`. */
  protected readonly slots: Readonly<Record<string, Tensors<F>>>;
  /** Steps begun so far. */
  protected steps = 0;
  protected readonly name: string; // starts the messages of errors

  /**
   * @param name - starts the messages of errors
   * @param slotNames - what is remembered per parameter; each starts as zeros of its shape
   * @throws {SettingError} for a learning rate that is not > 0
   */
  constructor(name: string, parameters: Tensors<F>, learningRate: number, slotNames: readonly string[] = []) {
    checkNumber(name, "learningRate", learningRate, { positive: true });
    this.name = name;
    this.parameters = parameters;
    this.learningRate = learningRate;
    const like = (w: Tensor<F>): Tensor<F> => toKernelMemory(zeros(w.shape, { dtype: w.dtype }) as Tensor<F>);
    const empty = (): Tensors<F> =>
      Object.fromEntries(Object.entries(parameters).map(([parameter, w]) => [parameter, like(w)]));
    this.slots = Object.fromEntries(slotNames.map((slot) => [slot, empty()]));
  }

  /** One step: {@link Optimizer.begin}, then {@link Optimizer.update} for every parameter. @throws {ShapeError} before anything moves */
  step(grads: Tensors<F>): void {
    checkGrads(this.name, this.parameters, grads);
    this.begin();
    for (const name of Object.keys(this.parameters)) this.update(name, grads[name]!);
  }

  /** Counts a step; its updates follow. */
  begin(): void {
    this.steps++;
  }

  /**
   * Moves one parameter.
   * @param name - of the parameter
   * @param gradient - an array; also a product where `takesProducts` is true
   */
  abstract update(name: string, gradient: Gradient<F>, options?: UpdateOptions): void;

  /** What a checkpoint must hold, besides the settings, to go on as if nothing had happened. */
  state(): OptimizerState<F> {
    const tensors = Object.entries(this.slots).flatMap(([slot, byName]) =>
      Object.entries(byName).map(([name, x]) => [`${slot}.${name}`, x] as const),
    );
    return { numbers: { steps: this.steps }, tensors: Object.fromEntries(tensors) };
  }

  /**
   * Takes back what {@link Optimizer.state} returned.
   * @throws {SettingError} when something is missing; nothing has moved then
   */
  restore({ numbers, tensors }: OptimizerState<F>): void {
    const steps = numbers.steps ?? 0;
    if (!Number.isSafeInteger(steps) || steps < 0)
      throw new SettingError(`${this.name}: expected the count of steps under steps in the state, got ${steps}`);
    const copies: [into: Tensor<F>, from: Tensor<F>][] = [];
    for (const [slot, byName] of Object.entries(this.slots))
      for (const [name, into] of Object.entries(byName)) {
        const from = tensors[`${slot}.${name}`];
        if (!from || from.size !== into.size)
          throw new SettingError(`${this.name}: expected ${into.size} numbers under ${slot}.${name} in the state`);
        copies.push([into, from]);
      }
    for (const [into, from] of copies) into.data.set(from.data);
    this.steps = steps;
  }

  /** {@link Optimizer.update} by the kernels in use, as `rule` says. */
  protected apply(
    name: string,
    gradient: Gradient<F>,
    rule: UpdateRule,
    slots: readonly string[],
    { reg = 0, scale = 1 }: UpdateOptions = {},
  ): void {
    kernels().update<FloatArray>({
      w: this.parameters[name]!.data,
      slots: slots.map((slot) => this.slots[slot]![name]!.data),
      rule,
      learningRate: this.learningRate,
      gradient: "data" in gradient ? gradient.data : productOf(gradient),
      scale,
      weightDecay: reg,
    });
  }
}

/** @throws {ShapeError} when a gradient is missing or has another shape than its parameter */
function checkGrads<F extends FloatDType>(who: string, parameters: Tensors<F>, grads: Tensors<F>): void {
  for (const [name, w] of Object.entries(parameters)) {
    const grad = grads[name];
    if (!grad) throw new ShapeError(`${who}: expected a gradient for ${name}, got ${Object.keys(grads).join(", ")}`);
    if (grad.shape.join() !== w.shape.join())
      throw new ShapeError(`${who}: expected a gradient of shape (${w.shape}) for ${name}, got (${grad.shape})`);
  }
}

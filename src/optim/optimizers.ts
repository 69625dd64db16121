/** The optimizers by name: what `--optimizer` and checkpoints call them. A new one is a file and a line here. */
import { checkName, SettingError, show } from "../errors.ts";
import type { FloatDType } from "../tensor/index.ts";
import { Adagrad } from "./adagrad.ts";
import { Adam } from "./adam.ts";
import { AdamW } from "./adamw.ts";
import type { Optimizer, Tensors } from "./optimizer.ts";
import { RMSProp } from "./rmsprop.ts";
import { SGD } from "./sgd.ts";

/** The settings that some optimizer takes; each reads its own. */
export interface OptimizerSettings {
  readonly learningRate: number; // > 0
  readonly momentum: number; // 0 … <1: sgd, nesterov, rmsprop
  readonly weightDecay: number; // >= 0: adamw
  /** Names of the parameters that decay. */
  readonly decayed?: ReadonlySet<string>;
}

export type CreateOptimizer = <F extends FloatDType>(
  parameters: Tensors<F>,
  settings: OptimizerSettings,
) => Optimizer<F>;

const optimizers = new Map<string, CreateOptimizer>([
  ["sgd", (parameters, { learningRate, momentum }) => new SGD(parameters, { learningRate, momentum })],
  [
    "nesterov",
    (parameters, { learningRate, momentum }) => new SGD(parameters, { learningRate, momentum, nesterov: true }),
  ],
  ["rmsprop", (parameters, { learningRate, momentum }) => new RMSProp(parameters, { learningRate, momentum })],
  ["adagrad", (parameters, { learningRate }) => new Adagrad(parameters, { learningRate })],
  ["adam", (parameters, { learningRate }) => new Adam(parameters, { learningRate })],
  ["adamw", (parameters, { momentum: _, ...settings }) => new AdamW(parameters, settings)],
]);

/** The names that {@link createOptimizer} and `--optimizer` take. */
export function optimizerNames(): string[] {
  return [...optimizers.keys()];
}

/**
 * Makes an optimizer of your own known by name: to `createOptimizer`, checkpoints and `--optimizer`.
 * @throws {SettingError} for a name that is taken
 */
export function registerOptimizer(name: string, create: CreateOptimizer): void {
  if (optimizers.has(name))
    throw new SettingError(`registerOptimizer: expected a name that is not taken, got ${show(name)}`);
  optimizers.set(name, create);
}

/** @throws {SettingError} for a name that is not known, or settings out of range */
export function createOptimizer<F extends FloatDType>(
  name: string,
  parameters: Tensors<F>,
  settings: OptimizerSettings,
): Optimizer<F> {
  checkName("createOptimizer", "optimizer", name, optimizerNames());
  return optimizers.get(name)!(parameters, settings);
}

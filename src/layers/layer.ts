/**
 * A layer as a part of a network: forward, backward, what it learns and what it keeps. The pure `xForward`/`xBackward` pairs are
 * the definition; a layer holds their parameters and settings between the steps.
 */
import { checkName, FormatError, SettingError, show } from "../errors.ts";
import type { Product } from "../kernels/index.ts";
import type { FloatDType, Rng, Tensor } from "../tensor/index.ts";

/** Named tensors: the parameters of a model, their gradients, or what an optimizer remembers per parameter. */
export type Tensors<F extends FloatDType = "float32"> = Record<string, Tensor<F>>;

/** What one pass through a network tells its layers. */
export interface Pass {
  /** Statistics of the batch and dropout; else running statistics and no dropout. */
  readonly training: boolean;
  /** Of this step: dropout draws from it. Only training needs one. */
  readonly rng?: Rng;
}

/** The pass of `predict`. */
export const evaluation: Pass = { training: false };

/** The gradient of a weight as a product that need never be an array: `aᵀ·b`. */
export interface GradientProduct<F extends FloatDType = "float32"> {
  readonly a: Tensor<F>; // (N, m)
  readonly b: Tensor<F>; // (N, n)
}

/** The product that it is, for the kernels. */
export function productOf<F extends FloatDType>({ a, b }: GradientProduct<F>): Product {
  const [N = 0, m = 0] = a.shape;
  return { m, n: b.shape[1]!, k: N, a: a.data, b: b.data, transposeA: true };
}

export type Gradient<F extends FloatDType = "float32"> = Tensor<F> | GradientProduct<F>;

/** Enough to build an empty layer of the same kind and sizes: plain JSON. */
export interface LayerSettings {
  readonly kind: string; // "fc", "batchNorm", …
  readonly [setting: string]: unknown;
}

export interface Layer<F extends FloatDType = "float32", Cache = unknown> {
  readonly settings: LayerSettings;
  /** What is learned, by local name: `w`, `b`, `gamma`, … */
  parameters(): Tensors<F>;
  /** What is kept but not learned, by local name: running statistics. */
  buffers(): Tensors<F>;
  /** Local names of the parameters under the L2 penalty and weight decay. */
  readonly decayed: readonly string[];
  /**
   * @param x - inputs, (N, …)
   * @returns `[out, cache]`: out (N, …), and what {@link Layer.backward} needs
   */
  forward(x: Tensor<F>, pass: Pass): [out: Tensor<F>, cache: Cache];
  /**
   * @param gradOut - gradient of the loss with respect to out
   * @param wantsGradX - false for a first layer, where nobody asks for the gradient of the input
   */
  backward(gradOut: Tensor<F>, cache: Cache, wantsGradX: boolean): LayerGradients<F>;
}

export interface LayerGradients<F extends FloatDType = "float32"> {
  readonly gradX: Tensor<F> | undefined;
  readonly grads: Tensors<F>; // one per parameter, by local name
}

/** Builds a layer of these settings; its weights may be anything. Throws for settings that make no sense. */
export type CreateLayer = <F extends FloatDType>(settings: LayerSettings, dtype: F) => Layer<F>;

/** Reads one setting of a layer as a number. */
export function readNumber(settings: LayerSettings, name: string, fallback?: number): number {
  const value = settings[name] ?? fallback;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new FormatError(`expected a number as ${name} of layer ${show(settings.kind)}, got ${show(value)}`);
}

/** Reads one setting of a layer as a size. */
export function readSize(settings: LayerSettings, name: string): number {
  const value = readNumber(settings, name);
  if (Number.isSafeInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw new FormatError(`expected ${name} of layer ${show(settings.kind)} to be a whole number >= 1, got ${value}`);
}

/** Reads one setting of a layer as one of some names. */
export function readName<T extends string>(settings: LayerSettings, name: string, names: readonly T[]): T {
  return checkName(`layer ${settings.kind}`, name, String(settings[name]), names);
}

/** A 32-bit key for one layer's dropout in this step. */
export function dropoutKey({ rng }: Pass): number {
  if (!rng)
    throw new SettingError(`dropout: expected a pass with an rng in training, got none; pass { training: true, rng }`);
  return rng.integer(0, 2 ** 32 - 1);
}

/**
 * Inverted dropout: in training each element is set to 0 with probability `rate`, and the others are multiplied by
 * `1 / (1 − rate)`, so that the expected value stays; in evaluation nothing happens.
 * Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
 */
import { checkShare, formatShape } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor } from "../tensor/index.ts";
import {
  dropoutKey,
  type Layer,
  type LayerGradients,
  type LayerSettings,
  type Pass,
  readNumber,
  type Tensors,
} from "./layer.ts";
import { newLike } from "./matmul.ts";

export interface DropoutCache {
  readonly rate: number;
  readonly key: number;
  readonly shape: readonly number[];
}

/**
 * @param rate - share of the elements that are dropped, 0 … <1
 * @param key - a whole number from 0 to 2³²−1 that decides which ones: the same key drops the same elements
 * @returns `[out, cache]`: out of the shape of x, and what {@link dropoutBackward} needs
 * @throws {SettingError} for a rate outside 0 … <1
 */
export function dropoutForward<F extends FloatDType>(
  x: Tensor<F>,
  { rate, key }: { readonly rate: number; readonly key: number },
): [out: Tensor<F>, cache: DropoutCache] {
  checkShare("dropoutForward", "rate", rate);
  const out = newLike(x);
  kernels().dropout<FloatArray>(x.data, out.data, { rate, key });
  return [out, { rate, key, shape: x.shape }];
}

/**
 * `gradX = gradOut / (1 − rate)` where the element was kept, else 0.
 * @throws {ShapeError} when `gradOut` is not of the shape of x
 */
export function dropoutBackward<F extends FloatDType>(
  gradOut: Tensor<F>,
  { rate, key, shape }: DropoutCache,
): Tensor<F> {
  checkShape("dropoutBackward", "gradOut", gradOut, "x", shape, ` = ${formatShape(shape)}`);
  const gradX = newLike(gradOut);
  kernels().dropout<FloatArray>(gradOut.data, gradX.data, { rate, key });
  return gradX;
}

/** Dropout as a part of a network; each step draws a new key. */
export class DropoutLayer<F extends FloatDType = "float32"> implements Layer<F, DropoutCache | undefined> {
  readonly settings: LayerSettings;
  readonly decayed: readonly string[] = [];
  readonly rate: number;

  /** @throws {SettingError} for a rate outside 0 … <1 */
  constructor({ rate }: { readonly rate: number }) {
    checkShare("DropoutLayer", "rate", rate);
    this.settings = { kind: "dropout", rate };
    this.rate = rate;
  }

  parameters(): Tensors<F> {
    return {};
  }

  buffers(): Tensors<F> {
    return {};
  }

  forward(x: Tensor<F>, pass: Pass): [out: Tensor<F>, cache: DropoutCache | undefined] {
    if (!pass.training || this.rate === 0) return [x, undefined];
    return dropoutForward(x, { rate: this.rate, key: dropoutKey(pass) });
  }

  backward(gradOut: Tensor<F>, cache: DropoutCache | undefined): LayerGradients<F> {
    return { gradX: cache ? dropoutBackward(gradOut, cache) : gradOut, grads: {} };
  }
}

export function createDropoutLayer<F extends FloatDType>(settings: LayerSettings): DropoutLayer<F> {
  return new DropoutLayer({ rate: readNumber(settings, "rate") });
}

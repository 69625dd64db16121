/**
 * Layer normalisation: each example gets mean 0 and variance 1 over its own columns, then scales and shifts per column:
 *
 *     xhat = (x − mean) / √(variance + eps)      out = gamma · xhat + beta
 *
 * Sizes: N examples in the batch, M columns. Source: Ba, Kiros & Hinton 2016, "Layer normalization".
 */
import { checkNumber } from "../errors.ts";
import { checkShape, type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { type Layer, type LayerGradients, type LayerSettings, readNumber, readSize, type Tensors } from "./layer.ts";
import { newLike } from "./matmul.ts";

export interface LayerNormCache<F extends FloatDType = "float32"> {
  readonly x: Tensor<F>; // (N, M)
  readonly gamma: Tensor<F>; // (M)
  readonly mean: Float64Array; // (N)
  readonly inverse: Float64Array; // (N): 1 / √(variance + eps)
}

/**
 * @param x - inputs, (N, M)
 * @param gamma - scales, (M)
 * @param beta - shifts, (M)
 * @param options.eps - > 0, default 1e-5: keeps the division finite
 * @returns `[out, cache]`: out (N, M), and what {@link layerNormBackward} needs
 * @throws {ShapeError} when the sizes disagree
 */
export function layerNormForward<F extends FloatDType>(
  x: Tensor<F>,
  gamma: Tensor<F>,
  beta: Tensor<F>,
  { eps = 1e-5 }: { readonly eps?: number } = {},
): [out: Tensor<F>, cache: LayerNormCache<F>] {
  checkNumber("layerNormForward", "eps", eps, { positive: true });
  checkShape("layerNormForward", "x", x, "(N, M)", [-1, -1]);
  const [N = 0, M = 0] = x.shape;
  checkShape("layerNormForward", "gamma", gamma, "(M)", [M], ` with M=${M}`);
  checkShape("layerNormForward", "beta", beta, "(M)", [M], ` with M=${M}`);
  const out = newLike(x);
  const [mean, inverse] = [new Float64Array(N), new Float64Array(N)];
  for (let i = 0; i < N; i++) {
    const row = i * M;
    let sum = 0;
    for (let j = 0; j < M; j++) sum += x.data[row + j]!;
    const average = sum / M;
    let squares = 0;
    for (let j = 0; j < M; j++) squares += (x.data[row + j]! - average) ** 2;
    mean[i] = average;
    inverse[i] = 1 / Math.sqrt(squares / M + eps);
    for (let j = 0; j < M; j++)
      out.data[row + j] = gamma.data[j]! * (x.data[row + j]! - average) * inverse[i]! + beta.data[j]!;
  }
  return [out, { x, gamma, mean, inverse }];
}

/**
 * With `g = gradOut · gamma`, all means over the columns of a row:
 *
 *     gradX = (g − mean(g) − xhat · mean(g · xhat)) / √(variance + eps)
 *     gradGamma = Σ over rows of gradOut · xhat      gradBeta = Σ over rows of gradOut
 *
 * @throws {ShapeError} when `gradOut` is not of the shape of x
 */
export function layerNormBackward<F extends FloatDType>(
  gradOut: Tensor<F>,
  { x, gamma, mean, inverse }: LayerNormCache<F>,
): [gradX: Tensor<F>, gradGamma: Tensor<F>, gradBeta: Tensor<F>] {
  const [N = 0, M = 0] = x.shape;
  checkShape("layerNormBackward", "gradOut", gradOut, "(N, M)", [N, M], ` with N=${N}, M=${M}`);
  const gradX = newLike(x);
  const [gradGamma, gradBeta] = [new Float64Array(M), new Float64Array(M)];
  for (let i = 0; i < N; i++) {
    const row = i * M;
    let [sum, product] = [0, 0];
    for (let j = 0; j < M; j++) {
      const xhat = (x.data[row + j]! - mean[i]!) * inverse[i]!;
      const g = gradOut.data[row + j]!;
      gradGamma[j]! += g * xhat;
      gradBeta[j]! += g;
      sum += g * gamma.data[j]!;
      product += g * gamma.data[j]! * xhat;
    }
    for (let j = 0; j < M; j++) {
      const xhat = (x.data[row + j]! - mean[i]!) * inverse[i]!;
      gradX.data[row + j] = inverse[i]! * (gradOut.data[row + j]! * gamma.data[j]! - sum / M - (xhat * product) / M);
    }
  }
  const [asGamma, asBeta] = [newLike(gamma), newLike(gamma)];
  asGamma.data.set(gradGamma);
  asBeta.data.set(gradBeta);
  return [gradX, asGamma, asBeta];
}

/** Layer normalisation as a part of a network; the same in training and evaluation. Scales start at 1, shifts at 0. */
export class LayerNormLayer<F extends FloatDType = "float32"> implements Layer<F, LayerNormCache<F>> {
  readonly settings: LayerSettings;
  readonly decayed: readonly string[] = [];
  readonly gamma: Tensor<F>;
  readonly beta: Tensor<F>;
  readonly eps: number;

  constructor({
    dim,
    eps = 1e-5,
    dtype = "float32" as F,
  }: { readonly dim: number; readonly eps?: number; readonly dtype?: F }) {
    checkNumber("LayerNormLayer", "eps", eps, { positive: true });
    this.settings = { kind: "layerNorm", dim, eps };
    this.gamma = toKernelMemory(zeros([dim], { dtype }));
    this.beta = toKernelMemory(zeros([dim], { dtype }));
    this.gamma.data.fill(1);
    this.eps = eps;
  }

  parameters(): Tensors<F> {
    return { gamma: this.gamma, beta: this.beta };
  }

  buffers(): Tensors<F> {
    return {};
  }

  forward(x: Tensor<F>): [out: Tensor<F>, cache: LayerNormCache<F>] {
    return layerNormForward(x, this.gamma, this.beta, { eps: this.eps });
  }

  backward(gradOut: Tensor<F>, cache: LayerNormCache<F>): LayerGradients<F> {
    const [gradX, gamma, beta] = layerNormBackward(gradOut, cache);
    return { gradX, grads: { gamma, beta } };
  }
}

/** A new layer of these settings. */
export function createLayerNormLayer<F extends FloatDType>(settings: LayerSettings, dtype: F): LayerNormLayer<F> {
  return new LayerNormLayer({ dim: readSize(settings, "dim"), eps: readNumber(settings, "eps"), dtype });
}

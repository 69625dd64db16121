/**
 * Batch normalisation: each column gets mean 0 and variance 1 over the batch, then a scale and a shift of its own:
 *
 *     xhat = (x − mean) / √(variance + eps)      out = gamma · xhat + beta
 *
 * Sizes: N examples in the batch, M columns.
 * Source: Ioffe & Szegedy 2015, "Batch normalization: accelerating deep network training by reducing internal covariate
 * shift"; running statistics as in PyTorch's BatchNorm1d.
 */
import { checkNumber, SettingError } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import {
  type Layer,
  type LayerGradients,
  type LayerSettings,
  type Pass,
  readNumber,
  readSize,
  type Tensors,
} from "./layer.ts";
import { newLike } from "./matmul.ts";

export interface BatchNormCache<F extends FloatDType = "float32"> {
  readonly x: Tensor<F>; // (N, M)
  readonly out: Tensor<F>; // (N, M)
  readonly gamma: Tensor<F>; // (M), like all that follow
  readonly beta: Tensor<F>;
  readonly mean: Tensor<F>;
  readonly variance: Tensor<F>; // the biased one: Σ (x − mean)² / N
  readonly eps: number;
  readonly isFixed: boolean; // whether mean and variance were given, and do not depend on x
}

export interface BatchNormOptions<F extends FloatDType = "float32"> {
  readonly eps?: number; // > 0, default 1e-5: keeps the division finite
  /** Mean and variance to use instead of the batch's, (M) each: those of `predict`. */
  readonly statistics?: { readonly mean: Tensor<F>; readonly variance: Tensor<F> };
}

/**
 * @param x - inputs, (N, M) with N >= 1; N >= 2 to learn anything
 * @param gamma - scales, (M)
 * @param beta - shifts, (M)
 * @returns `[out, cache]`: out (N, M), and what {@link batchNormBackward} needs, with the batch's mean and variance
 * @throws {ShapeError} when the sizes disagree
 */
export function batchNormForward<F extends FloatDType>(
  x: Tensor<F>,
  gamma: Tensor<F>,
  beta: Tensor<F>,
  { eps = 1e-5, statistics }: BatchNormOptions<F> = {},
): [out: Tensor<F>, cache: BatchNormCache<F>] {
  checkNumber("batchNormForward", "eps", eps, { positive: true });
  checkShape("batchNormForward", "x", x, "(N, M)", [-1, -1]);
  const [N = 0, M = 0] = x.shape;
  for (const [name, row] of Object.entries({ gamma, beta, ...statistics }))
    checkShape("batchNormForward", name, row, "(M)", [M], ` with M=${M}`);
  const out = newLike(x);
  if (statistics) {
    const { mean, variance } = statistics;
    for (let j = 0; j < M; j++) {
      const scale = gamma.data[j]! / Math.sqrt(variance.data[j]! + eps);
      for (let at = j; at < x.size; at += M) out.data[at] = scale * (x.data[at]! - mean.data[j]!) + beta.data[j]!;
    }
    return [out, { x, out, gamma, beta, mean, variance, eps, isFixed: true }];
  }
  const [mean, variance] = [newLike(x, [M]), newLike(x, [M])];
  kernels().batchNormForward<FloatArray>({
    ...{ rows: N, columns: M, x: x.data, gamma: gamma.data, beta: beta.data, eps },
    ...{ mean: mean.data, variance: variance.data, out: out.data },
  });
  return [out, { x, out, gamma, beta, mean, variance, eps, isFixed: false }];
}

/**
 *     gradBeta = Σ gradOut      gradGamma = Σ gradOut · xhat
 *     gradX = gamma / √(variance + eps) · (gradOut − gradBeta / N − xhat · gradGamma / N)
 *
 * and `gradX = gamma / √(variance + eps) · gradOut` where the statistics were given.
 * @throws {ShapeError} when `gradOut` is not of the shape of x
 */
export function batchNormBackward<F extends FloatDType>(
  gradOut: Tensor<F>,
  { x, out, gamma, beta, mean, variance, eps, isFixed }: BatchNormCache<F>,
): [gradX: Tensor<F>, gradGamma: Tensor<F>, gradBeta: Tensor<F>] {
  const [N = 0, M = 0] = x.shape;
  checkShape("batchNormBackward", "gradOut", gradOut, "(N, M)", [N, M], ` with N=${N}, M=${M}`);
  const [gradX, gradGamma, gradBeta] = [newLike(x), newLike(gamma), newLike(gamma)];
  if (isFixed) {
    for (let j = 0; j < M; j++) {
      const inverse = 1 / Math.sqrt(variance.data[j]! + eps);
      for (let at = j; at < x.size; at += M) {
        const g = gradOut.data[at]!;
        gradBeta.data[j]! += g;
        gradGamma.data[j]! += g * (x.data[at]! - mean.data[j]!) * inverse;
        gradX.data[at] = gamma.data[j]! * inverse * g;
      }
    }
    return [gradX, gradGamma, gradBeta];
  }
  kernels().batchNormBackward<FloatArray>({
    ...{ rows: N, columns: M, x: x.data, gamma: gamma.data, beta: beta.data, eps, out: out.data },
    ...{ mean: mean.data, variance: variance.data, gradOut: gradOut.data },
    ...{ gradX: gradX.data, gradGamma: gradGamma.data, gradBeta: gradBeta.data },
  });
  return [gradX, gradGamma, gradBeta];
}

export interface BatchNormLayerOptions<F extends FloatDType = "float32"> {
  readonly dim: number; // M
  readonly eps?: number; // default 1e-5
  readonly momentum?: number; // how far running statistics move with each batch, 0 … 1; default 0.1
  readonly dtype?: F; // default float32
}

/**
 * Batch normalisation as a part of a network. Training uses the statistics of the batch and moves the running ones,
 *
 *     running ← (1 − momentum) · running + momentum · batch      with the unbiased variance, Σ (x − mean)² / (N − 1)
 *
 * which evaluation uses. Scales start at 1, shifts at 0, running statistics at mean 0 and variance 1.
 */
export class BatchNormLayer<F extends FloatDType = "float32"> implements Layer<F, BatchNormCache<F>> {
  readonly settings: LayerSettings;
  readonly decayed: readonly string[] = [];
  readonly gamma: Tensor<F>;
  readonly beta: Tensor<F>;
  readonly runningMean: Tensor<F>;
  readonly runningVariance: Tensor<F>;
  readonly eps: number;
  readonly momentum: number;

  /** @throws {SettingError} for an eps that is not > 0 or a momentum outside 0 … 1 */
  constructor({ dim, eps = 1e-5, momentum = 0.1, dtype = "float32" as F }: BatchNormLayerOptions<F>) {
    checkNumber("BatchNormLayer", "eps", eps, { positive: true });
    if (!(momentum >= 0 && momentum <= 1))
      throw new SettingError(`BatchNormLayer: expected momentum from 0 to 1, got ${momentum}`);
    this.settings = { kind: "batchNorm", dim, eps, momentum };
    const row = (): Tensor<F> => toKernelMemory(zeros([dim], { dtype }));
    [this.gamma, this.beta, this.runningMean, this.runningVariance] = [row(), row(), row(), row()];
    this.gamma.data.fill(1);
    this.runningVariance.data.fill(1);
    this.eps = eps;
    this.momentum = momentum;
  }

  parameters(): Tensors<F> {
    return { gamma: this.gamma, beta: this.beta };
  }

  buffers(): Tensors<F> {
    return { runningMean: this.runningMean, runningVariance: this.runningVariance };
  }

  forward(x: Tensor<F>, { training }: Pass): [out: Tensor<F>, cache: BatchNormCache<F>] {
    const { gamma, beta, eps } = this;
    const statistics = { mean: this.runningMean, variance: this.runningVariance };
    const [out, cache] = batchNormForward(x, gamma, beta, training ? { eps } : { eps, statistics });
    if (training) this.updateRunning(cache.mean, cache.variance, x.shape[0]!);
    return [out, cache];
  }

  backward(gradOut: Tensor<F>, cache: BatchNormCache<F>): LayerGradients<F> {
    const [gradX, gamma, beta] = batchNormBackward(gradOut, cache);
    return { gradX, grads: { gamma, beta } };
  }

  /** Moves the running statistics towards those of a batch of N examples, whose variance is the biased one. */
  updateRunning(mean: Tensor<F>, variance: Tensor<F>, N: number): void {
    const { momentum } = this;
    const unbiased = N > 1 ? N / (N - 1) : 1;
    const [means, variances] = [this.runningMean.data, this.runningVariance.data];
    for (let j = 0; j < means.length; j++) {
      means[j] = (1 - momentum) * means[j]! + momentum * mean.data[j]!;
      variances[j] = (1 - momentum) * variances[j]! + momentum * unbiased * variance.data[j]!;
    }
  }
}

/** A new layer of these settings. */
export function createBatchNormLayer<F extends FloatDType>(settings: LayerSettings, dtype: F): BatchNormLayer<F> {
  const [eps, momentum] = [readNumber(settings, "eps"), readNumber(settings, "momentum")];
  return new BatchNormLayer({ dim: readSize(settings, "dim"), eps, momentum, dtype });
}

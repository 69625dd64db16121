/**
 * Batch normalisation of columns, with the relu and the dropout that often follow it.
 * Source: Ioffe & Szegedy 2015, "Batch normalization: accelerating deep network training by reducing internal covariate
 * shift"; the gradient is their section 3, with the sums over the batch written out.
 */
import { checkBatchNorm } from "../checks.ts";
import type { BatchNormBackward, BatchNormForward, FloatArray } from "../kernels.ts";
import { dropoutThreshold, isKept } from "./dropout.ts";

export function batchNormForward<A extends FloatArray>(job: BatchNormForward<A>): void {
  checkBatchNorm("batchNormForward", job);
  const { rows, columns, x, gamma, beta, eps, mean, variance, out, relu, dropout } = job;
  const threshold = dropout ? dropoutThreshold(dropout.rate) : 0;
  const keep = dropout ? 1 / (1 - dropout.rate) : 1;
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += x[i * columns + j]!;
    const average = sum / rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += (x[i * columns + j]! - average) ** 2;
    mean[j] = average;
    variance[j] = squares / rows;
    const scale = gamma[j]! / Math.sqrt(squares / rows + eps);
    for (let i = 0; i < rows; i++) {
      const at = i * columns + j;
      let value = scale * (x[at]! - average) + beta[j]!;
      if (relu) value = Math.max(0, value);
      if (dropout) value = isKept(at, dropout.key, threshold) ? keep * value : 0;
      out[at] = value;
    }
  }
}

/** With xhat = (x − mean) / √(variance + eps) and g the gradient before relu and dropout:
 *
 *     gradBeta = Σ g      gradGamma = Σ g · xhat      gradX = gamma / √(variance + eps) · (g − gradBeta / N − xhat · gradGamma / N)
 */
export function batchNormBackward<A extends FloatArray>(job: BatchNormBackward<A>): void {
  checkBatchNorm("batchNormBackward", job);
  const { rows, columns, x, gamma, eps, mean, variance, out, relu, dropout, gradOut, gradX, gradGamma, gradBeta } = job;
  const threshold = dropout ? dropoutThreshold(dropout.rate) : 0;
  const keep = dropout ? 1 / (1 - dropout.rate) : 1;
  const g = new Float64Array(rows);
  for (let j = 0; j < columns; j++) {
    const inverse = 1 / Math.sqrt(variance[j]! + eps);
    let [sum, product] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const at = i * columns + j;
      // What relu let through is positive in out, and so is what dropout then kept.
      const passes = relu ? out[at]! > 0 : !dropout || isKept(at, dropout.key, threshold);
      g[i] = passes ? keep * gradOut[at]! : 0;
      sum += g[i]!;
      product += g[i]! * (x[at]! - mean[j]!) * inverse;
    }
    gradBeta[j] = sum;
    gradGamma[j] = product;
    for (let i = 0; i < rows; i++) {
      const at = i * columns + j;
      const xhat = (x[at]! - mean[j]!) * inverse;
      gradX[at] = gamma[j]! * inverse * (g[i]! - sum / rows - (xhat * product) / rows);
    }
  }
}

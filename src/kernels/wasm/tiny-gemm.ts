import type { FloatArray, Gemm } from "../kernels.ts";

/** Multiply-adds below which a job costs more to describe than to do. */
const tiny = 400;

/**
 * A product so small that it is done here and now, in the plain loops that define it.
 * @returns false for a larger one, and nothing has been computed
 */
export function tinyGemm(product: Gemm): boolean {
  const { m, n, k, a, b, out } = product;
  if (m * n * k > tiny || m * n > tiny) return false;
  const { transposeA, transposeB, alpha = 1, beta = 0, bias, relu, mask } = product;
  const depth = alpha === 0 ? 0 : k;
  const [aRow, aStep] = transposeA ? [1, m] : [k, 1];
  const [bColumn, bStep] = transposeB ? [k, 1] : [1, n];
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      const to = i * n + j;
      let value = alpha * dot(a, i * aRow, aStep, b, j * bColumn, bStep, depth);
      if (beta !== 0) value += beta * out[to]!;
      if (bias) value += bias[j]!;
      if (relu && value < 0) value = 0; // NaN stays
      out[to] = mask && !(mask[to]! > 0) ? 0 : value;
    }
  return true;
}

function dot(a: FloatArray, i: number, aStep: number, b: FloatArray, j: number, bStep: number, length: number): number {
  let sum = 0;
  for (let p = 0; p < length; p++) sum += a[i + p * aStep]! * b[j + p * bStep]!;
  return sum;
}

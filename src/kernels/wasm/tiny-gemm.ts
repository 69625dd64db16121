/** Products so small that they are done here and now, in the plain loops that define them. */
import type { FloatArray, Gemm, Product } from "../kernels.ts";

/** Multiply-adds below which a job costs more to describe than to do. */
export const tinySize = 600;

export function isTiny({ m, n, k }: Product): boolean {
  return m * n * (k + 1) <= tinySize;
}

/** What `gemm` of loops.ts does, into `out`. */
export function tinyGemm(product: Product & Partial<Gemm>, out: FloatArray): void {
  const { m, n, k, a, b, transposeA, transposeB, alpha = 1, beta = 0, bias, relu, mask } = product;
  const depth = alpha === 0 ? 0 : k;
  const aRow = transposeA ? 1 : k;
  const aStep = transposeA ? m : 1;
  const bColumn = transposeB ? k : 1;
  const bStep = transposeB ? 1 : n;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      const to = i * n + j;
      let sum = 0;
      for (let p = 0; p < depth; p++) sum += a[i * aRow + p * aStep]! * b[j * bColumn + p * bStep]!;
      let value = alpha * sum;
      if (beta !== 0) value += beta * out[to]!;
      if (bias) value += bias[j]!;
      if (relu && value < 0) value = 0; // NaN stays
      out[to] = mask && !(mask[to]! > 0) ? 0 : value;
    }
}

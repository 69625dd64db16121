import type { FloatArray, Gemm, Product } from "../kernels.ts";

/**
 * The product of `gemm` and all that comes after it, into `out`; nothing is checked.
 * @param row - room for at least n sums
 */
export function multiply(product: Product & Partial<Gemm>, out: FloatArray, row: Float64Array): void {
  const { m, n, k, a, b, transposeA = false, transposeB = false, alpha = 1, beta = 0, bias, relu, mask } = product;
  const depth = alpha === 0 ? 0 : k;
  const aRow = transposeA ? 1 : k;
  const aStep = transposeA ? m : 1;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) row[j] = 0;
    if (transposeB) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < depth; p++) sum += a[i * aRow + p * aStep]! * b[j * k + p]!;
        row[j] = sum;
      }
    } else {
      for (let p = 0; p < depth; p++) {
        const factor = a[i * aRow + p * aStep]!;
        for (let j = 0; j < n; j++) row[j]! += factor * b[p * n + j]!;
      }
    }
    for (let j = 0; j < n; j++) {
      let value = alpha * row[j]!;
      if (beta !== 0) value += beta * out[i * n + j]!;
      if (bias) value += bias[j]!;
      if (relu && value <= 0) value = 0;
      if (mask && !(mask[i * n + j]! > 0)) value = 0;
      out[i * n + j] = value;
    }
  }
}

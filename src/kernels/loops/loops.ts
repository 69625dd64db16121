/** Plain loops: the definition of every kernel, and the oracle in tests. Sums run in float64 and are rounded once. */
import { checkColumns, checkGather, checkGemm, checkLengths } from "../checks.ts";
import type { FloatArray, GatherBytes, Gemm, Kernels } from "../kernels.ts";
import { batchNormBackward, batchNormForward } from "./batch-norm.ts";
import { dropout } from "./dropout.ts";
import { multiply } from "./multiply.ts";
import { softmaxLoss } from "./softmax-loss.ts";
import { createUpdate } from "./update.ts";

function gemm<A extends FloatArray>(product: Gemm<A>): void {
  checkGemm(product);
  multiply(product, product.out, new Float64Array(product.n));
}

function gemmWithSquares<A extends FloatArray>(product: Gemm<A>): number {
  gemm(product);
  return sumSquares(product.b);
}

function sumRows<A extends FloatArray>(x: A, out: A): void {
  checkColumns("sumRows", x, out);
  const n = out.length;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = j; i < x.length; i += n) sum += x[i]!;
    out[j] = sum;
  }
}

function relu<A extends FloatArray>(x: A, out: A): void {
  checkLengths("relu", "x and out", x, out);
  for (let i = 0; i < x.length; i++) out[i] = Math.max(0, x[i]!);
}

function reluBackward<A extends FloatArray>(gradOut: A, out: A, gradX: A): void {
  checkLengths("reluBackward", "gradOut, out and gradX", gradOut, out, gradX);
  for (let i = 0; i < gradOut.length; i++) gradX[i] = out[i]! > 0 ? gradOut[i]! : 0;
}

function sumSquares(x: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
  return sum;
}

function addScaled<A extends FloatArray>(x: A, scale: number, out: A, keep = 1): void {
  checkLengths("addScaled", "x and out", x, out);
  for (let i = 0; i < x.length; i++) out[i] = keep * out[i]! + scale * x[i]!;
}

function gatherBytes(gather: GatherBytes): void {
  checkGather(gather);
  const { bytes, indices, channels, plane, scale, shift, out } = gather;
  const length = channels * plane;
  for (let i = 0; i < indices.length; i++)
    for (let c = 0; c < channels; c++) {
      const from = indices[i]! * length + c * plane;
      const to = i * length + c * plane;
      for (let p = 0; p < plane; p++) out[to + p] = bytes[from + p]! * scale[c]! + shift[c]!;
    }
}

function allocate(dtype: "float32", length: number): Float32Array;
function allocate(dtype: "float64", length: number): Float64Array;
function allocate(dtype: "float32" | "float64", length: number): FloatArray {
  return dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
}

export const loops: Kernels = {
  name: "loops",
  description: "plain TypeScript loops, one thread",
  allocate,
  gemm,
  gemmWithSquares,
  sumRows,
  relu,
  reluBackward,
  softmaxLoss,
  sumSquares,
  addScaled,
  update: createUpdate(gemm),
  batchNormForward,
  batchNormBackward,
  dropout,
  gatherBytes,
};

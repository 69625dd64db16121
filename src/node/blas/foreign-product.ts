import type { ForeignProduct } from "../../kernels/wasm/threads.ts";

/** What is used of the package koffi. */
export interface Koffi {
  load(path: string): {
    func(name: string, result: string, parameters: string[]): (...args: (number | bigint | string)[]) => unknown;
  };
  address(array: Uint8Array): bigint;
}

/**
 * Products by a BLAS library, on addresses inside a WebAssembly memory.
 *
 * Helping threads get this function as source text: it may refer to nothing outside itself.
 */
export function foreignProduct(koffi: Koffi, library: string, memory: { buffer: ArrayBufferLike }): ForeignProduct {
  const blas = koffi.load(library);
  const start = Number(koffi.address(new Uint8Array(memory.buffer)));
  const find = (name: string, number: string) => {
    const sizes = ["int", "int", "int", "int", "int", "int"]; // order, transpositions, m, n, k
    const operands = [number, "void *", "int", "void *", "int", number, "void *", "int"];
    return blas.func(name, "void", [...sizes, ...operands]);
  };
  const single = find("cblas_sgemm", "float");
  const double = find("cblas_dgemm", "double");
  const [rowMajor, asIs, transposed] = [101, 111, 112]; // CBLAS_ORDER, CBLAS_TRANSPOSE
  return (bytes, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, out, ldo) => {
    const gemm = bytes === 4 ? single : double;
    const [opA, opB] = [transposeA ? transposed : asIs, transposeB ? transposed : asIs];
    // Leading dimensions must be at least 1 even when there is nothing to read.
    gemm(
      ...[rowMajor, opA, opB, m, n, k, alpha, start + a, Math.max(1, lda)],
      ...[start + b, Math.max(1, ldb), beta, start + out, ldo],
    );
  };
}

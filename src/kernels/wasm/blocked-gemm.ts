import type { FloatArray, Gemm } from "../kernels.ts";
import type { WasmMemory } from "./memory.ts";

/**
 * A product whose matrices do not fit into the memory at once: block by block through small copies.
 * @param edge - rows and columns of a block at most
 * @returns false when not even the blocks fit
 */
export function blockedGemm(
  product: Gemm,
  memory: Pick<WasmMemory, "take" | "give">,
  gemm: (block: Gemm) => void,
  edge = 256,
): boolean {
  const { m, n, k, a, b, out, transposeA = false, transposeB = false, beta = 0, bias, relu = false, mask } = product;
  const dtype = out instanceof Float32Array ? "float32" : "float64";
  const room = Array.from({ length: 5 }, () => memory.take(dtype, edge * edge));
  try {
    const [roomA, roomB, roomOut, roomMask, roomBias] = room;
    if (!roomA || !roomB || !roomOut || !roomMask || !roomBias) return false;
    for (let i = 0; i < m; i += edge)
      for (let j = 0; j < n; j += edge) {
        const rows = Math.min(edge, m - i);
        const columns = Math.min(edge, n - j);
        const outBlock = copyBlock(out, n, i, j, rows, columns, roomOut);
        for (let p = 0; p === 0 || p < k; p += edge) {
          const depth = Math.min(edge, k - p);
          const last = p + edge >= k;
          gemm({
            ...{ m: rows, n: columns, k: depth, transposeA, transposeB, alpha: product.alpha ?? 1, out: outBlock },
            a: transposeA ? copyBlock(a, m, p, i, depth, rows, roomA) : copyBlock(a, k, i, p, rows, depth, roomA),
            b: transposeB ? copyBlock(b, k, j, p, columns, depth, roomB) : copyBlock(b, n, p, j, depth, columns, roomB),
            beta: p === 0 ? beta : 1,
            relu: relu && last,
            ...(bias && last ? { bias: copyBlock(bias, n, 0, j, 1, columns, roomBias) } : {}),
            ...(mask && last ? { mask: copyBlock(mask, n, i, j, rows, columns, roomMask) } : {}),
          });
        }
        for (let r = 0; r < rows; r++) out.set(outBlock.subarray(r * columns, (r + 1) * columns), (i + r) * n + j);
      }
    return true;
  } finally {
    for (const array of room) if (array) memory.give(array);
  }
}

/** Copies a block of a matrix of `width` columns to the start of `to`. */
function copyBlock(
  x: FloatArray,
  width: number,
  row: number,
  column: number,
  rows: number,
  columns: number,
  to: FloatArray,
): FloatArray {
  for (let r = 0; r < rows; r++) {
    const start = (row + r) * width + column;
    to.set(x.subarray(start, start + columns), r * columns);
  }
  return to.subarray(0, rows * columns);
}

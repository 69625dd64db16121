// One block of out = act(alpha * op(a) * op(b) + beta * out + bias), after Goto and van de Geijn,
// "Anatomy of High-Performance Matrix Multiplication" (2008): panels of b stay in the first-level cache,
// a block of a in the second, and a tile of 4 rows by two vectors of out in registers.
import { int, number, pointer, SCRATCH, SCRATCH_SIZE } from "./job";

const ROWS: i32 = 4; // rows of the register tile
const DEPTH: i32 = 256; // of k per packed block
const LONGEST_BLOCK: i32 = 192; // rows of a packed block of a
const WIDEST_BLOCK: i32 = 128; // columns of a packed block of b

// @ts-ignore: decorator
@inline
function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

// Integers: m, n, k; pointers a, b, out, bias, mask (0 for none); flags; rows and columns of out per tile.
// Numbers: alpha, beta.
// The operands' rows are as long as their sizes say: nothing is strided.
const TRANSPOSE_A: i32 = 1;
const TRANSPOSE_B: i32 = 2;
const RELU: i32 = 4;

export function gemm<T>(tile: i32, thread: i32, foreign: bool): void {
  const m = int(0), n = int(1), rowsPerTile = int(9), columnsPerTile = int(10);
  const tilesDown = (m + rowsPerTile - 1) / rowsPerTile;
  const i = (tile % tilesDown) * rowsPerTile, j = (tile / tilesDown) * columnsPerTile;
  const rows = min(rowsPerTile, m - i), columns = min(columnsPerTile, n - j);
  if (foreign) foreignBlock<T>(i, j, rows, columns);
  else block<T>(i, j, rows, columns, SCRATCH + <usize>thread * SCRATCH_SIZE);
  finish<T>(i, j, rows, columns);
}

// out = alpha * op(a) * op(b) + beta * out, for the rows from i0 and the columns from j0.
function block<T>(i0: i32, j0: i32, rows: i32, columns: i32, scratch: usize): void {
  const S = <i32>sizeof<T>();
  const width = 32 / S;
  const k = int(2), flags = int(8), a = pointer(3), b = pointer(4);
  const lda = <usize>(flags & TRANSPOSE_A ? int(0) : k), ldb = <usize>(flags & TRANSPOSE_B ? k : int(1));
  const packedA = scratch + 1024;
  const packedB = packedA + <usize>((LONGEST_BLOCK + ROWS) * (DEPTH + 16) * S);
  let p0 = 0;
  do {
    const depth = min(DEPTH, k - p0);
    if (flags & TRANSPOSE_B) packBTransposed<T>(b + (<usize>j0 * ldb + p0) * S, ldb, depth, columns, packedB);
    else packB<T>(b + (<usize>p0 * ldb + j0) * S, ldb, depth, columns, packedB);
    // Packed a: whole rows when a is (m, k), four numbers side by side per step of k when it is (k, m).
    let rowStride: usize, step: usize, panelStride: usize;
    if (flags & TRANSPOSE_A) {
      packATransposed<T>(a + (<usize>p0 * lda + i0) * S, lda, depth, rows, packedA);
      rowStride = S;
      step = ROWS * S;
      panelStride = depth * ROWS * S;
    } else {
      rowStride = (DEPTH + 16) * S; // not a power of two: rows spread over the cache
      step = S;
      panelStride = ROWS * rowStride;
      const from = a + (<usize>i0 * lda + p0) * S;
      for (let i = 0; i < rows; i++)
        memory.copy(packedA + <usize>i * rowStride, from + <usize>i * lda * S, <usize>depth * S);
    }
    for (let j = 0; j < columns; j += width) {
      let panelA = packedA;
      for (let i = 0; i < rows; i += ROWS, panelA += panelStride) {
        multiply<T>(depth, panelA, rowStride, step, packedB + <usize>(j * depth * S), scratch);
        writeBack<T>(scratch, i0 + i, j0 + j, min(ROWS, rows - i), min(width, columns - j), p0 == 0);
      }
    }
    p0 += DEPTH;
  } while (p0 < k);
}

// The same through a product that the host provides: a BLAS on the calling thread.
function foreignBlock<T>(i: i32, j: i32, rows: i32, columns: i32): void {
  const S = <i32>sizeof<T>();
  const m = int(0), n = int(1), k = int(2), transposeA = int(8) & 1, transposeB = (int(8) >> 1) & 1;
  const a = pointer(3) + <usize>(transposeA ? i : i * k) * S, b = pointer(4) + <usize>(transposeB ? j * k : j) * S;
  const lda = transposeA ? m : k, ldb = transposeB ? k : n;
  const out = pointer(5) + (<usize>i * n + j) * S;
  product(S, transposeA, transposeB, rows, columns, k, number(0), a, lda, b, ldb, number(1), out, n);
}

// @ts-ignore: decorator
@external("env", "product")
declare function product(
  bytes: i32, transposeA: i32, transposeB: i32, m: i32, n: i32, k: i32,
  alpha: f64, a: usize, lda: i32, b: usize, ldb: i32, beta: f64, out: usize, ldo: i32,
): void;

// The heart: four rows of a times two vectors of b, summed over `depth`, stored at `tile` as four rows of 32 bytes.
// Fourteen vectors are alive at once and wasm engines have fifteen registers for them: a larger tile, or two steps
// of p per turn, spills and runs at half the speed.
function multiply<T>(depth: i32, a: usize, rowStride: usize, step: usize, b: usize, tile: usize): void {
  let c00 = v128.splat<T>(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let a1 = a + rowStride, a2 = a1 + rowStride, a3 = a2 + rowStride;
  for (let p = depth; p > 0; p--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a);
    c00 = madd<T>(x, b0, c00);
    c01 = madd<T>(x, b1, c01);
    x = v128.load_splat<T>(a1);
    c10 = madd<T>(x, b0, c10);
    c11 = madd<T>(x, b1, c11);
    x = v128.load_splat<T>(a2);
    c20 = madd<T>(x, b0, c20);
    c21 = madd<T>(x, b1, c21);
    x = v128.load_splat<T>(a3);
    c30 = madd<T>(x, b0, c30);
    c31 = madd<T>(x, b1, c31);
    a += step;
    a1 += step;
    a2 += step;
    a3 += step;
    b += 32;
  }
  v128.store(tile, c00);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
}

// out[i, j…] from a register tile, scaled and added to what is there.
function writeBack<T>(tile: usize, i: i32, j: i32, rows: i32, columns: i32, first: bool): void {
  const S = <i32>sizeof<T>();
  const alpha = <T>number(0), beta = first ? <T>number(1) : <T>1;
  const ldo = <usize>int(1);
  let out = pointer(5) + (<usize>i * ldo + j) * S;
  for (let r = 0; r < rows; r++, tile += 32, out += ldo * S) {
    if (columns == 32 / S) {
      for (let v: usize = 0; v < 32; v += 16) {
        let x = v128.mul<T>(v128.load(tile + v), v128.splat<T>(alpha));
        if (beta != 0) x = v128.add<T>(x, v128.mul<T>(v128.load(out + v), v128.splat<T>(beta)));
        v128.store(out + v, x);
      }
    } else {
      for (let v: usize = 0; v < <usize>columns * S; v += S) {
        let x = load<T>(tile + v) * alpha;
        if (beta != 0) x += load<T>(out + v) * beta;
        store<T>(out + v, x);
      }
    }
  }
}

// What comes after the product, while the block is still in the cache: + bias, relu, mask.
function finish<T>(i: i32, j: i32, rows: i32, columns: i32): void {
  const S = <i32>sizeof<T>();
  const relu = (int(8) & RELU) != 0, ldo = <usize>int(1), width = <usize>(columns * S);
  const bias = pointer(6) ? pointer(6) + <usize>(j * S) : 0;
  if (!bias && !pointer(7) && !relu) return;
  const zero = v128.splat<T>(0);
  for (let r = 0; r < rows; r++) {
    const offset = (<usize>(i + r) * ldo + j) * S, out = pointer(5) + offset;
    const mask = pointer(7) ? pointer(7) + offset : 0;
    let c: usize = 0;
    for (; c + 16 <= width; c += 16) {
      let x = v128.load(out + c);
      if (bias) x = v128.add<T>(x, v128.load(bias + c));
      if (relu) x = v128.pmax<T>(x, zero); // x < 0 ? 0 : x, so NaN stays
      if (mask) x = v128.and(x, v128.gt<T>(v128.load(mask + c), zero));
      v128.store(out + c, x);
    }
    for (; c < width; c += S) {
      let x = load<T>(out + c);
      if (bias) x += load<T>(bias + c);
      if (relu && x < 0) x = 0;
      if (mask && !(load<T>(mask + c) > 0)) x = 0;
      store<T>(out + c, x);
    }
  }
}

// Panels of two vectors: panel[p] = b[p, j … j + width), zeros beyond the last column.
function packB<T>(b: usize, ldb: usize, depth: i32, columns: i32, to: usize): void {
  const S = <i32>sizeof<T>();
  const width = 32 / S;
  for (let j = 0; j < columns; j += width) {
    let from = b + <usize>j * S;
    const here = min(width, columns - j);
    for (let p = 0; p < depth; p++, from += ldb * S, to += 32) {
      if (here == width) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        v128.store(to, v128.splat<T>(0));
        v128.store(to, v128.splat<T>(0), 16);
        for (let c: usize = 0; c < <usize>here * S; c += S) store<T>(to + c, load<T>(from + c));
      }
    }
  }
}

function packBTransposed<T>(b: usize, ldb: usize, depth: i32, columns: i32, to: usize): void {
  const S = <i32>sizeof<T>();
  const width = 32 / S;
  for (let j = 0; j < columns; j += width, to += <usize>depth * 32)
    for (let c = 0; c < width; c++) {
      const from = b + <usize>(j + c) * ldb * S;
      if (j + c < columns)
        for (let p: usize = 0; p < <usize>depth; p++) store<T>(to + p * 32 + <usize>c * S, load<T>(from + p * S));
      else for (let p: usize = 0; p < <usize>depth; p++) store<T>(to + p * 32 + <usize>c * S, 0);
    }
}

// panel[p] = four numbers a[p, i … i + 4), zeros beyond the last row of out.
function packATransposed<T>(a: usize, lda: usize, depth: i32, rows: i32, to: usize): void {
  const S = <i32>sizeof<T>();
  for (let i = 0; i < rows; i += ROWS) {
    let from = a + <usize>i * S;
    const here = min(ROWS, rows - i);
    for (let p = 0; p < depth; p++, from += lda * S, to += ROWS * S) {
      if (here == ROWS) {
        v128.store(to, v128.load(from));
        if (S == 8) v128.store(to, v128.load(from, 16), 16);
      } else for (let r: usize = 0; r < <usize>ROWS; r++) store<T>(to + r * S, r < <usize>here ? load<T>(from + r * S) : <T>0);
    }
  }
}

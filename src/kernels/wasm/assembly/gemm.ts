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
const TRANSPOSE_A: i32 = 1;
const TRANSPOSE_B: i32 = 2;
const RELU: i32 = 4;

export function gemm<T>(tile: i32, thread: i32): void {
  const S = <i32>sizeof<T>();
  const width = 32 / S;
  const m = int(0), n = int(1), k = int(2), flags = int(8);
  const rowsPerTile = int(9), columnsPerTile = int(10);
  const lda = <usize>(flags & TRANSPOSE_A ? m : k), ldb = <usize>(flags & TRANSPOSE_B ? k : n);
  const tilesDown = (m + rowsPerTile - 1) / rowsPerTile;
  const i0 = (tile % tilesDown) * rowsPerTile;
  const j0 = (tile / tilesDown) * columnsPerTile;
  const rows = min(rowsPerTile, m - i0);
  const columns = min(columnsPerTile, n - j0);
  const corner = SCRATCH + <usize>thread * SCRATCH_SIZE;
  const packedA = corner + 1024;
  const packedB = packedA + <usize>((LONGEST_BLOCK + ROWS) * (DEPTH + 16)) * S;

  let p0 = 0;
  do {
    const depth = min(DEPTH, k - p0);
    const last = p0 + depth >= k;
    if (flags & TRANSPOSE_B) packBTransposed<T>(pointer(4) + (<usize>j0 * ldb + p0) * S, ldb, depth, columns, packedB);
    else packB<T>(pointer(4) + (<usize>p0 * ldb + j0) * S, ldb, depth, columns, packedB);
    // Packed a: whole rows when a is (m, k), four numbers side by side per step of k when it is (k, m).
    let rowStride: usize, step: usize;
    if (flags & TRANSPOSE_A) {
      packATransposed<T>(pointer(3) + (<usize>p0 * lda + i0) * S, lda, depth, rows, packedA);
      rowStride = S;
      step = ROWS * S;
    } else {
      rowStride = (DEPTH + 16) * S; // not a power of two: rows spread over the cache
      step = S;
      const from = pointer(3) + (<usize>i0 * lda + p0) * S;
      for (let i = 0; i < rows; i++)
        memory.copy(packedA + <usize>i * rowStride, from + <usize>i * lda * S, <usize>depth * S);
    }
    for (let j = 0; j < columns; j += width) {
      const panelB = packedB + <usize>(j * depth) * S;
      for (let i = 0; i < rows; i += ROWS) {
        const panelA = packedA + (flags & TRANSPOSE_A ? <usize>(i * depth) * S : <usize>i * rowStride);
        multiply<T>(depth, panelA, rowStride, step, panelB, corner);
        writeBack<T>(corner, i0 + i, j0 + j, min(ROWS, rows - i), min(width, columns - j), p0 == 0, last, flags);
      }
    }
    p0 += DEPTH;
  } while (p0 < k);
}

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

// out[i, j…] from a register tile: scaled, added to what is there, and on the last block of k finished off.
function writeBack<T>(
  tile: usize, i: i32, j: i32, rows: i32, columns: i32, first: bool, last: bool, flags: i32,
): void {
  const S = <i32>sizeof<T>();
  const alpha = <T>number(0), beta = first ? <T>number(1) : <T>1;
  const ldo = <usize>int(1);
  const offset = (<usize>i * ldo + j) * S;
  const bias = last && pointer(6) ? pointer(6) + <usize>j * S : 0;
  const mask = last && pointer(7) ? pointer(7) + offset : 0;
  const relu = last && (flags & RELU) != 0;
  let out = pointer(5) + offset;
  let gate = mask;
  const zero = v128.splat<T>(0);
  for (let r = 0; r < rows; r++, tile += 32, out += ldo * S, gate += ldo * S) {
    if (columns == 32 / S) {
      for (let v: usize = 0; v < 32; v += 16) {
        let x = v128.mul<T>(v128.load(tile + v), v128.splat<T>(alpha));
        if (beta != 0) x = v128.add<T>(x, v128.mul<T>(v128.load(out + v), v128.splat<T>(beta)));
        if (bias) x = v128.add<T>(x, v128.load(bias + v));
        if (relu) x = v128.pmax<T>(x, zero); // x < 0 ? 0 : x, so NaN stays
        if (mask) x = v128.and(x, v128.gt<T>(v128.load(gate + v), zero));
        v128.store(out + v, x);
      }
    } else {
      for (let v: usize = 0; v < <usize>columns * S; v += S) {
        let x = load<T>(tile + v) * alpha;
        if (beta != 0) x += load<T>(out + v) * beta;
        if (bias) x += load<T>(bias + v);
        if (relu && x < 0) x = 0;
        if (mask && !(load<T>(gate + v) > 0)) x = 0;
        store<T>(out + v, x);
      }
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

// One block of out = act(alpha * op(a) * op(b) + beta * out + bias), after Goto and van de Geijn,
// "Anatomy of High-Performance Matrix Multiplication" (2008): panels of b stay in the first-level cache,
// a block of a in the second, and a tile of 4 rows by two vectors of out in registers.
import { FIELDS, madd, PARTIALS, SCRATCH, SCRATCH_SIZE } from "./job";
import { addScaledTo, squares } from "./rows";
import { updateTo } from "./update";

const ROWS: i32 = 4; // rows of the register tile
const DEPTH: i32 = 256; // of k per packed block
const LONGEST_BLOCK: i32 = 192; // rows of a packed block of a
const WIDEST_BLOCK: i32 = 256; // columns of a packed block of b

// The operands' rows are as long as their sizes say: nothing is strided.
@unmanaged class Product {
  m: i32; n: i32; k: i32;
  a: usize; b: usize; out: usize;
  bias: usize; mask: usize; // 0 for none
  transposeA: i32; transposeB: i32; relu: i32; // 0 or 1
  rowsPerTile: i32; columnsPerTile: i32; // of out
  rowsAtOnce: i32; // of a tile of foreignGemm
  w: usize; first: usize; second: usize; rule: i32; // weights to update with the product, which is their gradient; 0 for none
  // foreignParts and addParts:
  depthPerTile: i32; depthAtOnce: i32; // of k
  parts: usize; partCount: i32; // arrays of m by n: what the tiles but the first add up
  wantsSquares: i32; // whether to leave the sum of the squares of b, not transposed, in the partials
  alpha: f64; beta: f64;
  learningRate: f64; weightDecay: f64; scale: f64; // of the update, as in update.ts
  p0: f64; p1: f64; p2: f64; p3: f64; p4: f64;
}

// @ts-ignore: decorator
@inline
function product(): Product {
  return changetype<Product>(FIELDS);
}

export function gemm<T>(tile: i32, thread: i32): void {
  const S: usize = sizeof<T>();
  const job = product(), tilesDown = (job.m + job.rowsPerTile - 1) / job.rowsPerTile;
  const i = (tile % tilesDown) * job.rowsPerTile, j = (tile / tilesDown) * job.columnsPerTile;
  const rows = min(job.rowsPerTile, job.m - i), columns = min(job.columnsPerTile, job.n - j);
  const scratch = SCRATCH + <usize>thread * SCRATCH_SIZE;
  if (job.w) {
    const grad = scratch + 128 + <usize>((LONGEST_BLOCK + WIDEST_BLOCK) * DEPTH) * S; // after the packed blocks
    block<T>(i, j, rows, columns, scratch, grad, columns);
    updateWeights<T>(i, j, rows, columns, grad);
    return;
  }
  block<T>(i, j, rows, columns, scratch, job.out + (<usize>i * job.n + j) * S, job.n);
  finish<T>(i, j, rows, columns);
}

export function foreignGemm<T>(tile: i32, thread: i32): void {
  const job = product(), tilesDown = (job.m + job.rowsPerTile - 1) / job.rowsPerTile;
  const start = (tile % tilesDown) * job.rowsPerTile, end = min(start + job.rowsPerTile, job.m);
  const j = (tile / tilesDown) * job.columnsPerTile, columns = min(job.columnsPerTile, job.n - j);
  const grad = SCRATCH + <usize>thread * SCRATCH_SIZE;
  for (let i = start; i < end; i += job.rowsAtOnce) {
    const rows = min(job.rowsAtOnce, end - i);
    if (job.w) {
      foreignBlock<T>(i, j, 0, rows, columns, job.k, 0, grad, columns);
      updateWeights<T>(i, j, rows, columns, grad);
      continue;
    }
    foreignBlock<T>(i, j, 0, rows, columns, job.k, job.beta, job.out + (<usize>i * job.n + j) * sizeof<T>(), job.n);
    finish<T>(i, j, rows, columns);
  }
}

// alpha * op(a) * op(b) + beta * itself, for the rows from i0 and the columns from j0, into the block that starts at `out` and
// whose rows are `ldo` numbers apart.
function block<T>(i0: i32, j0: i32, rows: i32, columns: i32, scratch: usize, out: usize, ldo: usize): void {
  const S = <i32>sizeof<T>();
  const width = 32 / S;
  const job = product(), k = job.k, transposeA = job.transposeA, transposeB = job.transposeB;
  const a = job.a, b = job.b;
  const lda = <usize>(transposeA ? job.m : k), ldb = <usize>(transposeB ? k : job.n);
  const alpha = <T>job.alpha;
  const packedA = scratch + 128; // after room for one tile
  const packedB = packedA + <usize>(LONGEST_BLOCK * DEPTH * S);
  let p0 = 0;
  do {
    const depth = min(DEPTH, k - p0);
    const beta = p0 == 0 ? <T>job.beta : <T>1;
    if (transposeB) packBTransposed<T>(b + (<usize>j0 * ldb + p0) * S, ldb, depth, columns, packedB);
    else packB<T>(b + (<usize>p0 * ldb + j0) * S, ldb, depth, columns, packedB);
    if (transposeA) packATransposed<T>(a + (<usize>p0 * lda + i0) * S, lda, depth, rows, packedA);
    else packA<T>(a + (<usize>i0 * lda + p0) * S, lda, depth, rows, packedA);
    for (let j = 0; j < columns; j += width) {
      const panelB = packedB + <usize>(j * depth * S);
      for (let i = 0; i < rows; i += ROWS) {
        const panelA = packedA + <usize>(i * depth * S);
        const corner = out + (<usize>i * ldo + j) * S;
        if (rows - i >= ROWS && columns - j >= width) multiply<T>(depth, panelA, panelB, alpha, beta, corner, ldo * S);
        else {
          multiply<T>(depth, panelA, panelB, alpha, 0, scratch, 32);
          addCorner<T>(scratch, min(ROWS, rows - i), min(width, columns - j), beta, corner, ldo * S);
        }
      }
    }
    p0 += DEPTH;
  } while (p0 < k);
}

// The same through a product that the host provides, a BLAS on the calling thread: `depth` numbers of k from p, into the
// block that starts at `out` and whose rows are `ldo` numbers apart.
function foreignBlock<T>(
  i: i32, j: i32, p: i32, rows: i32, columns: i32, depth: i32, beta: f64, out: usize, ldo: i32,
): void {
  const S = <i32>sizeof<T>();
  const job = product(), m = job.m, n = job.n, k = job.k, transposeA = job.transposeA, transposeB = job.transposeB;
  const a = job.a + <usize>(transposeA ? p * m + i : i * k + p) * S, lda = transposeA ? m : k;
  const b = job.b + <usize>(transposeB ? j * k + p : p * n + j) * S, ldb = transposeB ? k : n;
  foreign(S, transposeA, transposeB, rows, columns, depth, job.alpha, a, lda, b, ldb, beta, out, ldo);
}

// A foreign product with k divided among the tiles: the first adds its part to out, each other one leaves its own in parts.
export function foreignParts<T>(tile: i32): void {
  const job = product(), row = <usize>job.n * sizeof<T>(); // bytes
  const out = tile == 0 ? job.out : job.parts + <usize>(tile - 1) * <usize>job.m * row;
  const first = tile * job.depthPerTile, end = min(first + job.depthPerTile, job.k);
  let sum: f64 = 0;
  for (let p = first; p < end; p += job.depthAtOnce) {
    const depth = min(job.depthAtOnce, end - p);
    if (job.wantsSquares) sum += squares<T>(job.b + <usize>p * row, job.b + <usize>(p + depth) * row);
    foreignBlock<T>(0, 0, p, job.m, job.n, depth, p > first ? 1 : tile == 0 ? job.beta : 0, out, job.n);
  }
  store<f64>(PARTIALS + (<usize>tile << 3), sum);
}

// Rows of out, with the same rows of the parts added and all that comes after a product.
export function addParts<T>(tile: i32): void {
  const job = product(), i = tile * job.rowsPerTile, rows = min(job.rowsPerTile, job.m - i);
  const row = <usize>job.n * sizeof<T>(), start = <usize>i * row, length = <usize>rows * row; // bytes
  for (let part: usize = 0; part < <usize>job.partCount; part++)
    addScaledTo<T>(job.out + start, 1, job.parts + part * <usize>job.m * row + start, 1, length);
  finish<T>(i, 0, rows, job.n);
}

// @ts-ignore: decorator
@external("env", "product")
declare function foreign(
  bytes: i32, transposeA: i32, transposeB: i32, m: i32, n: i32, k: i32,
  alpha: f64, a: usize, lda: i32, b: usize, ldb: i32, beta: f64, out: usize, ldo: i32,
): void;

// The heart: out = alpha * (four rows of a times two vectors of b, summed over `depth`) + beta * out.
// Fourteen vectors are alive at once and wasm engines have fifteen registers for them: a larger tile, or two steps
// of p per turn, spills and runs at half the speed.
function multiply<T>(
  depth: i32, a: usize, b: usize, alpha: T, beta: T, out: usize, outStride: usize,
): void {
  const S: usize = sizeof<T>();
  let c00 = v128.splat<T>(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let p = depth; p > 0; p--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a);
    c00 = madd<T>(x, b0, c00);
    c01 = madd<T>(x, b1, c01);
    x = v128.load_splat<T>(a, sizeof<T>());
    c10 = madd<T>(x, b0, c10);
    c11 = madd<T>(x, b1, c11);
    x = v128.load_splat<T>(a, 2 * sizeof<T>());
    c20 = madd<T>(x, b0, c20);
    c21 = madd<T>(x, b1, c21);
    x = v128.load_splat<T>(a, 3 * sizeof<T>());
    c30 = madd<T>(x, b0, c30);
    c31 = madd<T>(x, b1, c31);
    a += ROWS * S;
    b += 32;
  }
  const scale = v128.splat<T>(alpha), keep = v128.splat<T>(beta);
  addRow<T>(out, c00, c01, scale, keep, beta);
  out += outStride;
  addRow<T>(out, c10, c11, scale, keep, beta);
  out += outStride;
  addRow<T>(out, c20, c21, scale, keep, beta);
  out += outStride;
  addRow<T>(out, c30, c31, scale, keep, beta);
}

// @ts-ignore: decorator
@inline
function addRow<T>(out: usize, x: v128, y: v128, scale: v128, keep: v128, beta: T): void {
  x = v128.mul<T>(x, scale);
  y = v128.mul<T>(y, scale);
  if (beta != 0) {
    x = v128.add<T>(x, v128.mul<T>(v128.load(out), keep));
    y = v128.add<T>(y, v128.mul<T>(v128.load(out, 16), keep));
  }
  v128.store(out, x);
  v128.store(out, y, 16);
}

// A tile at the edge of out, computed in full elsewhere: only what is inside is added.
function addCorner<T>(tile: usize, rows: i32, columns: i32, beta: T, out: usize, outStride: usize): void {
  const width = <usize>columns * sizeof<T>();
  for (let r = 0; r < rows; r++, tile += 32, out += outStride)
    for (let c: usize = 0; c < width; c += sizeof<T>())
      store<T>(out + c, beta != 0 ? load<T>(tile + c) + beta * load<T>(out + c) : load<T>(tile + c));
}

// What comes after the product, while the block is still in the cache: + bias, relu, mask.
function finish<T>(i: i32, j: i32, rows: i32, columns: i32): void {
  const job = product();
  const S = <i32>sizeof<T>();
  const relu = job.relu != 0, ldo = <usize>job.n, width = <usize>(columns * S);
  const bias = job.bias ? job.bias + <usize>(j * S) : 0;
  if (!bias && !job.mask && !relu) return;
  const zero = v128.splat<T>(0);
  for (let r = 0; r < rows; r++) {
    const offset = (<usize>(i + r) * ldo + j) * S, out = job.out + offset;
    const mask = job.mask ? job.mask + offset : 0;
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

// The step of an optimizer for a block of the weights, whose gradient is in the cache.
function updateWeights<T>(i: i32, j: i32, rows: i32, columns: i32, grad: usize): void {
  const job = product(), rates = FIELDS + offsetof<Product>("learningRate");
  const isWhole = columns == job.n; // rows then follow each other
  const width = <usize>columns * sizeof<T>() * (isWhole ? rows : 1), count = isWhole ? 1 : rows;
  for (let r = 0; r < count; r++, grad += width) {
    const offset = (<usize>(i + r) * <usize>job.n + j) * sizeof<T>();
    const first = job.first ? job.first + offset : 0, second = job.second ? job.second + offset : 0;
    updateTo<T>(job.rule, job.w + offset, grad, first, second, width, rates);
  }
}

// Panels of two vectors: panel[p] = b[p, j … j + width), zeros beyond the last column. Two panels at a time, because
// together they are one line of the cache.
function packB<T>(b: usize, ldb: usize, depth: i32, columns: i32, to: usize): void {
  const S = <i32>sizeof<T>();
  const width = 32 / S, panel = <usize>depth * 32;
  let j = 0;
  for (; j + 2 * width <= columns; j += 2 * width, to += 2 * panel) {
    let from = b + <usize>(j * S), at = to;
    for (let p = 0; p < depth; p++, from += ldb * S, at += 32) {
      v128.store(at, v128.load(from));
      v128.store(at, v128.load(from, 16), 16);
      v128.store(at + panel, v128.load(from, 32));
      v128.store(at + panel, v128.load(from, 48), 16);
    }
  }
  for (; j < columns; j += width) {
    let from = b + <usize>(j * S);
    const inside = <usize>(min(width, columns - j) * S);
    for (let p = 0; p < depth; p++, from += ldb * S, to += 32) {
      v128.store(to, v128.splat<T>(0));
      v128.store(to, v128.splat<T>(0), 16);
      for (let c: usize = 0; c < inside; c += S) store<T>(to + c, load<T>(from + c));
    }
  }
}

function packBTransposed<T>(b: usize, ldb: usize, depth: i32, columns: i32, to: usize): void {
  const S: usize = sizeof<T>();
  const stride = ldb * S, quads = 8 / <i32>S; // in a panel
  for (let j = 0; j < columns; j += 4 * quads, to += <usize>depth * 32)
    for (let q = 0; q < quads; q++)
      packFour<T>(b + <usize>(j + 4 * q) * stride, stride, depth, columns - j - 4 * q, to + <usize>q * 16, 32);
}

// panel[p] = four numbers a[i … i + 4, p], zeros beyond the last row of out.
function packA<T>(a: usize, lda: usize, depth: i32, rows: i32, to: usize): void {
  const S: usize = sizeof<T>();
  for (let i = 0; i < rows; i += ROWS, to += <usize>depth * ROWS * S)
    packFour<T>(a + <usize>i * lda * S, lda * S, depth, rows - i, to, ROWS * S);
}

// to[p · step] = the p-th numbers of four rows, zeros for rows that are not there; squares of vectors are turned over.
function packFour<T>(x: usize, stride: usize, depth: i32, rows: i32, to: usize, step: usize): void {
  const S: usize = sizeof<T>();
  const end = <usize>depth * S;
  let p: usize = 0;
  if (rows >= 4)
    for (; p + 16 <= end; p += 16, to += (16 / S) * step) {
      const from = x + p;
      const r0 = v128.load(from), r1 = v128.load(from + stride);
      const r2 = v128.load(from + 2 * stride), r3 = v128.load(from + 3 * stride);
      if (S == 4) {
        const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
        const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
        v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
        v128.store(to + step, i64x2.shuffle(low01, low23, 1, 3));
        v128.store(to + 2 * step, i64x2.shuffle(high01, high23, 0, 2));
        v128.store(to + 3 * step, i64x2.shuffle(high01, high23, 1, 3));
      } else {
        v128.store(to, i64x2.shuffle(r0, r1, 0, 2));
        v128.store(to, i64x2.shuffle(r2, r3, 0, 2), 16);
        v128.store(to + step, i64x2.shuffle(r0, r1, 1, 3));
        v128.store(to + step, i64x2.shuffle(r2, r3, 1, 3), 16);
      }
    }
  for (; p < end; p += S, to += step)
    for (let r = 0; r < 4; r++) store<T>(to + <usize>r * S, r < rows ? load<T>(x + <usize>r * stride + p) : <T>0);
}

// panel[p] = four numbers a[p, i … i + 4), zeros beyond the last row of out. Sixteen bytes at a time are a quarter of a
// line of the cache, so four vectors are read together.
function packATransposed<T>(a: usize, lda: usize, depth: i32, rows: i32, to: usize): void {
  const S = <i32>sizeof<T>();
  const vectors = S / 4; // in four numbers
  const panel = <usize>(depth * ROWS * S);
  const together = 4 / vectors; // panels
  let i = 0;
  for (; i + together * ROWS <= rows; i += together * ROWS, to += together * panel) {
    let from = a + <usize>(i * S), at = to;
    for (let p = 0; p < depth; p++, from += lda * S, at += ROWS * S) {
      const v0 = v128.load(from), v1 = v128.load(from, 16), v2 = v128.load(from, 32), v3 = v128.load(from, 48);
      if (S == 4) {
        v128.store(at, v0);
        v128.store(at + panel, v1);
        v128.store(at + 2 * panel, v2);
        v128.store(at + 3 * panel, v3);
      } else {
        v128.store(at, v0);
        v128.store(at, v1, 16);
        v128.store(at + panel, v2);
        v128.store(at + panel, v3, 16);
      }
    }
  }
  for (; i < rows; i += ROWS) {
    let from = a + <usize>(i * S);
    const inside = <usize>(min(ROWS, rows - i) * S);
    for (let p = 0; p < depth; p++, from += lda * S, to += ROWS * S)
      for (let r: usize = 0; r < <usize>(ROWS * S); r += S) store<T>(to + r, r < inside ? load<T>(from + r) : <T>0);
  }
}

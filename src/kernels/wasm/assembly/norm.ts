// Batch normalisation by columns, with relu and dropout after it; ../../loops/batch-norm.ts is the definition. A tile is a range
// of columns, and goes through its rows in order, four at a time where it adds up: a row's numbers are neighbours, whereas those
// of a column may all fall on the same few lines of the cache. Sums of four rows are added in float64.
import { FIELDS, madd, SCRATCH, SCRATCH_SIZE } from "./job";
import { high, low, PER_TILE } from "./rows";

@unmanaged class BatchNorm {
  rows: i32; columns: i32;
  x: usize; gamma: usize; beta: usize; mean: usize; variance: usize; out: usize;
  relu: i32; drops: i32; key: i32; threshold: i32;
  gradOut: usize; gradX: usize; gradGamma: usize; gradBeta: usize; // backward only
  columnsPerTile: i32;
  eps: f64; keep: f64;
}

export function batchNormForward<T>(tile: i32, thread: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<BatchNorm>(FIELDS), rows = job.rows, width = <usize>job.columns * S;
  const start = <usize>(tile * job.columnsPerTile) * S, end = min(start + <usize>job.columnsPerTile * S, width);
  const whole = start + ((end - start) & ~15); // the columns that are whole vectors
  const sums = SCRATCH + <usize>thread * SCRATCH_SIZE, scales = sums + (end - start) * (8 / S) + 16;
  const x = job.x, mean = job.mean;
  memory.fill(sums, 0, (end - start) * (8 / S));
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const r0 = x + <usize>i * width, r1 = r0 + width, r2 = r1 + width, r3 = r2 + width;
    for (let c = start, to = sums; c < whole; c += 16, to += 16 * (8 / S)) {
      const a = v128.add<T>(v128.load(r0 + c), v128.load(r1 + c));
      addTo<T>(to, v128.add<T>(a, v128.add<T>(v128.load(r2 + c), v128.load(r3 + c))));
    }
  }
  for (; i < rows; i++)
    for (let c = start, to = sums; c < whole; c += 16, to += 16 * (8 / S)) addTo<T>(to, v128.load(x + <usize>i * width + c));
  for (let c = start, from = sums; c < whole; c += S, from += 8) store<T>(mean + c, <T>(load<f64>(from) / rows));
  memory.fill(sums, 0, (end - start) * (8 / S));
  for (i = 0; i + 4 <= rows; i += 4) {
    const r0 = x + <usize>i * width, r1 = r0 + width, r2 = r1 + width, r3 = r2 + width;
    for (let c = start, to = sums; c < whole; c += 16, to += 16 * (8 / S)) {
      const m = v128.load(mean + c);
      const a = v128.sub<T>(v128.load(r0 + c), m), b = v128.sub<T>(v128.load(r1 + c), m);
      const d = v128.sub<T>(v128.load(r2 + c), m), e = v128.sub<T>(v128.load(r3 + c), m);
      addTo<T>(to, madd<T>(e, e, madd<T>(d, d, madd<T>(b, b, v128.mul<T>(a, a)))));
    }
  }
  for (; i < rows; i++)
    for (let c = start, to = sums; c < whole; c += 16, to += 16 * (8 / S)) {
      const a = v128.sub<T>(v128.load(x + <usize>i * width + c), v128.load(mean + c));
      addTo<T>(to, v128.mul<T>(a, a));
    }
  for (let c = start, from = sums, to = scales; c < whole; c += S, from += 8, to += S) {
    const variance = load<f64>(from) / rows;
    store<T>(job.variance + c, <T>variance);
    store<T>(to, <T>(<f64>load<T>(job.gamma + c) / Math.sqrt(variance + job.eps)));
  }
  const relu = job.relu != 0, drops = job.drops != 0, keep = v128.splat<T>(<T>job.keep), zero = v128.splat<T>(0);
  const beta = job.beta, key = job.key, threshold = job.threshold;
  for (i = 0; i < rows; i++) {
    const from = x + <usize>i * width, to = job.out + <usize>i * width;
    let index = i * job.columns + <i32>(start / S);
    for (let c = start, at = scales; c < whole; c += 16, at += 16, index += 16 / <i32>S) {
      let v = v128.sub<T>(v128.load(from + c), v128.load(mean + c));
      v = v128.add<T>(v128.mul<T>(v, v128.load(at)), v128.load(beta + c));
      if (relu) v = v128.pmax<T>(v, zero);
      if (drops) v = v128.and(v128.mul<T>(v, keep), kept<T>(index, key, threshold));
      v128.store(to + c, v);
    }
  }
  for (let c = whole; c < end; c += S) forwardColumn<T>(c, width);
}

export function batchNormBackward<T>(tile: i32, thread: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<BatchNorm>(FIELDS), rows = job.rows, width = <usize>job.columns * S;
  const start = <usize>(tile * job.columnsPerTile) * S, end = min(start + <usize>job.columnsPerTile * S, width);
  const whole = start + ((end - start) & ~15), room = (end - start) * (8 / S);
  const sums = SCRATCH + <usize>thread * SCRATCH_SIZE, products = sums + room;
  const scales = products + room + 16, shifts = scales + (end - start) + 16, tilts = shifts + (end - start) + 16;
  const relu = job.relu != 0, drops = job.drops != 0, keep = v128.splat<T>(<T>job.keep), zero = v128.splat<T>(0);
  const x = job.x, mean = job.mean, gradX = job.gradX, key = job.key, threshold = job.threshold;
  const gradOut = job.gradOut, out = job.out;
  memory.fill(sums, 0, 2 * room);
  for (let i = 0; i < rows; i++) {
    const row = <usize>i * width;
    let index = i * job.columns + <i32>(start / S);
    for (let c = start, to: usize = 0; c < whole; c += 16, to += 16 * (8 / S), index += 16 / <i32>S) {
      let g = v128.load(gradOut + row + c);
      if (relu) g = v128.and(g, v128.gt<T>(v128.load(out + row + c), zero)); // what was dropped is 0 there too
      else if (drops) g = v128.and(g, kept<T>(index, key, threshold));
      if (drops) g = v128.mul<T>(g, keep);
      v128.store(gradX + row + c, g);
      addTo<T>(sums + to, g);
      addTo<T>(products + to, v128.mul<T>(g, v128.sub<T>(v128.load(x + row + c), v128.load(mean + c))));
    }
  }
  // gradX = scale * (g - shift - tilt * (x - mean))
  for (let c = start, from: usize = 0, to: usize = 0; c < whole; c += S, from += 8, to += S) {
    const inverse = 1 / Math.sqrt(<f64>load<T>(job.variance + c) + job.eps);
    const sum = load<f64>(sums + from), product = load<f64>(products + from) * inverse;
    store<T>(job.gradBeta + c, <T>sum);
    store<T>(job.gradGamma + c, <T>product);
    store<T>(scales + to, <T>(<f64>load<T>(job.gamma + c) * inverse));
    store<T>(shifts + to, <T>(sum / rows));
    store<T>(tilts + to, <T>(product * inverse / rows));
  }
  for (let i = 0; i < rows; i++) {
    const row = <usize>i * width;
    for (let c = start, at: usize = 0; c < whole; c += 16, at += 16) {
      const d = v128.sub<T>(v128.load(x + row + c), v128.load(mean + c));
      const g = v128.sub<T>(v128.load(gradX + row + c), v128.load(shifts + at));
      const slope = v128.sub<T>(g, v128.mul<T>(v128.load(tilts + at), d));
      v128.store(gradX + row + c, v128.mul<T>(v128.load(scales + at), slope));
    }
  }
  for (let c = whole; c < end; c += S) backwardColumn<T>(c, width);
}

// Adds a vector to the sums in float64 at `to`.
// @ts-ignore: decorator
@inline
function addTo<T>(to: usize, x: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(to, f64x2.add(v128.load(to), x));
    return;
  }
  v128.store(to, f64x2.add(v128.load(to), low(x)));
  v128.store(to, f64x2.add(v128.load(to, 16), high(x)), 16);
}

// What is left of the columns, one at a time.
function forwardColumn<T>(at: usize, width: usize): void {
  const job = changetype<BatchNorm>(FIELDS), rows = job.rows, x = job.x + at;
  let sum: f64 = 0, squares: f64 = 0;
  for (let i: usize = 0; i < <usize>rows; i++) sum += load<T>(x + i * width);
  const mean = sum / rows;
  for (let i: usize = 0; i < <usize>rows; i++) {
    const d = <f64>load<T>(x + i * width) - mean;
    squares += d * d;
  }
  store<T>(job.mean + at, <T>mean);
  store<T>(job.variance + at, <T>(squares / rows));
  const scale = <f64>load<T>(job.gamma + at) / Math.sqrt(squares / rows + job.eps), beta = <f64>load<T>(job.beta + at);
  for (let i: usize = 0; i < <usize>rows; i++) {
    let v = scale * (<f64>load<T>(x + i * width) - mean) + beta;
    if (job.relu && v < 0) v = 0;
    if (job.drops) v = isKept(<i32>((at + i * width) / sizeof<T>())) ? v * job.keep : 0;
    store<T>(job.out + at + i * width, <T>v);
  }
}

function backwardColumn<T>(at: usize, width: usize): void {
  const job = changetype<BatchNorm>(FIELDS), rows = <usize>job.rows, n = <f64>job.rows;
  const mean = <f64>load<T>(job.mean + at), inverse = 1 / Math.sqrt(<f64>load<T>(job.variance + at) + job.eps);
  let sum: f64 = 0, product: f64 = 0;
  for (let i: usize = 0; i < rows; i++) {
    const from = at + i * width;
    let g = <f64>load<T>(job.gradOut + from);
    const passes = job.relu ? load<T>(job.out + from) > 0 : !job.drops || isKept(<i32>(from / sizeof<T>()));
    g = passes ? g * job.keep : 0;
    store<T>(job.gradX + from, <T>g);
    sum += g;
    product += g * (<f64>load<T>(job.x + from) - mean) * inverse;
  }
  store<T>(job.gradBeta + at, <T>sum);
  store<T>(job.gradGamma + at, <T>product);
  const scale = <f64>load<T>(job.gamma + at) * inverse;
  for (let i: usize = 0; i < rows; i++) {
    const from = at + i * width, xhat = (<f64>load<T>(job.x + from) - mean) * inverse;
    store<T>(job.gradX + from, <T>(scale * (<f64>load<T>(job.gradX + from) - sum / n - xhat * product / n)));
  }
}

@unmanaged class Dropout { length: i32; x: usize; out: usize; key: i32; threshold: i32; keep: f64; }

export function dropout<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<Dropout>(FIELDS), keep = v128.splat<T>(<T>job.keep);
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>job.length * S);
  let i = start;
  for (; i + 16 <= end; i += 16) {
    const mask = kept<T>(<i32>(i / S), job.key, job.threshold);
    v128.store(job.out + i, v128.and(v128.mul<T>(v128.load(job.x + i), keep), mask));
  }
  for (; i < end; i += S) {
    const passes = <u32>hash(<i32>(i / S), job.key) >= <u32>job.threshold;
    store<T>(job.out + i, passes ? <T>(<f64>load<T>(job.x + i) * job.keep) : 0);
  }
}

// All bits set in the lanes that are kept; `index` is that of the first.
// @ts-ignore: decorator
@inline
function kept<T>(index: i32, key: i32, threshold: i32): v128 {
  let h = i32x4.add(i32x4.splat(index + 1), sizeof<T>() == 4 ? i32x4(0, 1, 2, 3) : i32x4(0, 0, 1, 1));
  h = v128.xor(i32x4.mul(h, i32x4.splat(0x9e3779b1)), i32x4.splat(key));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return i32x4.ge_u(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(threshold));
}

function hash(index: i32, key: i32): i32 {
  let h: u32 = <u32>(index + 1) * 0x9e3779b1 ^ <u32>key;
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return <i32>(h ^ (h >> 16));
}

function isKept(index: i32): bool {
  const job = changetype<BatchNorm>(FIELDS);
  return <u32>hash(index, job.key) >= <u32>job.threshold;
}

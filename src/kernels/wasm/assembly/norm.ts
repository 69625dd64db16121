// Batch normalisation by columns, with relu and dropout after it; ../../loops/batch-norm.ts is the definition. A tile is one line
// of the cache in every row: few enough numbers to stay in the first-level cache from one pass over them to the next.
import { FIELDS } from "./job";
import { high, low, PER_TILE } from "./rows";

@unmanaged class BatchNorm {
  rows: i32; columns: i32;
  x: usize; gamma: usize; beta: usize; mean: usize; variance: usize; out: usize;
  relu: i32; drops: i32; key: i32; threshold: i32;
  gradOut: usize; gradX: usize; gradGamma: usize; gradBeta: usize; // backward only
  eps: f64; keep: f64;
}

export function batchNormForward<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<BatchNorm>(FIELDS), width = <usize>job.columns * S;
  const start = <usize>tile * 64, end = min(start + 64, width);
  let at = start;
  for (; at + 16 <= end; at += 16) forwardVector<T>(at, width);
  for (; at < end; at += S) forwardColumn<T>(at, width);
}

export function batchNormBackward<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<BatchNorm>(FIELDS), width = <usize>job.columns * S;
  const start = <usize>tile * 64, end = min(start + 64, width);
  let at = start;
  for (; at + 16 <= end; at += 16) backwardVector<T>(at, width);
  for (; at < end; at += S) backwardColumn<T>(at, width);
}

// A vector of columns, `at` bytes from the first.
function forwardVector<T>(at: usize, width: usize): void {
  const job = changetype<BatchNorm>(FIELDS), rows = job.rows, n = v64(rows);
  let sum0 = f64x2.splat(0), sum1 = sum0;
  let from = job.x + at;
  for (let i = 0; i < rows; i++, from += width) {
    const v = v128.load(from);
    sum0 = f64x2.add(sum0, first<T>(v));
    if (sizeof<T>() == 4) sum1 = f64x2.add(sum1, high(v));
  }
  const mean0 = f64x2.div(sum0, n), mean1 = f64x2.div(sum1, n);
  let squares0 = f64x2.splat(0), squares1 = squares0;
  from = job.x + at;
  for (let i = 0; i < rows; i++, from += width) {
    const v = v128.load(from);
    const d0 = f64x2.sub(first<T>(v), mean0);
    squares0 = f64x2.add(squares0, f64x2.mul(d0, d0));
    if (sizeof<T>() == 4) {
      const d1 = f64x2.sub(high(v), mean1);
      squares1 = f64x2.add(squares1, f64x2.mul(d1, d1));
    }
  }
  const variance0 = f64x2.div(squares0, n), variance1 = f64x2.div(squares1, n);
  const mean = joined<T>(mean0, mean1), beta = v128.load(job.beta + at);
  v128.store(job.mean + at, mean);
  v128.store(job.variance + at, joined<T>(variance0, variance1));
  const scale = v128.mul<T>(v128.load(job.gamma + at), joined<T>(inverse(variance0, job.eps), inverse(variance1, job.eps)));
  const relu = job.relu != 0, drops = job.drops != 0, keep = v128.splat<T>(<T>job.keep), zero = v128.splat<T>(0);
  from = job.x + at;
  let to = job.out + at, index = <i32>(at / sizeof<T>());
  for (let i = 0; i < rows; i++, from += width, to += width, index += job.columns) {
    let v = v128.add<T>(v128.mul<T>(v128.sub<T>(v128.load(from), mean), scale), beta);
    if (relu) v = v128.pmax<T>(v, zero);
    if (drops) v = v128.and(v128.mul<T>(v, keep), kept<T>(index, job.key, job.threshold));
    v128.store(to, v);
  }
}

// The same for one column.
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

function backwardVector<T>(at: usize, width: usize): void {
  const job = changetype<BatchNorm>(FIELDS), rows = job.rows, n = <f64>rows;
  const relu = job.relu != 0, drops = job.drops != 0, keep = v128.splat<T>(<T>job.keep), zero = v128.splat<T>(0);
  const mean = v128.load(job.mean + at), variance = v128.load(job.variance + at);
  let sum0 = f64x2.splat(0), sum1 = sum0, product0 = sum0, product1 = sum0;
  let from: usize = at, index = <i32>(at / sizeof<T>());
  for (let i = 0; i < rows; i++, from += width, index += job.columns) {
    let g = v128.load(job.gradOut + from);
    if (relu) g = v128.and(g, v128.gt<T>(v128.load(job.out + from), zero)); // what dropout dropped is 0 there too
    else if (drops) g = v128.and(g, kept<T>(index, job.key, job.threshold));
    if (drops) g = v128.mul<T>(g, keep);
    v128.store(job.gradX + from, g);
    const d = v128.sub<T>(v128.load(job.x + from), mean);
    sum0 = f64x2.add(sum0, first<T>(g));
    product0 = f64x2.add(product0, f64x2.mul(first<T>(g), first<T>(d)));
    if (sizeof<T>() == 4) {
      sum1 = f64x2.add(sum1, high(g));
      product1 = f64x2.add(product1, f64x2.mul(high(g), high(d)));
    }
  }
  const inverse0 = inverse(first<T>(variance), job.eps), inverse1 = sizeof<T>() == 4 ? inverse(high(variance), job.eps) : sum1;
  const gamma0 = f64x2.mul(product0, inverse0), gamma1 = f64x2.mul(product1, inverse1);
  v128.store(job.gradBeta + at, joined<T>(sum0, sum1));
  v128.store(job.gradGamma + at, joined<T>(gamma0, gamma1));
  // gradX = scale * (g - shift - tilt * (x - mean))
  const scale = v128.mul<T>(v128.load(job.gamma + at), joined<T>(inverse0, inverse1));
  const shift = joined<T>(f64x2.div(sum0, v64(rows)), f64x2.div(sum1, v64(rows)));
  const tilt = joined<T>(
    f64x2.div(f64x2.mul(gamma0, inverse0), f64x2.splat(n)), f64x2.div(f64x2.mul(gamma1, inverse1), f64x2.splat(n)),
  );
  from = at;
  for (let i = 0; i < rows; i++, from += width) {
    const d = v128.sub<T>(v128.load(job.x + from), mean);
    const g = v128.sub<T>(v128.sub<T>(v128.load(job.gradX + from), shift), v128.mul<T>(tilt, d));
    v128.store(job.gradX + from, v128.mul<T>(scale, g));
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

// @ts-ignore: decorator
@inline
function inverse(variance: v128, eps: f64): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.sqrt(f64x2.add(variance, f64x2.splat(eps))));
}

// The first two numbers of a vector in float64.
// @ts-ignore: decorator
@inline
function first<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? low(x) : x;
}

// Two pairs of float64 as one vector of T; in float64 the first pair.
// @ts-ignore: decorator
@inline
function joined<T>(x: v128, y: v128): v128 {
  if (sizeof<T>() == 8) return x;
  return i32x4.shuffle(f32x4.demote_f64x2_zero(x), f32x4.demote_f64x2_zero(y), 0, 1, 4, 5);
}

// @ts-ignore: decorator
@inline
function v64(n: i32): v128 {
  return f64x2.splat(<f64>n);
}

// Row and element operations. A tile is a run of elements, rows or columns; tails shorter than a vector go one by one.
import { FIELDS, madd, PARTIALS } from "./job";

// @ts-ignore: decorator
@inline
export const PER_TILE: usize = 1 << 15; // elements, for the operations that see one long array

@unmanaged class Relu { length: i32; x: usize; out: usize; }

export function relu<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<Relu>(FIELDS), x = job.x, out = job.out;
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>job.length * S);
  let i = start;
  for (; i + 16 <= end; i += 16) v128.store(out + i, v128.pmax<T>(v128.load(x + i), v128.splat<T>(0)));
  for (; i < end; i += S) {
    const value = load<T>(x + i);
    store<T>(out + i, value < 0 ? 0 : value);
  }
}

@unmanaged class ReluBackward { length: i32; gradOut: usize; out: usize; gradX: usize; }

export function reluBackward<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<ReluBackward>(FIELDS), gradOut = job.gradOut, out = job.out, gradX = job.gradX;
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>job.length * S);
  let i = start;
  for (; i + 16 <= end; i += 16)
    v128.store(gradX + i, v128.and(v128.load(gradOut + i), v128.gt<T>(v128.load(out + i), v128.splat<T>(0))));
  for (; i < end; i += S) store<T>(gradX + i, load<T>(out + i) > 0 ? load<T>(gradOut + i) : 0);
}

@unmanaged class AddScaled { length: i32; x: usize; out: usize; scale: f64; keep: f64; }

export function addScaled<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<AddScaled>(FIELDS);
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>job.length * S);
  addScaledTo<T>(job.out + start, <T>job.keep, job.x + start, <T>job.scale, end - start);
}

// out = keep * out + scale * x, over `length` bytes.
export function addScaledTo<T>(out: usize, keep: T, x: usize, scale: T, length: usize): void {
  const keeps = v128.splat<T>(keep), scales = v128.splat<T>(scale);
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) {
    const old = v128.mul<T>(v128.load(out + i), keeps);
    v128.store(out + i, v128.add<T>(old, v128.mul<T>(v128.load(x + i), scales)));
  }
  for (; i < length; i += sizeof<T>()) store<T>(out + i, keep * load<T>(out + i) + scale * load<T>(x + i));
}

@unmanaged class SumSquares { length: i32; x: usize; elementsPerTile: i32; }

// The sum of each tile goes to its partial.
export function sumSquares<T>(tile: i32): void {
  const job = changetype<SumSquares>(FIELDS);
  const perTile = <usize>job.elementsPerTile * sizeof<T>();
  const start = <usize>tile * perTile, end = min(start + perTile, <usize>job.length * sizeof<T>());
  store<f64>(PARTIALS + (<usize>tile << 3), squares<T>(job.x + start, job.x + end));
}

// From start up to end, in float64 throughout; as many sums side by side as it takes to hide how long an addition lasts.
export function squares<T>(start: usize, end: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  let i = start;
  for (; i + 64 <= end; i += 64) {
    const a = v128.load(i), b = v128.load(i, 16), c = v128.load(i, 32), d = v128.load(i, 48);
    if (sizeof<T>() == 4) {
      s0 = addSquare(low(a), s0);
      s1 = addSquare(high(a), s1);
      s2 = addSquare(low(b), s2);
      s3 = addSquare(high(b), s3);
      s4 = addSquare(low(c), s4);
      s5 = addSquare(high(c), s5);
      s6 = addSquare(low(d), s6);
      s7 = addSquare(high(d), s7);
    } else {
      s0 = addSquare(a, s0);
      s1 = addSquare(b, s1);
      s2 = addSquare(c, s2);
      s3 = addSquare(d, s3);
    }
  }
  const first = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = lanes(f64x2.add(first, f64x2.add(f64x2.add(s4, s5), f64x2.add(s6, s7))));
  for (; i < end; i += sizeof<T>()) {
    const value = <f64>load<T>(i);
    sum += value * value;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function addSquare(x: v128, sum: v128): v128 {
  return madd<f64>(x, x, sum);
}

@unmanaged class SumRows { rows: i32; columns: i32; x: usize; out: usize; columnsPerTile: i32; }

// Sums run in float64.
export function sumRows<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<SumRows>(FIELDS);
  const rows = job.rows, width = <usize>job.columns * S, x = job.x, out = job.out;
  const perTile = <usize>job.columnsPerTile * S, start = <usize>tile * perTile, end = min(start + perTile, width);
  let j = start;
  for (; j + 16 <= end; j += 16) {
    let sum0 = f64x2.splat(0), sum1 = sum0;
    let from = x + j;
    for (let r = 0; r < rows; r++, from += width) {
      const v = v128.load(from);
      if (sizeof<T>() == 4) {
        sum0 = f64x2.add(sum0, low(v));
        sum1 = f64x2.add(sum1, high(v));
      } else sum0 = f64x2.add(sum0, v);
    }
    if (sizeof<T>() == 4) {
      const sums = i32x4.shuffle(f32x4.demote_f64x2_zero(sum0), f32x4.demote_f64x2_zero(sum1), 0, 1, 4, 5);
      v128.store(out + j, sums);
    } else v128.store(out + j, sum0);
  }
  for (; j < end; j += S) {
    let sum: f64 = 0;
    for (let r: usize = 0; r < <usize>rows; r++) sum += load<T>(x + r * width + j);
    store<T>(out + j, <T>sum);
  }
}

@unmanaged class GatherBytes {
  rows: i32; channels: i32; plane: i32;
  bytes: usize; indices: usize; scale: usize; shift: usize; out: usize;
  rowsPerTile: i32;
}

export function gatherBytes(tile: i32): void {
  const job = changetype<GatherBytes>(FIELDS);
  const channels = job.channels, plane = <usize>job.plane, length = <usize>channels * plane;
  const bytes = job.bytes, indices = job.indices, scales = job.scale, shifts = job.shift, out = job.out;
  const first = tile * job.rowsPerTile, end = min(first + job.rowsPerTile, job.rows);
  for (let i = first; i < end; i++)
    for (let c = 0; c < channels; c++) {
      let from = bytes + <usize>load<i32>(indices + (<usize>i << 2)) * length + <usize>c * plane;
      let to = out + ((<usize>i * length + <usize>c * plane) << 2);
      const scale = load<f32>(scales + (<usize>c << 2)), shift = load<f32>(shifts + (<usize>c << 2));
      const stop = from + plane;
      for (; from + 8 <= stop; from += 8, to += 32) {
        const wide = v128.load_ext<u8>(from);
        const a = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(wide));
        const b = f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(wide));
        v128.store(to, f32x4.add(f32x4.mul(a, f32x4.splat(scale)), f32x4.splat(shift)));
        v128.store(to, f32x4.add(f32x4.mul(b, f32x4.splat(scale)), f32x4.splat(shift)), 16);
      }
      for (; from < stop; from++, to += 4) store<f32>(to, <f32>load<u8>(from) * scale + shift);
    }
}

// @ts-ignore: decorator
@inline
export function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
export function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

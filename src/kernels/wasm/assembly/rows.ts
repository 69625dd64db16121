// Row and element operations. A tile is a run of elements, rows or columns; tails shorter than a vector go one by one.
import { int, madd, number, PARTIALS, pointer } from "./job";

// @ts-ignore: decorator
@inline
const PER_TILE: usize = 1 << 15; // elements, for the operations that see one long array

// Integers: length; pointers x, out.
export function relu<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>int(0) * S);
  const x = pointer(1), out = pointer(2);
  let i = start;
  for (; i + 16 <= end; i += 16) v128.store(out + i, v128.pmax<T>(v128.load(x + i), v128.splat<T>(0)));
  for (; i < end; i += S) {
    const value = load<T>(x + i);
    store<T>(out + i, value < 0 ? 0 : value);
  }
}

// Integers: length; pointers gradOut, out, gradX.
export function reluBackward<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>int(0) * S);
  const gradOut = pointer(1), out = pointer(2), gradX = pointer(3);
  let i = start;
  for (; i + 16 <= end; i += 16)
    v128.store(gradX + i, v128.and(v128.load(gradOut + i), v128.gt<T>(v128.load(out + i), v128.splat<T>(0))));
  for (; i < end; i += S) store<T>(gradX + i, load<T>(out + i) > 0 ? load<T>(gradOut + i) : 0);
}

// Integers: length; pointers x, out. Numbers: scale, keep.
export function addScaled<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>int(0) * S);
  addScaledTo<T>(pointer(2) + start, <T>number(1), pointer(1) + start, <T>number(0), end - start);
}

// out = keep * out + scale * x, over `length` bytes.
export function addScaledTo<T>(out: usize, keep: T, x: usize, scale: T, length: usize): void {
  const keeps = v128.splat<T>(keep), scales = v128.splat<T>(scale);
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) {
    const kept = v128.mul<T>(v128.load(out + i), keeps);
    v128.store(out + i, v128.add<T>(kept, v128.mul<T>(v128.load(x + i), scales)));
  }
  for (; i < length; i += sizeof<T>()) store<T>(out + i, keep * load<T>(out + i) + scale * load<T>(x + i));
}

// Integers: length; pointers w, grad (0 when it is in velocity already), velocity (0 for none); nesterov.
// Numbers: learningRate, weightDecay, momentum.
export function sgdUpdate<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const start = <usize>tile * PER_TILE * S, end = min(start + PER_TILE * S, <usize>int(0) * S);
  const w = pointer(1), grad = pointer(2), velocity = pointer(3), nesterov = int(4) != 0;
  const rate = <T>number(0), decay = <T>number(1), momentum = <T>number(2);
  const rates = v128.splat<T>(rate), decays = v128.splat<T>(decay), momenta = v128.splat<T>(momentum);
  let i = start;
  for (; i + 16 <= end; i += 16) {
    let g = grad ? v128.load(grad + i) : v128.splat<T>(0);
    if (decay != 0) g = v128.add<T>(g, v128.mul<T>(decays, v128.load(w + i)));
    let move = g;
    if (velocity) {
      const v = v128.add<T>(v128.mul<T>(momenta, v128.load(velocity + i)), g);
      v128.store(velocity + i, v);
      move = nesterov ? v128.add<T>(v128.mul<T>(momenta, v), g) : v;
    }
    v128.store(w + i, v128.sub<T>(v128.load(w + i), v128.mul<T>(rates, move)));
  }
  for (; i < end; i += S) {
    let g = grad ? load<T>(grad + i) : <T>0;
    if (decay != 0) g += decay * load<T>(w + i);
    let move = g;
    if (velocity) {
      const v = momentum * load<T>(velocity + i) + g;
      store<T>(velocity + i, v);
      move = nesterov ? momentum * v + g : v;
    }
    store<T>(w + i, load<T>(w + i) - rate * move);
  }
}

// Integers: length; pointer x; elements per tile. The sum of each tile goes to its partial.
export function sumSquares<T>(tile: i32): void {
  const perTile = <usize>int(2) * sizeof<T>();
  const start = <usize>tile * perTile, end = min(start + perTile, <usize>int(0) * sizeof<T>());
  store<f64>(PARTIALS + (<usize>tile << 3), squares<T>(pointer(1) + start, pointer(1) + end));
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

// Integers: rows, columns; pointers x, row, out; rows per tile.
export function addRow<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const width = <usize>int(1) * S;
  const row = pointer(3), first = tile * int(5), rows = min(int(5), int(0) - first);
  let x = pointer(2) + <usize>first * width, out = pointer(4) + <usize>first * width;
  for (let r = 0; r < rows; r++, x += width, out += width) {
    let j: usize = 0;
    for (; j + 16 <= width; j += 16) v128.store(out + j, v128.add<T>(v128.load(x + j), v128.load(row + j)));
    for (; j < width; j += S) store<T>(out + j, load<T>(x + j) + load<T>(row + j));
  }
}

// Integers: rows, columns; pointers x, out; columns per tile. Sums run in float64.
export function sumRows<T>(tile: i32): void {
  const S: usize = sizeof<T>();
  const rows = int(0), width = <usize>int(1) * S, x = pointer(2), out = pointer(3);
  const start = <usize>(tile * int(4)) * S, end = min(start + <usize>int(4) * S, width);
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

// Integers: channels, plane; pointers bytes, indices, scale, shift, out; rows, rows per tile.
export function gatherBytes(tile: i32): void {
  const channels = int(0), plane = <usize>int(1), length = <usize>channels * plane;
  const bytes = pointer(2), indices = pointer(3), scales = pointer(4), shifts = pointer(5), out = pointer(6);
  const first = tile * int(8), end = min(first + int(8), int(7));
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

// Integers: rows, columns; pointers table, indices, out; rows per tile.
export function gatherRows<T>(tile: i32): void {
  const bytes = <usize>int(1) * sizeof<T>();
  const table = pointer(2), indices = pointer(3), out = pointer(4);
  const first = tile * int(5), end = min(first + int(5), int(0));
  let i: usize = first;
  // Rows lie far apart in memory that is far away: four at a time, so that waits for them overlap.
  if (bytes % 64 == 0)
    for (; i + 4 <= <usize>end; i += 4) {
      const a = table + <usize>load<i32>(indices + (i << 2)) * bytes, b = table + <usize>load<i32>(indices + (i << 2), 4) * bytes;
      const c = table + <usize>load<i32>(indices + (i << 2), 8) * bytes, d = table + <usize>load<i32>(indices + (i << 2), 12) * bytes;
      const to = out + i * bytes;
      for (let j: usize = 0; j < bytes; j += 64) {
        copyLine(a + j, to + j);
        copyLine(b + j, to + bytes + j);
        copyLine(c + j, to + 2 * bytes + j);
        copyLine(d + j, to + 3 * bytes + j);
      }
    }
  for (; i < <usize>end; i++)
    memory.copy(out + i * bytes, table + <usize>load<i32>(indices + (i << 2)) * bytes, bytes);
}

// @ts-ignore: decorator
@inline
function copyLine(from: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** Small numbers for cases, and what the reference and the mistakes are written with. */
import { type Rng, randn, Tensor, tensor } from "../../tensor/index.ts";

export type T = Tensor<"float64">;

/** Normal numbers rounded to two digits, so that a learner can follow them by hand. */
export function normal(rng: Rng, ...shape: number[]): T {
  const x = randn(shape, { rng, dtype: "float64" });
  return map(x, (value) => Math.round(100 * value) / 100 || 0.01);
}

export function labelsOf(rng: Rng, N: number, C: number): Int32Array {
  return Int32Array.from({ length: N }, (_, i) => (i < C ? i : rng.integer(0, C - 1)));
}

export function map(x: T, f: (value: number, i: number) => number): T {
  return new Tensor(Float64Array.from(x.data, f), x.shape, "float64");
}

export function scale(x: T, factor: number): T {
  return map(x, (value) => factor * value);
}

export function add(x: T, y: T): T {
  return map(x, (value, i) => value + y.data[i]!);
}

export function transpose(x: T): T {
  const [rows = 0, columns = 0] = x.shape;
  const out = Array.from({ length: columns }, (_, c) => Array.from({ length: rows }, (_, r) => x.at(r, c)));
  return tensor(out, { dtype: "float64" });
}

/** Numbers from `from` to `to`, rounded to two digits. */
export function between(rng: Rng, from: number, to: number): number {
  return Math.round(100 * (from + (to - from) * rng.uniform())) / 100;
}

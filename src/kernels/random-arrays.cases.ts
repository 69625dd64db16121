/** What the kernels are compared on: sizes, arrays of random numbers in any place, and when two results agree. */
import fc from "fast-check";
import { expect } from "vitest";
import type { FloatArray, Kernels } from "./kernels.ts";
import { loops } from "./loops/loops.ts";

export type DType = "float32" | "float64";
export type Values = (i: number) => number;
export type Draw = { seed: number; special: boolean };

/** Sizes around the lengths of vectors, and around those of tiles and packed blocks. */
export const small: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17),
  fc.integer({ min: 1, max: 40 }),
);
export const large: fc.Arbitrary<number> = fc.constantFrom(63, 64, 65, 127, 128, 129, 191, 193, 255, 257, 300);
export const size: fc.Arbitrary<number> = fc.oneof({ weight: 3, arbitrary: small }, large);
export const draws: fc.Arbitrary<Draw> = fc.record({ seed: fc.integer(), special: fc.boolean() });
export const places: fc.Arbitrary<string> = fc.constantFrom("allocated", "elsewhere");

export type MakeArray = (place: string, length: number, values: Values) => FloatArray;

/** Makes arrays as a caller may have them: in the kernels' own memory or anywhere. */
export function arrayMaker(get: () => Kernels, dtype: DType): MakeArray {
  return (place, length, values) => {
    const result = allocate(place === "allocated" ? get() : loops, dtype, length);
    for (let i = 0; i < length; i++) result[i] = values(i);
    return result;
  };
}

export function allocate(kernels: Kernels, dtype: DType, length: number): FloatArray {
  return dtype === "float32" ? kernels.allocate("float32", length) : kernels.allocate("float64", length);
}

export function copy(x: FloatArray): FloatArray {
  return x.slice() as FloatArray;
}

/** Numbers from -1 to 1, with `special` now and then NaN, an infinity or a zero. */
export function stream({ seed, special }: Draw): Values {
  let state = seed | 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    if (special && state % 97 === 0) return [Number.NaN, Infinity, -Infinity, 0, -0][Math.abs(state) % 5]!;
    return state / 2 ** 31;
  };
}

/** Equal to 1e-12 (float64) or 2e-6 (float32) of `scale`; NaN and infinities must be the same. */
export function expectClose(actual: FloatArray, expected: FloatArray, scale: FloatArray): void {
  const tolerance = actual instanceof Float64Array ? 1e-12 : 2e-6;
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [x, y] = [actual[i]!, expected[i]!];
    const room = Number.isFinite(scale[i]) ? tolerance * scale[i]! : 0;
    if (!(Object.is(x, y) || x === y || Math.abs(x - y) <= room))
      throw new Error(`at ${i}: expected ${y} within ${room}, got ${x}`);
  }
}

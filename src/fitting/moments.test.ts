import { expect, test } from "vitest";
import { createRng, randn } from "../tensor/index.ts";
import { loopMoments, sumMoments } from "./moments.ts";

test("two pairs by hand", () => {
  // Offsets from the first pair: (1, 2) and (3, 4).
  const sums = sumMoments(Float64Array.of(10, 20, 11, 22), Float64Array.of(-1, -2, 2, 2));
  expect([...sums]).toEqual([1, 2, 3, 4, 1, 2, 4, 3, 6, 4, 8, 9, 16]);
});

test.each([999, 1000, 1001, 1023, 1024, 1025, 2048, 4558])("%i points: WebAssembly agrees with the loop", (count) => {
  const rng = createRng(count);
  const [from, to] = [
    randn([count, 2], { rng, dtype: "float64" }).data,
    randn([count, 2], { rng, dtype: "float64" }).data,
  ];
  const [fast, slow] = [sumMoments(from, to), loopMoments(from, to)];
  for (const [k, value] of slow.entries()) expect(Math.abs(fast[k]! - value)).toBeLessThan(1e-12 * count);
});

test("a NaN or infinity is not lost", () => {
  const points = new Float64Array(4000);
  points[3001] = Number.NaN;
  const sums = sumMoments(points, new Float64Array(4000));
  expect([sums[1], sums[6]]).toEqual([Number.NaN, Number.NaN]);
  expect(sums[0]).toBe(0);
});

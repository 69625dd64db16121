import fc from "fast-check";
import { expect, test } from "vitest";
import { movingAverage } from "./smooth.ts";

/** The definition: the mean of the values from i − ⌊(window−1)/2⌋ on that exist and can be drawn. */
function naive(values: readonly number[], window: number): number[] {
  return values.map((value, i) => {
    if (!Number.isFinite(value)) return Number.NaN;
    const from = i - Math.floor((window - 1) / 2);
    const near = values.slice(Math.max(0, from), Math.max(0, from + window)).filter(Number.isFinite);
    return near.reduce((sum, one) => sum + one, 0) / near.length;
  });
}

test("worked by hand, with a gap", () => {
  expect([...movingAverage([1, 2, 6, Number.NaN, 4], 3)]).toEqual([1.5, 3, 4, Number.NaN, 4]);
});

test("equals the definition for every window", () => {
  const value = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -99, max: 99 }) }, fc.constant(Number.NaN));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 70 }), (values, window) => {
      const expected = naive(values, window);
      movingAverage(values, window).forEach((mean, i) => {
        if (Number.isNaN(expected[i]!)) expect(mean).toBeNaN();
        else expect(mean).toBeCloseTo(expected[i]!, 10);
      });
    }),
  );
});

test("a spike leaves no trace once the window has passed it", () => {
  const values = Array.from({ length: 100 }, () => 2);
  values[10] = 1e30;
  expect([...movingAverage(values, 5)].slice(13)).toEqual(values.slice(13));
});

test("a window below 1 is refused", () => {
  expect(() => movingAverage([1], 0)).toThrow("movingAverage: expected window to be a whole number >= 1, got 0");
});

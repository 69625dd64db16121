import { expect, test } from "vitest";
import { createRng } from "../tensor/index.ts";
import { initialWeights } from "./initialization.ts";

const std = (values: Float64Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

test.each([
  ["he", Math.sqrt(2 / 300)],
  ["xavier", Math.sqrt(2 / 500)],
  [0.05, 0.05],
] as const)("%s: mean 0 and the standard deviation of its formula", (rule, expected) => {
  const { data, shape } = initialWeights(rule, 300, 200, createRng(1), "float64");
  expect(shape).toEqual([300, 200]);
  expect(Math.abs(std(data) / expected - 1)).toBeLessThan(0.012); // four standard deviations of 60,000 draws
  expect(Math.abs(data.reduce((sum, v) => sum + v, 0) / data.length)).toBeLessThan((4 * expected) / Math.sqrt(60_000));
});

test.each([
  [7, 4],
  [4, 7],
  [5, 5],
])("orthogonal, %d × %d: the fewer of rows and columns are at right angles, of squared length 2", (inputs, outputs) => {
  const { data } = initialWeights("orthogonal", inputs, outputs, createRng(3), "float64");
  const isWide = outputs > inputs;
  const count = Math.min(inputs, outputs);
  const vector = (v: number) =>
    Array.from({ length: Math.max(inputs, outputs) }, (_, k) => data[isWide ? v * outputs + k : k * outputs + v]!);
  for (let v = 0; v < count; v++)
    for (let w = 0; w <= v; w++) {
      const [a, b] = [vector(v), vector(w)];
      expect(a.reduce((sum, x, k) => sum + x * b[k]!, 0)).toBeCloseTo(v === w ? 2 : 0, 13);
    }
});

test("a seed gives the same weights, another one others; a negative scale is refused", () => {
  const weights = (seed: number) => [...initialWeights("he", 4, 3, createRng(seed), "float32").data];
  expect(weights(1)).toEqual(weights(1));
  expect(weights(1)).not.toEqual(weights(2));
  expect(() => initialWeights(-1, 4, 3, createRng(1), "float32")).toThrow("expected weightScale >= 0, got -1");
});

import { expect, test } from "vitest";
import { SettingError } from "../errors.ts";
import { LinearClassifier } from "../models/index.ts";
import { createRng } from "../tensor/index.ts";
import { WeightAverage } from "./index.ts";

const classifier = (): LinearClassifier => new LinearClassifier({ inputDim: 1, numClasses: 2, rng: createRng(1) });
const first = (model: { parameters(): Record<string, { data: ArrayLike<number> }> }): number =>
  model.parameters().W!.data[0]!;

test("the average follows by hand-worked shares: 9/10 of the way first, never less than 1 − decay⁸", () => {
  const model = classifier();
  const set = (value: number): unknown => model.W.data.fill(value);
  set(100);
  const average = new WeightAverage(model, 0.9); // 0.9⁸ = 0.43046721
  set(10);
  for (let step = 1; step <= 7; step++) average.update(step);
  expect(first(average.model)).toBe(100);
  average.update(8);
  expect(first(average.model)).toBeCloseTo(0.1 * 100 + 0.9 * 10, 4); // keep = 1 / 10
  set(1);
  average.update(16);
  expect(first(average.model)).toBeCloseTo((2 / 11) * 19 + (9 / 11) * 1, 4); // keep = 2 / 11
  const before = first(average.model);
  average.update(800);
  expect(first(average.model)).toBeCloseTo(0.43046721 * before + (1 - 0.43046721), 4);
  expect(first(model)).toBe(1);
});

test("of weights that jump around a point, it stands nearer to that point than they do", () => {
  const model = classifier();
  const average = new WeightAverage(model, 0.99);
  const rng = createRng(2);
  let [jumps, distances] = [0, 0];
  for (let step = 1; step <= 8000; step++) {
    model.W.data[0] = 3 + rng.normal();
    average.update(step);
    if (step > 4000) {
      jumps += Math.abs(first(model) - 3);
      distances += Math.abs(first(average.model) - 3);
    }
  }
  expect(distances / jumps).toBeLessThan(0.35); // √((1 − keep) / (1 + keep)) = 0.2 with keep = 0.99⁸
});

test("a decay outside 0 … <1 is refused", () => {
  for (const decay of [-0.1, 1, Number.NaN]) expect(() => new WeightAverage(classifier(), decay)).toThrow(SettingError);
});

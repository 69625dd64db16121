import { expect, test } from "vitest";
import { shapesDataset } from "../data/index.ts";
import { SettingError } from "../errors.ts";
import { LinearClassifier, MultiLayerNet } from "../models/index.ts";
import { schedules } from "../optim/index.ts";
import { createRng } from "../tensor/index.ts";
import { evaluatedModel, presets, startRun, train, WeightAverage } from "./index.ts";

const classifier = (): LinearClassifier => new LinearClassifier({ inputDim: 1, numClasses: 2, rng: createRng(1) });
const first = (model: { parameters(): Record<string, { data: ArrayLike<number> }> }, name = "W"): number =>
  model.parameters()[name]!.data[0]!;

test("the average follows by hand-worked shares: 9/10 of the way first, never less than 1 − decay⁸", () => {
  const model = classifier();
  const set = (value: number): unknown => model.W.data.fill(value);
  set(100);
  const average = new WeightAverage(model, { decay: 0.9 }); // 0.9⁸ = 0.43046721
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
  const average = new WeightAverage(model, { decay: 0.99 });
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

test("the average of an epoch of three steps has seen them", async () => {
  const dataset = shapesDataset({ seed: 442, numTrain: 60, numTest: 10, size: 8 });
  const settings = { ...presets.tuned, numTrain: 40, numVal: 20, hiddenDims: [5], batchSize: 16, epochs: 1 };
  const run = startRun(dataset, settings);
  const before = first(evaluatedModel(run), "W1");
  const { epochs, batchSize, reg } = settings;
  await train({ ...run, epochs, batchSize, reg, schedule: schedules.linear });
  const [average, now] = [first(evaluatedModel(run), "W1"), first(run.model, "W1")];
  expect(average).not.toBe(before);
  expect(average).toBeCloseTo(0.1 * before + 0.9 * now, 6); // keep = 1 / 10
});

test("a decay outside 0 … <1, a model of the caller's own and another's average are refused", async () => {
  for (const decay of [-0.1, 1, Number.NaN, "0.5" as unknown as number])
    expect(() => new WeightAverage(classifier(), { decay })).toThrow(SettingError);
  expect(() => new WeightAverage(classifier(), { decay: 0.9, interval: 0 })).toThrow(SettingError);
  class Own extends LinearClassifier {}
  const own = new Own({ inputDim: 1, numClasses: 2, rng: createRng(1) });
  expect(() => new WeightAverage(own, { decay: 0.9 })).toThrow("expected a model of this library, got Own");
  const run = startRun(shapesDataset({ seed: 1, numTrain: 60, numTest: 10, size: 8 }), {
    ...presets.overfit,
    ...{ numTrain: 40, numVal: 20 },
  });
  const average = new WeightAverage(classifier(), { decay: 0.9 });
  await expect(train({ ...run, average, epochs: 1, batchSize: 10, reg: 0 })).rejects.toThrow("an average of the model");
});

test("running statistics are averaged like weights", () => {
  const sizes = { inputDim: 2, hiddenDims: [1], numClasses: 2 };
  const model = new MultiLayerNet({ ...sizes, norm: "batch", rng: createRng(1) });
  const average = new WeightAverage(model, { decay: 0.5, interval: 1 });
  const [name] = Object.keys(model.buffers());
  model.buffers()[name!]!.data.fill(20); // it was 0
  average.update(1);
  expect(average.model.buffers()[name!]!.data[0]).toBeCloseTo(18, 5); // keep = 1 / 10
});

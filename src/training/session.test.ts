/** A run against the same run written out by hand, and what a session keeps, saves and takes up again. */
import { describe, expect, test } from "vitest";
import { type Dataset, type Examples, type ImageSet, shapesDataset } from "../data/index.ts";
import type { Pass } from "../layers/index.ts";
import { LinearClassifier, TwoLayerNet } from "../models/index.ts";
import { clipGradients, SGD } from "../optim/index.ts";
import { createRng, type Rng, type Tensor } from "../tensor/index.ts";
import {
  bestEpoch,
  evaluate,
  evaluatedModel,
  parseCheckpoint,
  presets,
  type SessionEvent,
  type SessionOptions,
  settingsFor,
  startRun,
  type TrainSettings,
  trainingSession,
  trainingStep,
  train as trainOn,
} from "./index.ts";

/** Images whose first two pixels are their number, so that every one is known wherever it turns up. */
function numberedImages(first: number, count: number, numClasses: number): ImageSet {
  const images = new Uint8Array(count * 12);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < 12; p++) images[i * 12 + p] = (97 * (first + i) + 31 * p) % 256;
    images[i * 12] = (first + i) % 256;
    images[i * 12 + 1] = Math.floor((first + i) / 256);
  }
  return { images, labels: Uint8Array.from({ length: count }, (_, i) => (first + i) % numClasses), count };
}

const numbered: Dataset = {
  name: "numbered",
  ...{ channels: 3, height: 2, width: 2 },
  classNames: ["zero", "one", "two"],
  train: numberedImages(0, 300, 3),
  test: numberedImages(300, 60, 3),
};
const settings: TrainSettings = {
  ...presets.tuned,
  ...{ numTrain: 200, numVal: 70, hiddenDims: [6], batchSize: 32, epochs: 3, learningRate: 0.05, reg: 0.02 },
  averageDecay: 0.9,
};

/** Numbers of the images among the examples, read from their pixels. */
function imageNumbers(
  { count, batch }: Examples,
  { mean, std } = { mean: [0, 0, 0] as readonly number[], std: [1, 1, 1] as readonly number[] },
): number[] {
  const { x } = batch(Int32Array.from({ length: count }, (_, i) => i));
  const byte = (value: number): number => Math.round((value * std[0]! + mean[0]!) * 255) + 0; // never -0
  return Array.from({ length: count }, (_, i) => byte(x.data[i * 12]!) + 256 * byte(x.data[i * 12 + 1]!));
}

async function eventsOf(
  dataset: Dataset,
  settings: TrainSettings,
  options?: SessionOptions,
): Promise<{ events: SessionEvent[]; saved: Uint8Array[] }> {
  const saved: Uint8Array[] = [];
  const events: SessionEvent[] = [];
  const save = (checkpoint: Uint8Array): void => void saved.push(checkpoint);
  for await (const event of trainingSession(dataset, settings, { save, ...options })) events.push(event);
  return { events, saved };
}

describe("a run's images", () => {
  const run = startRun(numbered, settings);
  const trainNumbers = imageNumbers(run.train.plain!, run.normalization);
  const valNumbers = imageNumbers(run.val, run.normalization);

  test("validation images come from the training part, none of them is trained on, none is a test image", () => {
    expect([trainNumbers.length, valNumbers.length]).toEqual([200, 70]);
    expect(new Set([...trainNumbers, ...valNumbers]).size).toBe(270);
    expect(Math.max(...trainNumbers, ...valNumbers)).toBeLessThan(300);
  });

  test("labels stay with their images", () => {
    const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
    expect([...run.train.batch(all(200), createRng(1)).labels.data]).toEqual(trainNumbers.map((n) => n % 3));
    expect([...run.val.batch(all(70)).labels.data]).toEqual(valNumbers.map((n) => n % 3));
  });

  test("mean and standard deviation are those of the images trained on, and no others", () => {
    for (let c = 0; c < 3; c++) {
      const pixels = trainNumbers.flatMap((n) => [
        ...numbered.train.images.subarray(n * 12 + c * 4, n * 12 + c * 4 + 4),
      ]);
      const mean = pixels.reduce((a, b) => a + b) / pixels.length;
      const variance = pixels.reduce((sum, p) => sum + (p - mean) ** 2, 0) / pixels.length;
      expect(run.normalization!.mean[c]).toBeCloseTo(mean / 255, 12);
      expect(run.normalization!.std[c]).toBeCloseTo(Math.sqrt(variance) / 255, 12);
    }
  });

  test("without normalization pixels are 0…1, for training and validation alike", () => {
    const plain = startRun(numbered, { ...settings, normalize: false });
    expect(plain.normalization).toBeUndefined();
    expect(imageNumbers(plain.train.plain!)).toEqual(trainNumbers);
    expect(imageNumbers(plain.val)).toEqual(valNumbers);
  });

  test("split, first weights and shuffling are three streams: one does not move with the size of another", () => {
    const wide = startRun(numbered, { ...settings, hiddenDims: [60] });
    expect(imageNumbers(wide.val, wide.normalization)).toEqual(valNumbers);
    expect(wide.rng.state).toEqual(run.rng.state);
    const fewer = startRun(numbered, { ...settings, numTrain: 90, numVal: 20 });
    expect(fewer.model.parameters()).toEqual(run.model.parameters());
    expect(fewer.rng.state).toEqual(run.rng.state);
    const other = startRun(numbered, { ...settings, seed: 443 });
    expect(imageNumbers(other.val, other.normalization)).not.toEqual(valNumbers);
    expect(other.model.parameters()).not.toEqual(run.model.parameters());
    expect(other.rng.state).not.toEqual(run.rng.state);
  });
});

/** The same run with nothing but `trainingStep`, `SGD` and the formulas of docs/training.md. */
function byHand({ reg, momentum, learningRate, averageDecay, schedule, epochs, batchSize, ...rest }: TrainSettings) {
  const { clip, labelSmoothing: smoothing } = rest;
  const streams = createRng(settings.seed);
  streams.fork(); // the split, tested above
  const model = new TwoLayerNet({ inputDim: 12, hiddenDim: 6, numClasses: 3, rng: streams.fork() });
  const rng = streams.fork();
  const { train } = startRun(numbered, settings);
  const optimizer = new SGD(model.parameters(), { learningRate, momentum });
  const average = Object.fromEntries(Object.entries(model.parameters()).map(([name, w]) => [name, w.clone()]));
  const losses: number[] = [];
  const stepsPerEpoch = Math.ceil(200 / batchSize);
  const interval = Math.min(8, stepsPerEpoch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = rng.permutation(200);
    for (let start = 0; start < 200; start += batchSize) {
      const progress = losses.length / (epochs * stepsPerEpoch);
      const share =
        schedule === "constant" ? 1 : schedule === "linear" ? 1 - progress : 0.5 + 0.5 * Math.cos(Math.PI * progress);
      const { x, labels } = train.batch(order.slice(start, start + batchSize), createRng(1));
      const { loss, grads } = trainingStep(model, x, labels, reg, { smoothing });
      if (clip > 0) clipGradients(grads, clip);
      optimizer.learningRate = learningRate * share;
      optimizer.step(grads);
      losses.push(loss);
      if (losses.length % interval !== 0) continue;
      const n = losses.length / interval;
      const keep = Math.min(averageDecay ** interval, n / (n + 9));
      for (const [name, w] of Object.entries(model.parameters()))
        w.data.forEach((value, i) => {
          average[name]!.data[i] = keep * average[name]!.data[i]! + (1 - keep) * value;
        });
    }
  }
  return { losses, weights: model.parameters(), average };
}

function expectClose(actual: Record<string, Tensor>, expected: Record<string, Tensor>): void {
  for (const [name, w] of Object.entries(expected))
    w.data.forEach((value, i) => {
      expect(Math.abs(actual[name]!.data[i]! - value)).toBeLessThan(2e-5);
    });
}

test.each<[string, Partial<TrainSettings>]>([
  ["everything on", {}],
  ["cosine", { schedule: "cosine" }],
  ["a constant rate", { schedule: "constant" }],
  ["no momentum", { momentum: 0 }],
  ["no penalty", { reg: 0 }],
  ["no average", { averageDecay: 0 }],
  ["a short average", { averageDecay: 0.5 }],
  ["other batches", { batchSize: 50 }],
  ["clipped gradients", { clip: 0.05 }],
  ["smoothed labels", { labelSmoothing: 0.3 }],
])("a session does what its settings say, step by step: %s", async (_, change) => {
  const changed = { ...settings, ...change };
  const { events } = await eventsOf(numbered, changed);
  const [started] = events;
  if (started?.type !== "started") throw new Error("a session starts with an event that says so");
  const { run } = started;
  const expected = byHand(changed);
  expect(run.history.losses.length).toBe(expected.losses.length);
  run.history.losses.forEach((loss, i) => {
    expect(Math.abs(loss - expected.losses[i]!)).toBeLessThan(1e-5);
  });
  expectClose(run.model.parameters(), expected.weights);
  if (changed.averageDecay > 0) expectClose(run.average!.model.parameters(), expected.average);
  else expect(run.average).toBeUndefined();
});

describe("what a session keeps", () => {
  // Random labels and a high rate: validation accuracy goes up and down, and the last epoch is not the best.
  const restless = { ...settings, epochs: 8, learningRate: 0.3, schedule: "constant" } as const;

  test.each([0, 0.9])("the weights that did best on the validation images (average %d)", async (averageDecay) => {
    const weights: Record<string, Tensor>[] = [];
    const saved: Uint8Array[] = [];
    const accuracies: number[] = [];
    const save = (checkpoint: Uint8Array): void => void saved.push(checkpoint);
    const copy = (tensors: Record<string, Tensor>) =>
      Object.fromEntries(Object.entries(tensors).map(([name, w]) => [name, w.clone()]));
    let run: ReturnType<typeof startRun> | undefined;
    for await (const event of trainingSession(numbered, { ...restless, averageDecay }, { save })) {
      if (event.type === "started") run = event.run;
      if (event.type !== "evaluated") continue;
      weights.push(copy(evaluatedModel(run!).parameters()));
      accuracies.push(event.record.valAccuracy);
      expect(event.record.valAccuracy).toBe(evaluate(evaluatedModel(run!), run!.val).accuracy);
      expect(event.record.trainAccuracy).toBe(evaluate(evaluatedModel(run!), run!.train.plain!).accuracy);
      const losses = run!.history.losses.slice(-7);
      expect(event.record.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 7, 12);
    }
    expect(evaluatedModel(run!) === run!.model).toBe(averageDecay === 0);
    const best = accuracies.indexOf(Math.max(...accuracies));
    expect(best).toBeLessThan(7); // or the test could not tell the best epoch from the last
    const checkpoint = parseCheckpoint(saved.at(-1)!);
    expect(checkpoint.model.parameters()).toEqual(weights[best]);
    expect(checkpoint.last).toEqual(copy(run!.model.parameters()));
    expect(saved).toHaveLength(8);
  });

  test("events in their order, with the best epoch at the end", async () => {
    const { events } = await eventsOf(numbered, { ...settings, epochs: 2 });
    const epoch = [...Array(7).fill("step"), "evaluated", "saved"];
    expect(events.map((event) => event.type)).toEqual(["started", ...epoch, ...epoch, "finished"]);
    const last = events.at(-1)!;
    if (last.type !== "finished") throw new Error("expected the end");
    expect(last.best.valAccuracy).toBe(Math.max(...last.history.epochs.map((record) => record.valAccuracy)));
  });

  test("stopped in an epoch and resumed, it ends with the bits of a session that was never stopped", async () => {
    const whole = await eventsOf(numbered, restless);
    const controller = new AbortController();
    const saved: Uint8Array[] = [];
    const types: string[] = [];
    for await (const event of trainingSession(numbered, restless, {
      save: (checkpoint) => void saved.push(checkpoint),
      signal: controller.signal,
    })) {
      types.push(event.type);
      if (event.type === "step" && event.step === 24) controller.abort();
      if (event.type === "stopped") expect(event.epoch).toBe(3);
    }
    expect(types.at(-1)).toBe("stopped");
    const resumed = await eventsOf(numbered, restless, { resume: parseCheckpoint(saved.at(-1)!) });
    const [end, expected] = [resumed, whole].map(({ saved }) => parseCheckpoint(saved.at(-1)!));
    expect(end!.model.parameters()).toEqual(expected!.model.parameters());
    expect(end!.last).toEqual(expected!.last);
    expect(end!.history.losses).toEqual(expected!.history.losses);
  });

  test("resumed on other images or other labels is refused", async () => {
    const { saved } = await eventsOf(numbered, { ...settings, epochs: 1 });
    const resume = parseCheckpoint(saved[0]!);
    const longer = { ...settings, epochs: 2 };
    const labels = numbered.train.labels.map((label, i) => (i === 17 ? (label + 1) % 3 : label));
    const images = numbered.train.images.map((byte, i) => (i === 1717 ? 255 - byte : byte));
    for (const change of [{ labels }, { images }]) {
      const other = { ...numbered, train: { ...numbered.train, ...change } };
      await expect(eventsOf(other, longer, { resume })).rejects.toThrow(
        /the 300 training images and labels that the run was started with, got 300 others/,
      );
    }
  });

  test("an error while saving is not taken for an interrupt", async () => {
    const controller = new AbortController();
    const save = (): void => {
      controller.abort();
      throw new Error("no space left");
    };
    await expect(eventsOf(numbered, settings, { save, signal: controller.signal })).rejects.toThrow("no space left");
  });
});

test.each(["two\nlines", "a\tb", " ", "zero"])("a class named %j is refused before any training", (name) => {
  const odd = { ...numbered, classNames: ["zero", "one", name] };
  expect(() => startRun(odd, settings)).toThrow(/^train: expected class names (of one line each|that differ), got "/);
});

test("settings shrink to a small dataset, unless somebody asked for them", () => {
  const shapes = shapesDataset({ numTrain: 100, numTest: 10, size: 8 });
  expect(settingsFor(shapes, presets.tuned)).toEqual({ ...presets.tuned, numVal: 20 });
  expect(settingsFor(shapes, presets.untuned)).toMatchObject({ numTrain: 80, numVal: 20 });
  expect(settingsFor(shapes, presets.overfit, { numTrain: 50, reg: 1 })).toMatchObject({
    ...{ numTrain: 50, numVal: 20, reg: 1 },
  });
  expect(settingsFor(shapes, presets.untuned, { numTrain: 500, numVal: 5 })).toMatchObject({
    ...{ numTrain: 500, numVal: 5 },
  });
  expect(() => startRun(shapes, { ...presets.tuned, numTrain: 81, numVal: 20 })).toThrow(
    "numTrain + numVal <= 100 images of shapes, got 81 + 20",
  );
  expect(() => settingsFor(shapes, presets.tuned, { momentum: 1 })).toThrow("momentum from 0 to below 1");
});

test("the best epoch is the first of those with the highest validation accuracy, NaN never", () => {
  const record = (epoch: number, valAccuracy: number) => ({
    ...{
      epoch,
      valAccuracy,
      loss: 1,
      dataLoss: 1,
      regLoss: 0,
      valLoss: 1,
      trainAccuracy: 0,
      learningRate: 1,
      seconds: 1,
    },
  });
  const best = (...accuracies: number[]) =>
    bestEpoch({ stepsPerEpoch: 1, losses: [], epochs: accuracies.map((a, i) => record(i + 1, a)) })?.epoch;
  expect([best(0.1, 0.5, 0.5, 0.4), best(Number.NaN, 0.2), best(0.2, Number.NaN), best()]).toEqual([
    2,
    2,
    1,
    undefined,
  ]);
});

test("every step has generators of its own for changing images and for dropout, the same when it is taken again", async () => {
  const drawn = async (epochs: number, run = startRun(numbered, settings)) => {
    const [images, units]: [string[], string[]] = [[], []];
    const model = new LinearClassifier({ inputDim: 12, numClasses: 3, rng: createRng(1) });
    const forward = model.forward.bind(model);
    model.forward = (x, pass?: Pass) => {
      if (pass?.training) units.push(pass.rng!.state.join());
      return forward(x);
    };
    const train = {
      ...run.train,
      batch(rows: Int32Array, rng: Rng) {
        images.push(rng.state.join());
        return run.train.batch(rows, rng);
      },
    };
    const optimizer = new SGD(model.parameters(), { learningRate: 0.01 });
    await trainOn({ model, optimizer, train, val: run.val, epochs, batchSize: 50, reg: 0, rng: createRng(2), seed: 9 });
    return { images, units };
  };
  const { images, units } = await drawn(3);
  expect([images.length, units.length]).toEqual([12, 12]);
  expect(new Set([...images, ...units]).size).toBe(24);
  const shorter = await drawn(2);
  expect(shorter.images).toEqual(images.slice(0, 8));
  expect(shorter.units).toEqual(units.slice(0, 8));
});

import { expect, test } from "vitest";
import { type Classifier, LinearClassifier, TwoLayerNet } from "../models/index.ts";
import { SGD } from "../optim/index.ts";
import { createRng } from "../tensor/index.ts";
import { trainingStep } from "../training/index.ts";
import { checkImageSet, imageLength } from "./dataset.ts";
import { imageExamples } from "./examples.ts";
import { channelStatistics } from "./normalization.ts";
import { batches } from "./sampler.ts";
import { shapesDataset } from "./shapes.ts";

test("the same seed gives the same bytes, another seed others", () => {
  const draw = (seed: number) => shapesDataset({ seed, numTrain: 20, numTest: 10 });
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1).train.images).not.toEqual(draw(2).train.images);
});

test("ten classes, equally many images of each, sizes as asked", () => {
  const shapes = shapesDataset({ numTrain: 50, numTest: 20, size: 16 });
  expect(shapes.classNames.length).toBe(10);
  expect([shapes.channels, shapes.height, shapes.width]).toEqual([3, 16, 16]);
  checkImageSet("train", shapes.train, shapes, 10);
  checkImageSet("test", shapes.test, shapes, 10);
  const counts = new Array(10).fill(0);
  for (const label of shapes.train.labels) counts[label]++;
  expect(counts).toEqual(new Array(10).fill(5));
});

test("sizes that cannot be are refused", () => {
  expect(() => shapesDataset({ size: 4 })).toThrow("size to be a whole number from 8 to 256, got 4");
  expect(() => shapesDataset({ numTrain: 0 })).toThrow("numTrain");
});

test("hidden units learn what a linear classifier cannot", () => {
  const shapes = shapesDataset({ numTrain: 3000, numTest: 500, size: 12 });
  const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
  const normalization = channelStatistics(shapes.train, shapes, all(shapes.train.count));
  const inputDim = imageLength(shapes);
  const examples = imageExamples(shapes.train, shapes, all(shapes.train.count), normalization);
  const accuracyAfter = <Cache>(model: Classifier<"float32", Cache>, learningRate: number): number => {
    const optimizer = new SGD(model.parameters(), { learningRate, momentum: 0.9 });
    const rng = createRng(1);
    for (let epoch = 0; epoch < 8; epoch++)
      for (const { x, labels } of batches(examples, { batchSize: 50, rng }))
        optimizer.step(trainingStep(model, x, labels, 1e-3).grads);
    const unseen = imageExamples(shapes.test, shapes, all(500), normalization);
    const predicted = model.predict(unseen.batch(all(500)).x);
    return [...shapes.test.labels].filter((label, i) => predicted[i] === label).length / 500;
  };
  const sizes = { inputDim, numClasses: 10, rng: createRng(442) };
  const linear = accuracyAfter(new LinearClassifier({ ...sizes, weightScale: 1e-3 }), 1e-3);
  const twoLayer = accuracyAfter(new TwoLayerNet({ ...sizes, hiddenDim: 48, weightScale: 0.07 }), 1e-2);
  expect(linear).toBeLessThan(0.22); // guessing is 0.1
  expect(twoLayer).toBeGreaterThan(linear + 0.1);
});

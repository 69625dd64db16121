import { expect, test } from "vitest";
import { tensor } from "../tensor/index.ts";
import { formatIdx } from "./idx.ts";
import { idxDataset } from "./idx-files.ts";

const file = (path: string, values: number[], ...shape: number[]) => {
  return { path, bytes: formatIdx(tensor(Uint8Array.from(values), { shape, dtype: "uint8" })) };
};
const four = {
  trainImages: file("a", [1, 2, 3, 4], 2, 1, 2),
  trainLabels: file("b", [2, 0], 2),
  testImages: file("c", [5, 6], 1, 1, 2),
  testLabels: file("d", [1], 1),
};

test("four files are a dataset, with as many classes as the training labels name", () => {
  const dataset = idxDataset(four, "mine");
  expect(dataset).toMatchObject({ name: "mine", channels: 1, height: 1, width: 2, classNames: ["0", "1", "2"] });
  expect([[...dataset.train.images], [...dataset.train.labels], dataset.train.count]).toEqual([
    [1, 2, 3, 4],
    [2, 0],
    2,
  ]);
  expect([[...dataset.test.images], [...dataset.test.labels], dataset.test.count]).toEqual([[5, 6], [1], 1]);
});

test("files that do not fit together are named", () => {
  const reading = (change: Partial<typeof four>) => () => idxDataset({ ...four, ...change }, "mine");
  expect(reading({ testImages: file("c", [5, 6], 1, 2, 1) })).toThrow(
    "c: expected images of 1×2 as in train-images-idx3-ubyte, got 2×1",
  );
  expect(reading({ testLabels: file("d", [3], 1) })).toThrow("d: expected labels from 0 to 2, got 3 at image 0");
  expect(reading({ trainLabels: file("b", [1], 1) })).toThrow("b: expected 2 labels for 2 images, got 1");
  expect(reading({ testLabels: file("d", [1], 1, 1) })).toThrow("d: expected 1 dimensions, got 2");
});

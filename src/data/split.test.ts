import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng } from "../tensor/index.ts";
import { holdOut, splitTrainVal } from "./split.ts";

test("train and val are disjoint, of the asked sizes, inside the set, and the same for the same seed", () => {
  const sizes = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20 }))
    .map(([numTrain, numVal, more]) => ({ numTrain, numVal, count: numTrain + numVal + more }));
  fc.assert(
    fc.property(sizes, fc.nat(), ({ numTrain, numVal, count }, seed) => {
      const { train, val } = splitTrainVal({ count }, { numTrain, numVal, rng: createRng(seed) });
      expect([train.length, val.length]).toEqual([numTrain, numVal]);
      const all = [...train, ...val];
      expect(new Set(all).size).toBe(numTrain + numVal);
      expect(all.every((i) => i >= 0 && i < count)).toBe(true);
      expect(splitTrainVal({ count }, { numTrain, numVal, rng: createRng(seed) })).toEqual({ train, val });
    }),
  );
});

test("another number of training images leaves the validation images as they are", () => {
  const split = (numTrain: number) => splitTrainVal({ count: 100 }, { numTrain, numVal: 20, rng: createRng(1) });
  expect(split(10).val).toEqual(split(80).val);
});

test("too few images is an error with the numbers", () => {
  const split = () => splitTrainVal({ count: 100 }, { numTrain: 90, numVal: 20, rng: createRng(1) });
  expect(split).toThrowErrorMatchingInlineSnapshot(
    `[SettingError: splitTrainVal: expected numTrain + numVal <= 100 training images, got 90 + 20 = 110]`,
  );
  expect(() => splitTrainVal({ count: 5 }, { numTrain: 0, numVal: 1, rng: createRng(1) })).toThrow("numTrain");
  expect(() => splitTrainVal({ count: 5 }, { numTrain: 1, numVal: -1, rng: createRng(1) })).toThrow("numVal");
});

test("a share of every class is held out, at least one image and never all", () => {
  const labels = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2]);
  const rows = [...labels.keys()].filter((row) => row !== 16); // of class 2 two images
  const { train, test } = holdOut(rows, labels, 3, 1 / 6, createRng(1));
  const counts = (part: readonly number[]) => [0, 1, 2].map((c) => part.filter((row) => labels[row] === c).length);
  expect([counts(train), counts(test)]).toEqual([
    [10, 1, 1],
    [2, 1, 1],
  ]);
  expect([...train, ...test].sort((a, b) => a - b)).toEqual(rows);
  expect(counts(holdOut(rows, labels, 3, 0.99, createRng(1)).train)).toEqual([1, 1, 1]);
});

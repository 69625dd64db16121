import { expect, test } from "vitest";
import { tensor } from "../../../src/tensor/index.ts";
import { descend, lossAt, moveTargets, rivals, type Six, samplePoints, sliceOf } from "./model.ts";

const square = {
  p: tensor(
    [
      [1, 1],
      [-1, 1],
      [-1, -1],
      [1, -1],
    ],
    { dtype: "float64" },
  ), // curvature 2 in every direction
  pPrime: tensor(
    [
      [2, 2],
      [-2, 2],
      [-2, -2],
      [2, -2],
    ],
    { dtype: "float64" },
  ),
};

test("the descent on a square, worked by hand: at half the limit it is there after one step, beyond it it diverges", () => {
  const settings = { momentum: 0, huber: 0, steps: 3 };
  const half = descend(square, { ...settings, share: 0.5 });
  expect(half.limit).toBeCloseTo(1, 12);
  expect(half.rate).toBeCloseTo(0.5, 12);
  expect(half.diverged).toBe(false);
  expect(half.path).toHaveLength(4);
  expect(half.path[0]).toEqual([1, 0, 0, 1, 0, 0]);
  half.path[1]!.forEach((value, k) => expect(value).toBeCloseTo([2, 0, 0, 2, 0, 0][k]!, 12));
  expect(half.losses[0]).toBeCloseTo(2, 12); // each target is √2 away
  const beyond = descend(square, { ...settings, share: 1.5, steps: 200 });
  expect(beyond.diverged).toBe(true);
  expect(beyond.losses.at(-1)!).toBeGreaterThan(beyond.losses[0]!);
});

test("a slice of the loss is the loss itself, everywhere", () => {
  const points = samplePoints(40, 0.2, 3);
  const centre: Six = [0.3, -0.2, 0.5, 1.1, 0.1, -0.4];
  for (const pair of [
    [0, 1],
    [3, 4],
    [5, 2],
  ] as const) {
    const { size, values, x, y } = sliceOf(points, centre, pair, [centre], 8);
    for (const [row, column] of [
      [0, 0],
      [3, 6],
      [7, 7],
    ] as const) {
      const six = [...centre] as [...Six];
      six[pair[0]] = x[0] + ((column + 0.5) / size) * (x[1] - x[0]);
      six[pair[1]] = y[1] - ((row + 0.5) / size) * (y[1] - y[0]);
      expect(values[row * size + column]).toBeCloseTo(lossAt(points, six), 9);
    }
  }
});

test("rivals: without outliers both find the transform; with them RANSAC does, least squares has the smaller loss", () => {
  const clean = rivals(samplePoints(120, 0, 5));
  expect(clean.map(({ name }) => name)).toEqual(["least squares", "RANSAC"]);
  for (const { six } of clean) expect(six[0]).toBeCloseTo(0.9, 1);
  const [least, robust] = rivals(samplePoints(120, 0.3, 5));
  expect(Math.abs(robust!.six[0] - 0.9)).toBeLessThan(0.05);
  expect(Math.abs(least!.six[0] - 0.9)).toBeGreaterThan(0.05);
  expect(least!.loss).toBeLessThan(robust!.loss);
});

test("moved targets, and rows that are not there", () => {
  const moved = moveTargets(square, [
    [1, 7, 8],
    [9, 0, 0],
  ]);
  expect([...moved.pPrime.data]).toEqual([2, 2, 7, 8, -2, -2, 2, -2]);
  expect([...square.pPrime.data]).toEqual([2, 2, -2, 2, -2, -2, 2, -2]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, randn, tensor, zeros } from "../tensor/index.ts";
import { affineTransformLoss, applyAffineTransform } from "./affine-transform.ts";
import reference from "./fixtures/affine.json" with { type: "json" };
import { fitAffineLeastSquares } from "./least-squares.ts";
import { sampleCorrespondences } from "./sample-points.ts";

const f64 = { dtype: "float64" } as const;

test("NumPy's numbers", () => {
  const { s, t, loss } = fitAffineLeastSquares(tensor(reference.p, f64), tensor(reference.pPrime, f64));
  for (const [i, value] of reference.leastSquares.s.flat().entries()) expect(s.data[i]).toBeCloseTo(value, 12);
  for (const [i, value] of reference.leastSquares.t.entries()) expect(t.data[i]).toBeCloseTo(value, 12);
  expect(loss).toBeCloseTo(reference.leastSquares.loss, 14);
});

test("three points fix the transform", () => {
  const p = tensor([[0, 0], [1, 0], [0, 1]], f64); // biome-ignore format: a matrix
  const { s, t, loss } = fitAffineLeastSquares(p, tensor([[5, 6], [7, 6], [5, 9]], f64)); // biome-ignore format: a matrix
  const found = [...s.data, ...t.data];
  for (const [i, value] of [2, 0, 0, 3, 5, 6].entries()) expect(found[i]).toBeCloseTo(value, 12);
  expect(loss).toBeLessThan(1e-28);
});

test("recovers any transform from exact targets, flat clouds and far ones included", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 8, max: 30 }),
      fc.constantFrom(1, 1e-3, 1e-6),
      fc.constantFrom(0, 1e4),
      fc.constantFrom(1e-30, 1, 1e30),
      (seed, count, flatness, offset, unit) => {
        const rng = createRng(seed);
        const cloud = randn([count, 2], { rng, ...f64 }).data.map(
          (v, i) => unit * ((i & 1 ? flatness : 1) * v + offset),
        );
        const p = tensor(cloud, { shape: [count, 2], ...f64 });
        const truth = { s: randn([2, 2], { rng, ...f64 }), t: randn([2], { rng, scale: unit, ...f64 }) };
        const { s, t, loss } = fitAffineLeastSquares(p, applyAffineTransform(p, truth));
        // Rounding of the coordinates, of their size `offset`, counts against the width of the cloud.
        const tolerance = (1e-12 * (1 + offset)) / flatness;
        for (let i = 0; i < 4; i++) expect(Math.abs(s.data[i]! - truth.s.data[i]!)).toBeLessThan(tolerance);
        expect(Math.sqrt(loss)).toBeLessThan(1e-12 * unit * (1 + offset));
        expect(t.data.every(Number.isFinite)).toBe(true);
      },
    ),
  );
});

test("no other transform does better", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const rng = createRng(seed);
      const [p, pPrime] = [randn([12, 2], { rng, ...f64 }), randn([12, 2], { rng, ...f64 })];
      const { s, t, loss } = fitAffineLeastSquares(p, pPrime);
      const { gradS, gradT } = affineTransformLoss(p, pPrime, s, t);
      for (const g of [...gradS.data, ...gradT.data]) expect(Math.abs(g)).toBeLessThan(1e-13);
      const nudged = s.clone();
      nudged.data[seed % 4]! += 0.01;
      expect(affineTransformLoss(p, pPrime, nudged, t).loss).toBeGreaterThan(loss);
    }),
  );
});

test("a million points", () => {
  const { p, pPrime, truth } = sampleCorrespondences(createRng(2), { count: 1_000_000 });
  const { s, loss } = fitAffineLeastSquares(p, pPrime);
  expect(loss).toBeCloseTo(2 * 0.01 ** 2, 6);
  for (let i = 0; i < 4; i++) expect(s.data[i]).toBeCloseTo(truth.s.data[i]!, 3);
});

describe("says when the points do not fix a transform", () => {
  const fit = (points: number[][]) => () => fitAffineLeastSquares(tensor(points, f64), zeros([points.length, 2]));

  test("too few", () => {
    expect(() => fitAffineLeastSquares(zeros([0, 2]), zeros([0, 2]))).toThrow("at least 3 correspondences, got 0");
    expect(fit([[1, 2]])).toThrow("at least 3 correspondences, got 1");
    expect(fit([[1, 2], [3, 5]])).toThrow("at least 3 correspondences, got 2"); // biome-ignore format: a matrix
  });

  test("on one line, whatever its direction and distance, or all in one place", () => {
    const message =
      "fitAffineLeastSquares: expected three points that are not on one line, got 4 that are; they leave the transform across the line open: add a point beside it";
    for (const [dx, dy] of [[1, 0], [0, 1], [1, 1], [0.3, -0.7]]) // biome-ignore format: directions
      for (const offset of [0, 1e6])
        expect(fit([0, 1, 2, 5].map((k) => [offset + k * dx!, k * dy! - offset]))).toThrow(message);
    expect(fit([[1, 2], [1, 2], [1, 2], [1, 2]])).toThrow(message); // biome-ignore format: a matrix
  });
});

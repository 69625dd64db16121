import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, randn, type Tensor } from "../tensor/index.ts";
import { type AffineTransform, applyAffineTransform } from "./affine-transform.ts";
import { fitAffineLeastSquares } from "./least-squares.ts";
import { fitAffineRansac } from "./ransac.ts";
import { replaceTargets, sampleCorrespondences } from "./sample-points.ts";
import { targetNoise } from "./target-noise.ts";

const f64 = { dtype: "float64" } as const;

function parameterError(a: AffineTransform, b: AffineTransform): number {
  const differences = (x: Tensor<"float64">, y: Tensor<"float64">): number[] =>
    [...x.data].map((v, i) => Math.abs(v - y.data[i]!));
  return Math.max(...differences(a.s, b.s), ...differences(a.t, b.t));
}

describe("half of the targets replaced by noise", () => {
  test.each([1, 2, 3, 442])("seed %i: RANSAC recovers the transform, least squares does not", (seed) => {
    const rng = createRng(seed);
    const { p, pPrime, truth } = sampleCorrespondences(rng, { count: 2000 });
    const spoiled = replaceTargets(pPrime, 0.5, rng);
    const fit = fitAffineRansac(p, spoiled.pPrime, { rng });
    expect(parameterError(fit, truth)).toBeLessThan(1e-2);
    expect(parameterError(fitAffineLeastSquares(p, spoiled.pPrime), truth)).toBeGreaterThan(0.3);
    // The inliers are the rows left alone, but for a few that noise carried out and a few replaced ones that fell in.
    const replaced = new Set(spoiled.replaced);
    expect(fit.inliers.filter((row) => replaced.has(row)).length).toBeLessThan(60);
    expect(fit.inliers.filter((row) => !replaced.has(row)).length).toBeGreaterThan(970);
    expect(fit.inlierLoss).toBeLessThan(4e-4);
    expect([...fit.inliers]).toEqual([...fit.inliers].sort((a, b) => a - b));
  });

  test("also when they are the first half", () => {
    const rng = createRng(9);
    const { p, pPrime, truth } = sampleCorrespondences(rng, { count: 2000 });
    for (let i = 0; i < 2000; i++) pPrime.data[i] = rng.uniform();
    expect(parameterError(fitAffineRansac(p, pPrime), truth)).toBeLessThan(1e-2);
  });
});

test("same seed, same answer; another seed, other triples", () => {
  const { p, pPrime } = sampleCorrespondences(createRng(1));
  const spoiled = replaceTargets(pPrime, 0.4, createRng(2)).pPrime;
  const fit = (seed: number) => fitAffineRansac(p, spoiled, { rng: createRng(seed) });
  expect(fit(5)).toEqual(fit(5));
  expect(fitAffineRansac(p, spoiled)).toEqual(fit(442)); // the default
  const firstTriple = (seed: number) =>
    fitAffineRansac(p, spoiled, { rng: createRng(seed), threshold: 1e-3, maxTrials: 1 });
  expect(firstTriple(6).inliers).not.toEqual(firstTriple(5).inliers);
});

test("exact targets: everything is an inlier, after few triples", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 3, max: 40 }), (seed, count) => {
      const rng = createRng(seed);
      const p = randn([count, 2], { rng, ...f64 });
      const truth = { s: randn([2, 2], { rng, ...f64 }), t: randn([2], { rng, ...f64 }) };
      const fit = fitAffineRansac(p, applyAffineTransform(p, truth), { rng, threshold: 1e-6 });
      expect(fit.inliers).toHaveLength(count);
      expect(fit.trials).toBeLessThanOrEqual(2);
      expect(fit.loss).toBeLessThan(1e-14);
    }),
  );
});

describe("the noise measured in the targets", () => {
  const measured = (seed: number, share: number, noise: number): number => {
    const rng = createRng(seed);
    const { p, pPrime } = sampleCorrespondences(rng, { noise });
    return targetNoise(p.data, replaceTargets(pPrime, share, rng).pPrime.data, rng) / noise;
  };

  test("is within 15 % per draw, and within 5 % on average, from no outliers to 70 %", () => {
    for (const noise of [1e-6, 0.01, 0.1])
      for (const share of noise === 0.1 ? [0, 0.3, 0.5] : [0, 0.3, 0.6, 0.7]) {
        const ratios = Array.from({ length: 10 }, (_, seed) => measured(seed, share, noise));
        for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
        expect(Math.abs(ratios.reduce((a, b) => a + b) / 10 - 1)).toBeLessThan(0.05);
      }
  });

  test("three times as much is the threshold", () => {
    const { p, pPrime } = sampleCorrespondences(createRng(5));
    expect(fitAffineRansac(p, pPrime, { rng: createRng(6) }).threshold).toBe(
      3 * targetNoise(p.data, pPrime.data, createRng(6)),
    );
  });

  test("exact targets, and as few as fix a transform, have none", () => {
    const { p, pPrime } = sampleCorrespondences(createRng(1), { count: 50, noise: 0 });
    expect(targetNoise(p.data, pPrime.data, createRng(1))).toBeLessThan(1e-15);
    for (const count of [3, 4, 5])
      expect(targetNoise(p.data.slice(0, 2 * count), pPrime.data.slice(0, 2 * count), createRng(1))).toBeLessThan(
        1e-15,
      );
  });
});

test("as many triples as contain a clean one with the confidence: log(1 − confidence) / log(1 − w³)", () => {
  const { p, pPrime } = sampleCorrespondences(createRng(1), { noise: 0 });
  const trials = (share: number, confidence: number): number =>
    fitAffineRansac(p, replaceTargets(pPrime, share, createRng(4)).pPrime, { threshold: 1e-9, confidence }).trials;
  expect(trials(0.5, 0.999)).toBe(52); // log 0.001 / log(1 − 0.5³) = 51.7
  expect(trials(0.5, 0.9)).toBe(18); // 17.2
  expect(trials(0.2, 0.999)).toBe(10); // log 0.001 / log(1 − 0.8³) = 9.6
});

test("more outliers or more confidence take more triples; the cap holds", () => {
  const { p, pPrime } = sampleCorrespondences(createRng(1));
  const trials = (share: number, settings: object): number =>
    fitAffineRansac(p, replaceTargets(pPrime, share, createRng(4)).pPrime, { threshold: 0.03, ...settings }).trials;
  expect(trials(0.6, {})).toBeGreaterThan(trials(0.2, {}));
  expect(trials(0.6, { confidence: 0.999999 })).toBeGreaterThan(trials(0.6, { confidence: 0.9 }));
  expect(trials(0.6, { maxTrials: 7 })).toBe(7);
});

test("200,000 points", () => {
  const rng = createRng(3);
  const { p, pPrime, truth } = sampleCorrespondences(rng, { count: 200_000 });
  expect(parameterError(fitAffineRansac(p, replaceTargets(pPrime, 0.5, rng).pPrime), truth)).toBeLessThan(2e-3);
});

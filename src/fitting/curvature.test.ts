import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, randn, tensor } from "../tensor/index.ts";
import {
  affineCurvature,
  bestMomentum,
  bestRate,
  boundedSettings,
  conditionNumber,
  largestStableRate,
} from "./curvature.ts";
import { exactEigenvalues } from "./exact.cases.ts";
import reference from "./fixtures/affine.json" with { type: "json" };

const f64 = { dtype: "float64" } as const;

describe("curvature", () => {
  test("NumPy's eigenvalues of the Hessian", () => {
    const { largest, smallest, openDirections } = affineCurvature(tensor(reference.p, f64));
    expect(largest).toBeCloseTo(reference.hessianEigenvalues[2]!, 10);
    expect(smallest).toBeCloseTo(reference.hessianEigenvalues[0]!, 10);
    expect(openDirections).toBe(0);
  });

  test("a point, a line, and points far from the origin", () => {
    expect(affineCurvature(tensor([[3, 4]], f64))).toEqual({ largest: 52, smallest: 52, openDirections: 2 }); // 2·(9 + 16 + 1)
    expect(affineCurvature(tensor([[0, 0], [1, 2], [2, 4]], f64)).openDirections).toBe(1); // biome-ignore format: a matrix
    const far = tensor([[1e6, 1e6], [1e6 + 1, 1e6], [1e6, 1e6 + 1]], f64); // biome-ignore format: a matrix
    expect(affineCurvature(far).openDirections).toBe(0);
  });

  test("eigenvalues agree with 120-digit arithmetic, whatever the size, place and shape of the cloud", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 8, max: 16 }),
        fc.constantFrom(1e-7, 1e-3, 1, 1e7, 1e50),
        fc.constantFrom(0, 1, 1e4, 1e7),
        fc.constantFrom(1, 1e-3, 1e-6),
        (seed, count, size, place, flatness) => {
          const rng = createRng(seed);
          const [cosine, sine] = [Math.cos(seed), Math.sin(seed)];
          const cloud = randn([count, 2], { rng, ...f64 }).data;
          for (let i = 0; i < cloud.length; i += 2) {
            const [x, y] = [cloud[i]!, flatness * cloud[i + 1]!];
            cloud[i] = size * (cosine * x - sine * y + place);
            cloud[i + 1] = size * (sine * x + cosine * y - place);
          }
          const { largest, smallest, openDirections } = affineCurvature(tensor(cloud, { shape: [count, 2], ...f64 }));
          const exact = exactEigenvalues(cloud);
          expect(openDirections).toBe(0);
          expect(Math.abs(largest / exact.largest - 1)).toBeLessThan(1e-13);
          expect(Math.abs(smallest / exact.smallest - 1)).toBeLessThan(1e-12 + 1e-14 / flatness);
        },
      ),
    );
  });

  test("on a line the two eigenvalues that are not zero, on a square four of one size", () => {
    const line = affineCurvature(tensor([[-3, -4], [3, 4]], f64)); // biome-ignore format: a matrix
    expect(line.openDirections).toBe(1);
    expect(line.smallest).toBeCloseTo(2, 12);
    expect(line.largest).toBeCloseTo(50, 12); // 2/2 · 2 · (9 + 16)
    const square = affineCurvature(tensor([[1, 1], [1, -1], [-1, 1], [-1, -1]], f64)); // biome-ignore format: a matrix
    expect(square.openDirections).toBe(0);
    for (const value of [square.largest, square.smallest]) expect(value).toBeCloseTo(2, 12);
  });

  test("one direction: 1 − rate·λ per step, so rate 1/λ arrives at once and the limit is 2/λ", () => {
    const curvature = { largest: 4, smallest: 4, openDirections: 2 };
    expect([bestRate(curvature), largestStableRate(curvature), bestMomentum(curvature)]).toEqual([0.25, 0.5, 0]);
    expect(conditionNumber(curvature)).toBe(1);
  });

  test("with momentum: Polyak's rate for curvatures 1 and 9", () => {
    const curvature = { largest: 9, smallest: 1, openDirections: 0 };
    expect(bestMomentum(curvature)).toBe(0.25); // ((3 − 1) / (3 + 1))²
    expect(bestRate(curvature, 0.25)).toBeCloseTo(0.25, 12); // 4 / (3 + 1)²
    expect(bestRate(curvature, 0.2499999)).toBeCloseTo(0.25, 6); // the two formulas meet
    expect(largestStableRate(curvature, 0.5)).toBeCloseTo(1 / 3, 12);
  });
});

describe("momentum under auto", () => {
  test("along one direction: at most twice the start's squared error, for every momentum, curvature and condition", () => {
    for (const condition of [1, 2, 4, 6, 10, 100, 1e4, 1e8])
      for (const given of [undefined, 0, 0.05, 0.1, 0.2, 0.5, 0.9, 0.99]) {
        const curvature = { largest: 1, smallest: 1 / condition, openDirections: 0 };
        const { momentum, learningRate } = boundedSettings(curvature, given);
        let highest = 0;
        for (let i = 0; i <= 40; i++) {
          const slope = condition ** (-i / 40);
          let [error, velocity] = [1, 0];
          for (let step = 0; step < 1000; step++) {
            velocity = momentum * velocity + slope * error;
            error -= learningRate * velocity;
            highest = Math.max(highest, error * error);
          }
        }
        expect(highest).toBeLessThanOrEqual(2);
      }
  });

  test("no faster than Polyak's where that is calm itself, and the same for plain descent", () => {
    const easy = { largest: 4, smallest: 1, openDirections: 0 };
    expect(boundedSettings(easy)).toEqual({
      momentum: bestMomentum(easy),
      learningRate: bestRate(easy, bestMomentum(easy)),
    });
    const hard = { largest: 2, smallest: 2e-6, openDirections: 0 };
    expect(boundedSettings(hard, 0.9).learningRate).toBe(1);
    expect(boundedSettings(hard, 0).learningRate).toBe(bestRate(hard));
  });
});

import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SettingError } from "../errors.ts";
import { SGD } from "../optim/index.ts";
import { createRng, randn, type Tensor, tensor } from "../tensor/index.ts";
import { affineTransformLoss, applyAffineTransform, identityNumbers } from "./affine-transform.ts";
import { affineCurvature, largestStableRate } from "./curvature.ts";
import { exactLoss } from "./exact.cases.ts";
import reference from "./fixtures/affine.json" with { type: "json" };
import { descentMethods, type FitStep, fitAffineTransform } from "./gradient-descent.ts";
import { fitAffineLeastSquares } from "./least-squares.ts";
import { parseCorrespondences } from "./parse-correspondences.ts";
import { sampleCorrespondences } from "./sample-points.ts";
import { excessLoss, summarize } from "./summary.ts";

const f64 = { dtype: "float64" } as const;
const p = tensor(reference.p, f64);
const pPrime = tensor(reference.pPrime, f64);
const square = tensor([[0, 0], [1, 0], [0, 1], [1, 1]], f64); // biome-ignore format: a matrix

describe("fitAffineTransform", () => {
  test("two steps by hand: one point (1, 0) to (3, 0) at rate 0.1", () => {
    // r = (−2, 0): gradS = 2·r·pᵀ = [[−4, 0], [0, 0]], gradT = (−4, 0). S₀₀ and t₀ rise by 0.4, then r = −1.2 and by 0.24.
    const steps: FitStep[] = [];
    const { s, t, loss } = fitAffineTransform(tensor([[1, 0]], f64), tensor([[3, 0]], f64), {
      learningRate: 0.1,
      steps: 2,
      onStep: (step) => steps.push(step),
    });
    expect(s.data[0]).toBeCloseTo(1.64, 12);
    expect([...s.data.slice(1)]).toEqual([0, 0, 1]);
    expect(t.data[0]).toBeCloseTo(0.64, 12);
    expect(loss).toBeCloseTo(0.72 ** 2, 12);
    expect(steps.map((step) => step.step)).toEqual([0, 1, 2]);
    expect(steps[0]!.loss).toBe(4);
    expect([...steps[0]!.s.data]).toEqual([1, 0, 0, 1]); // a copy, not overwritten later
    expect(steps[1]!.loss).toBeCloseTo(1.44, 12);
  });

  test("NumPy's heavy ball after 20 steps", () => {
    const fit = fitAffineTransform(p, pPrime, { method: "momentum", learningRate: 0.05, momentum: 0.8, steps: 20 });
    for (const [i, value] of reference.momentum.s.flat().entries()) expect(fit.s.data[i]).toBeCloseTo(value, 10);
    for (const [i, value] of reference.momentum.t.entries()) expect(fit.t.data[i]).toBeCloseTo(value, 10);
    expect(fit.loss).toBeCloseTo(reference.momentum.loss, 10);
  });

  test.each(descentMethods)("%s ends where least squares does, and says the loss there", (method) => {
    const { p, pPrime } = sampleCorrespondences(createRng(7));
    const best = fitAffineLeastSquares(p, pPrime);
    const fit = fitAffineTransform(p, pPrime, { method, steps: 1500 });
    expect(fit.loss).toBeCloseTo(best.loss, 9);
    expect(affineTransformLoss(p, pPrime, fit.s, fit.t).loss).toBeCloseTo(fit.loss, 12);
  });

  test.each([1, 2, 3, 4, 5])("auto beats rates 10 %% to either side, targets %i", (seed) => {
    const from = tensor([[2, 1], [2, -1], [-2, 1], [-2, -1]], f64); // biome-ignore format: a matrix
    const to = randn([4, 2], { rng: createRng(seed), scale: 10, ...f64 });
    const excess = (learningRate: number | "auto"): number =>
      fitAffineTransform(from, to, { learningRate, steps: 30 }).excess;
    expect(fitAffineTransform(from, to).learningRate).toBeCloseTo(0.2, 12); // H = diag(8, 2, 2), so 2 / (2 + 8)
    expect(excess("auto")).toBeLessThan(excess(0.9 * 0.2) / 2);
    expect(excess("auto")).toBeLessThan(excess(1.1 * 0.2) / 2);
  });

  test("a rate just below the limit converges, one at it is refused with the limit", () => {
    const limit = largestStableRate(affineCurvature(square));
    const targets = tensor([[1, 1], [3, 1], [1, 4], [3, 4]], f64); // biome-ignore format: a matrix
    expect(fitAffineTransform(square, targets, { learningRate: 0.99 * limit, steps: 3000 }).loss).toBeLessThan(1e-20);
    expect(() => fitAffineTransform(square, targets, { learningRate: limit })).toThrow(SettingError);
    expect(() => fitAffineTransform(square, targets, { learningRate: 2 })).toThrow(
      "fitAffineTransform: learning rate 2 makes the loss on these points grow without bound; expected one below 0.6277 " +
        '(2 / largest curvature 3.186); "auto" takes 0.5714', // λ = (7 ± √33) / 4, and 1/2
    );
    expect(() => fitAffineTransform(square, targets, { learningRate: 2, method: "momentum", momentum: 0.5 })).toThrow(
      "(2·(1 + momentum) / largest curvature 3.186) with momentum 0.5",
    );
  });

  test("fewer than three points, or points on a line: a fit through them, the nearest to the identity", () => {
    const one = fitAffineTransform(tensor([[1, 0]], f64), tensor([[3, 0]], f64));
    expect(one.loss).toBeLessThan(1e-25);
    expect(one.s.data[0]).toBeCloseTo(2, 12); // the missing 2 is shared between S₀₀ and t₀
    expect(one.t.data[0]).toBeCloseTo(1, 12);
    expect(one.curvature.openDirections).toBe(2);
    const two = fitAffineTransform(tensor([[0, 0], [1, 1]], f64), tensor([[1, 0], [5, 2]], f64), { steps: 300 }); // biome-ignore format: a matrix
    expect(two.loss).toBeLessThan(1e-25);
    const line = tensor([[0, 0], [1, 1], [2, 2], [3, 3]], f64); // biome-ignore format: a matrix
    const moved = applyAffineTransform(line, { s: tensor([[2, 1], [0, 1]], f64), t: tensor([1, 0], f64) }); // biome-ignore format: a matrix
    expect(fitAffineTransform(line, moved, { steps: 2000 }).loss).toBeLessThan(1e-20);
  });

  test("the Huber loss holds against a few far targets", () => {
    const { p, pPrime, truth } = sampleCorrespondences(createRng(5), { count: 200 });
    const spoiled = pPrime.clone();
    for (let i = 0; i < 40; i++) spoiled.data[i] = spoiled.data[i]! + 3;
    const error = (s: Tensor<"float64">): number => Math.max(...s.data.map((v, i) => Math.abs(v - truth.s.data[i]!)));
    const settings = { huberDelta: 0.03, method: "momentum", momentum: 0.9, steps: 600 } as const;
    expect(error(fitAffineTransform(p, spoiled, settings).s)).toBeLessThan(0.05);
    expect(error(fitAffineTransform(p, spoiled, { steps: 600 }).s)).toBeGreaterThan(0.1);
  });

  test("a million points", () => {
    const count = 1_000_000;
    const { p, pPrime, truth } = sampleCorrespondences(createRng(1), { count });
    const { s, loss } = fitAffineTransform(p, pPrime, { steps: 400 });
    expect(loss).toBeCloseTo(2 * 0.01 ** 2, 6);
    for (let i = 0; i < 4; i++) expect(s.data[i]).toBeCloseTo(truth.s.data[i]!, 3);
  });
});

const caseFile = "../shared/data/affine/points_case_1.npy";
const hasCase = existsSync(caseFile);
if (!hasCase) process.stderr.write(`skipped: ${caseFile} is not there\n`);
describe.skipIf(!hasCase)("points_case_1", () => {
  const [from, to] = hasCase ? parseCorrespondences(readFileSync(caseFile), caseFile) : [square, square];
  const stepsBelow = (settings: Parameters<typeof fitAffineTransform>[2]): number => {
    let found = -1;
    const onStep = ({ step, loss }: FitStep): void => {
      if (found < 0 && loss < 1e-4) found = step;
    };
    fitAffineTransform(from, to, { ...settings, onStep });
    return found;
  };

  test("optimum, rates and step counts", () => {
    const best = fitAffineLeastSquares(from, to);
    expect(best.loss).toBeCloseTo(5.1136e-5, 9);
    const expected = [1414, -1414, -708, -707, 100, 200].map((v) => v / 1000);
    for (const [i, value] of [...best.s.data, ...best.t.data].entries()) expect(value).toBeCloseTo(expected[i]!, 2);
    expect(stepsBelow({ learningRate: 0.6 })).toBe(74); // the 75th loss, after 74 updates
    expect(stepsBelow({})).toBeGreaterThan(0);
    expect(stepsBelow({})).toBeLessThanOrEqual(100);
    expect(stepsBelow({ method: "momentum" })).toBeLessThanOrEqual(30);
    expect(stepsBelow({ method: "adam" })).toBeLessThanOrEqual(100);
    expect(largestStableRate(affineCurvature(from))).toBeCloseTo(0.6703, 4);
    expect(() => fitAffineTransform(from, to, { learningRate: 0.671 })).toThrow("expected one below 0.6703");
  });
});

test("descent takes SGD's steps to the last bit", () => {
  const settings = { learningRate: 0.05, momentum: 0.8 };
  const six = tensor([...identityNumbers()], f64);
  const sgd = new SGD<"float64">({ six }, settings);
  for (let step = 0; step < 5; step++) {
    const fit = fitAffineTransform(p, pPrime, { method: "momentum", ...settings, steps: step });
    expect([...fit.s.data, ...fit.t.data]).toEqual([...six.data]);
    const grads = new Float64Array(6);
    excessLoss(summarize(p.data, pPrime.data), six.data, grads);
    sgd.step({ six: tensor([...grads], f64) });
  }
});

describe("momentum under auto", () => {
  test("the loss may swing, but never beyond twice its distance from the minimum at the start", () => {
    const losses = (from: Tensor<"float64">, to: Tensor<"float64">): number[] => {
      const seen: number[] = [];
      fitAffineTransform(from, to, { method: "momentum", steps: 300, onStep: ({ loss }) => seen.push(loss) });
      return seen;
    };
    const letter = sampleCorrespondences(createRng(442));
    const [, , second, third] = losses(letter.p, letter.pPrime);
    expect(third! / second!).toBeGreaterThan(3); // it does swing, as docs/fitting.md says
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(0, 1, 100), (seed, place) => {
        const rng = createRng(seed);
        const from = tensor(
          randn([10, 2], { rng, ...f64 }).data.map((v) => v + place),
          { shape: [10, 2], ...f64 },
        );
        const to = randn([10, 2], { rng, ...f64 });
        const { loss } = fitAffineLeastSquares(from, to);
        const [start, ...later] = losses(from, to);
        expect(Math.max(...later) - loss).toBeLessThanOrEqual(2 * (start! - loss));
      }),
      { numRuns: 50 },
    );
  });

  test("points as pixels are: the loss does not leave the start's size", () => {
    const rng = createRng(3);
    const table = Array.from({ length: 50 }, () => [rng.integer(0, 2000), rng.integer(0, 2000)]);
    const targets = table.map(([x = 0, y = 0]) => [3 * x - y + 10, x + 2 * y - 20]);
    const losses: number[] = [];
    const onStep = ({ loss }: FitStep): number => losses.push(loss);
    const [from, to] = [tensor(table, f64), tensor(targets, f64)];
    fitAffineTransform(from, to, { method: "momentum", steps: 3000, onStep });
    expect(Math.max(...losses)).toBeLessThan(2 * losses[0]!);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });
});

describe("convergence", () => {
  test("excess is the way to the minimum, as 120 digits have it, for points of any size and place", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.constantFrom(1e-3, 1, 1e7),
        fc.constantFrom(0, 10),
        fc.constantFrom("gd" as const, "momentum" as const),
        (seed, size, place, method) => {
          const rng = createRng(seed);
          const cloud = randn([12, 2], { rng, ...f64 }).data.map((v) => size * (v + place));
          const from = tensor(cloud, { shape: [12, 2], ...f64 });
          const to = randn([12, 2], { rng, scale: 10, ...f64 });
          const fit = fitAffineTransform(from, to, { method, steps: 30 });
          const { loss, least } = exactLoss(cloud, to.data, Float64Array.of(...fit.s.data, ...fit.t.data));
          expect(fit.loss / loss.toNumber()).toBeCloseTo(1, 9);
          expect(Math.abs(fit.excess - loss.minus(least).toNumber())).toBeLessThan(1e-12 * fit.loss);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("on arrival the excess and the gradient vanish, and only then a fit has converged", () => {
    const { p, pPrime } = sampleCorrespondences(createRng(7));
    const fits = [0, 1, 20, 150, 1500].map((steps) => fitAffineTransform(p, pPrime, { steps }));
    const best = fitAffineLeastSquares(p, pPrime).loss;
    expect(fits.map((fit) => fit.converged)).toEqual([false, false, false, true, true]);
    for (const fit of fits) {
      const { gradS, gradT } = affineTransformLoss(p, pPrime, fit.s, fit.t);
      expect(fit.gradientNorm).toBeCloseTo(Math.hypot(...gradS.data, ...gradT.data), 12);
      expect(fit.converged).toBe(fit.loss <= best / (1 - 1e-3));
    }
    expect(fits[4]!.excess).toBeLessThan(1e-20);
    expect(fits[4]!.gradientNorm).toBeLessThan(1e-12);
  });

  test("an exact fit converges too, although every residual that is left could still be explained", () => {
    const targets = tensor([[1, 1], [3, 1], [1, 4], [3, 4]], f64); // biome-ignore format: a matrix
    expect(fitAffineTransform(square, targets, { steps: 20 }).converged).toBe(false);
    expect(fitAffineTransform(square, targets, { steps: 300 }).converged).toBe(true);
  });

  test("recentDrop: what the loss lost over the last tenth of the steps", () => {
    const { p, pPrime } = sampleCorrespondences(createRng(7));
    for (const steps of [1, 7, 40]) {
      const losses: number[] = [];
      const { recentDrop } = fitAffineTransform(p, pPrime, { steps, onStep: ({ loss }) => losses.push(loss) });
      expect(recentDrop).toBe(1 - losses[steps]! / losses[steps - Math.ceil(steps / 10)]!);
    }
    expect(fitAffineTransform(p, pPrime, { steps: 0 }).recentDrop).toBe(0);
    const diverging = fitAffineTransform(p, pPrime, { method: "adam", learningRate: 9, steps: 1 });
    expect(diverging.recentDrop).toBeLessThan(0);
  });

  test("Huber descent far from its minimum says so, whatever δ; at the minimum it has converged", () => {
    const { p, pPrime } = sampleCorrespondences(createRng(5), { count: 200 });
    for (let i = 0; i < 40; i++) pPrime.data[i] = pPrime.data[i]! + 3;
    const fit = (huberDelta: number, steps: number) =>
      fitAffineTransform(p, pPrime, { huberDelta, method: "momentum", momentum: 0.9, steps });
    const least = fit(0.03, 5000);
    expect(least.converged).toBe(true);
    expect(least.gradientNorm).toBeLessThan(1e-10);
    for (const steps of [0, 30, 60]) {
      const early = fit(0.03, steps);
      expect(early.converged).toBe(false);
      expect(early.excess).toBeGreaterThan(0);
      expect(early.excess).toBeLessThanOrEqual(early.loss - least.loss); // it promises a lower bound
    }
    for (const delta of [1e-6, 1e-3]) expect(fit(delta, 50).converged).toBe(false);
  });
});

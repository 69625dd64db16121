import { describe, expect, test } from "vitest";
import { createRng, tensor } from "../tensor/index.ts";
import { affineTransformLoss } from "./affine-transform.ts";
import {
  type ComparedMethod,
  type Comparison,
  type ComparisonSettings,
  compareAffineFits,
  comparedMethods,
} from "./compare.ts";
import { judgeComparison } from "./compare-verdicts.ts";
import { fitAffineLeastSquares } from "./least-squares.ts";
import { replaceTargets, sampleCorrespondences } from "./sample-points.ts";

describe("the built-in points", () => {
  test("noise is what it says, same seed same points", () => {
    const { p, pPrime, truth } = sampleCorrespondences(createRng(1), { count: 5000, noise: 0 });
    expect(p.shape).toEqual([5000, 2]);
    const [x, y] = [p.data[0]!, p.data[1]!];
    expect(pPrime.data[0]).toBeCloseTo(truth.s.data[0]! * x + truth.s.data[1]! * y + truth.t.data[0]!, 12);
    expect(p.data.every((v) => Math.abs(v) <= 0.6)).toBe(true);
    expect(sampleCorrespondences(createRng(1))).toEqual(sampleCorrespondences(createRng(1)));
  });

  test("replaceTargets replaces that share, inside the targets' box, and nothing else", () => {
    const { pPrime } = sampleCorrespondences(createRng(1), { count: 200 });
    const { pPrime: spoiled, replaced } = replaceTargets(pPrime, 0.25, createRng(2));
    expect(replaced).toHaveLength(50);
    const changed = [...spoiled.data.keys()].filter((i) => spoiled.data[i] !== pPrime.data[i]).map((i) => i >> 1);
    expect([...new Set(changed)]).toEqual([...replaced]);
    expect(Math.max(...spoiled.data)).toBeLessThanOrEqual(Math.max(...pPrime.data));
    expect(() => replaceTargets(pPrime, 1.5, createRng(2))).toThrow("expected share from 0 to 1, got 1.5");
  });
});

const { p, pPrime, truth } = sampleCorrespondences(createRng(442), { count: 300 });
const comparison = compareAffineFits(p, pPrime, { shares: [0, 0.4], repeats: 3 }, truth);

describe("compareAffineFits", () => {
  const error = (share: number, method: ComparedMethod): number =>
    comparison.rows.find((row) => row.share === share && row.method === method)!.parameterError;

  test("a row per share and method, without outliers all agree", () => {
    expect(comparison.rows).toHaveLength(8);
    for (const method of comparedMethods) expect(error(0, method)).toBeLessThan(0.02);
    expect(error(0, "gradient descent")).toBeCloseTo(error(0, "least squares"), 4);
  });

  test("under outliers RANSAC is best, Huber descent next", () => {
    expect(error(0.4, "RANSAC")).toBeLessThan(0.02);
    expect(error(0.4, "Huber descent")).toBeLessThan(0.1);
    expect(error(0.4, "least squares")).toBeGreaterThan(0.2);
  });

  test("same seed, same errors", () => {
    const again = compareAffineFits(p, pPrime, { shares: [0, 0.4], repeats: 3 }, truth);
    const errors = ({ rows }: Comparison) => rows.map((row) => [row.parameterError, row.inlierError]);
    expect(errors(again)).toEqual(errors(comparison));
  });

  test("parameter error: the largest difference of the six numbers; inlier error: over the targets left alone", () => {
    const { rows, cases } = compareAffineFits(p, pPrime, { shares: [0.4], repeats: 1 }, truth);
    const { fits, replaced } = cases[0]!;
    expect(replaced).toHaveLength(120);
    for (const { method, parameterError, inlierError } of rows) {
      const { s, t } = fits[method];
      const differences = [0, 1, 2, 3].map((k) => s.data[k]! - truth.s.data[k]!);
      differences.push(t.data[0]! - truth.t.data[0]!, t.data[1]! - truth.t.data[1]!);
      expect(parameterError).toBe(Math.max(...differences.map(Math.abs)));
      const alone = [...Array(300).keys()].filter((row) => !replaced.includes(row));
      const pick = (x: typeof p) =>
        tensor(
          alone.map((row) => [x.at(row, 0), x.at(row, 1)]),
          { dtype: "float64" },
        );
      const { loss } = affineTransformLoss(pick(p), pick(pPrime), s, t);
      expect(inlierError).toBeCloseTo(Math.sqrt(loss), 12);
    }
  });

  test("descents report in how many draws they converged, least squares and RANSAC take no steps", () => {
    const converged = (steps: number) =>
      compareAffineFits(p, pPrime, { shares: [0, 0.4], repeats: 2, steps }, truth).rows.map((row) => row.converged);
    expect(converged(2)).toEqual([0, 0, undefined, undefined, 0, 0, undefined, undefined]);
    expect(converged(2000)).toEqual([1, 1, undefined, undefined, 1, 1, undefined, undefined]);
  });

  test("without a truth the reference is least squares on the clean targets", () => {
    const { reference, isReferenceLeastSquares, rows } = compareAffineFits(p, pPrime, { shares: [0], repeats: 1 });
    const { s, t } = fitAffineLeastSquares(p, pPrime);
    expect({ reference, isReferenceLeastSquares }).toEqual({ reference: { s, t }, isReferenceLeastSquares: true });
    expect(rows.find((row) => row.method === "least squares")!.parameterError).toBe(0);
    expect(comparison.isReferenceLeastSquares).toBe(false);
  });

  test("mistakes are named", () => {
    const call = (settings: ComparisonSettings) => () => compareAffineFits(p, pPrime, settings);
    expect(call({ steps: -1 })).toThrow("compareAffineFits: expected steps to be a whole number >= 0, got -1");
    expect(call({ repeats: 0 })).toThrow("compareAffineFits: expected repeats to be a whole number >= 1, got 0");
    expect(call({ seed: 0.5 })).toThrow("compareAffineFits: expected seed to be a whole number from 0 to 4294967295");
    expect(call({ threshold: 0 })).toThrow("compareAffineFits: expected threshold > 0, got 0");
    const line = tensor([[0, 0], [1, 1], [2, 2]]); // biome-ignore format: a matrix
    expect(() => compareAffineFits(line, line)).toThrow(
      "compareAffineFits: expected three points that are not on one line, got 3",
    );
    expect(() => compareAffineFits(p, pPrime, { shares: [2] })).toThrow("expected shares from 0 to 1, got 2");
    const two = tensor([[0, 0], [1, 1]]); // biome-ignore format: a matrix
    expect(() => compareAffineFits(two, two)).toThrow("at least 3 correspondences, got 2");
  });
});

describe("judgeComparison", () => {
  const judge = (errors: Record<ComparedMethod, readonly number[]>, isReferenceLeastSquares = false) => {
    const rows = comparedMethods.flatMap((method, m) =>
      errors[method].map((parameterError, i) => ({
        ...{ share: i / 4, method, parameterError, inlierError: 0, milliseconds: 4 - m },
        ...(m < 2 && { converged: i / 2 }),
      })),
    );
    return judgeComparison({ ...comparison, rows, isReferenceLeastSquares });
  };
  const errors = {
    "gradient descent": [0.01, 0.4, 0.88],
    "Huber descent": [0.0125, 0.079, 0.161],
    "least squares": [0.01, 0.4, 0.8],
    RANSAC: [0.0126, 0.02, 0.02],
  };

  test("ties within a quarter, the gap of descent, how far each holds, what is unfinished, what is fast", () => {
    const verdicts = judge(errors);
    expect(verdicts.best).toEqual([
      { from: 0, to: 0, methods: ["gradient descent", "Huber descent", "least squares"] },
      { from: 0.25, to: 0.5, methods: ["RANSAC"] },
    ]);
    expect(verdicts.descentGap).toBeCloseTo(0.1, 12); // 0.88 / 0.8 − 1
    expect(verdicts.robust).toEqual({ "Huber descent": { until: 0.25, failsAt: 0.5 }, RANSAC: { until: 0.5 } }); // a fifth
    expect(verdicts.unfinished.map(({ method, share }) => [method, share])).toEqual([
      ["gradient descent", 0],
      ["gradient descent", 0.25],
      ["Huber descent", 0],
      ["Huber descent", 0.25],
    ]);
    expect(verdicts.milliseconds[0]).toEqual(["RANSAC", 1]);
  });

  test("where least squares is the reference, nobody wins without outliers", () => {
    expect(judge(errors, true).best).toEqual([{ from: 0.25, to: 0.5, methods: ["RANSAC"] }]);
    expect(judge({ ...errors, RANSAC: [0, 0.09, 0] }).robust.RANSAC).toEqual({ failsAt: 0.25 });
  });
});

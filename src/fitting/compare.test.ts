import { describe, expect, test } from "vitest";
import { createRng, tensor } from "../tensor/index.ts";
import { type ComparedMethod, type Comparison, compareAffineFits, comparedMethods } from "./compare.ts";
import { readComparison } from "./compare-reading.ts";
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
    expect(() => replaceTargets(pPrime, 1.5, createRng(2))).toThrow("expected a share from 0 to 1, got 1.5");
  });
});

describe("compareAffineFits", () => {
  const { p, pPrime, truth } = sampleCorrespondences(createRng(442), { count: 300 });
  const comparison = compareAffineFits(p, pPrime, { shares: [0, 0.4], repeats: 3 }, truth);
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

  test("mistakes are named", () => {
    expect(() => compareAffineFits(p, pPrime, { shares: [2] })).toThrow("expected shares from 0 to 1, got 2");
    const two = tensor([[0, 0], [1, 1]]); // biome-ignore format: a matrix
    expect(() => compareAffineFits(two, two)).toThrow("at least 3 correspondences, got 2");
  });
});

describe("readComparison says what the numbers say", () => {
  const read = (errors: Record<ComparedMethod, readonly number[]>): string => {
    const rows = comparedMethods.flatMap((method, m) =>
      errors[method].map((parameterError, i) => ({
        share: i / 4,
        method,
        parameterError,
        inlierError: 0,
        milliseconds: m + 1,
      })),
    );
    const { s, t } = sampleCorrespondences(createRng(1)).truth;
    return readComparison({ rows, cases: [], reference: { s, t }, threshold: 1, steps: 1 }).join("\n");
  };

  test("a clear winner, a method that gives way", () => {
    expect(
      read({
        "gradient descent": [0.01, 0.4, 0.8],
        "Huber descent": [0.01, 0.02, 0.5],
        "least squares": [0.01, 0.4, 0.8],
        RANSAC: [0.012, 0.011, 0.013],
      }),
    ).toMatchInlineSnapshot(`
      "Smallest parameter error: gradient descent, Huber descent, least squares, RANSAC at 0 %; RANSAC from 25 % to 50 % (named together: within 25 %).
      Gradient descent and least squares minimize the same loss and end within 0.01 % of each other's error; only the road differs.
      A squared distance lets one far target outweigh many near ones: least squares' error goes from 0.01 without outliers to 0.4 at 25 % and 0.8 at 50 %.
      Huber descent stands outliers up to 25 % (beyond δ a point pulls with a constant force instead of one that grows; error 0.02 there), then gives way: 0.5 at 50 %, 63 % of that of least squares.
      RANSAC stands all shares (it asks which points agree and ignores the others): its error stays between 0.011 and 0.013, 62 times below least squares at 50 %.
      Median time: gradient descent 1 ms, Huber descent 2 ms, least squares 3 ms, RANSAC 4 ms."
    `);
  });

  test("nothing helps, and descent has not arrived", () => {
    expect(
      read({
        "gradient descent": [0.5, 0.6, 0.7],
        "Huber descent": [0.3, 0.4, 0.5],
        "least squares": [0.1, 0.3, 0.5],
        RANSAC: [0.1, 0.2, 0.6],
      }),
    ).toMatchInlineSnapshot(`
      "Smallest parameter error: least squares, RANSAC at 0 %; RANSAC at 25 %; Huber descent, least squares, RANSAC at 50 % (named together: within 25 %).
      Gradient descent has not arrived: its error is up to 100 % off that of least squares, which has the same minimum; more steps would close this.
      A squared distance lets one far target outweigh many near ones: least squares' error goes from 0.1 without outliers to 0.3 at 25 % and 0.5 at 50 %.
      Huber descent is no way out here: at 25 % its error is 0.4, 133 % of that of least squares.
      RANSAC is no way out here: at 25 % its error is 0.2, 67 % of that of least squares.
      Median time: gradient descent 1 ms, Huber descent 2 ms, least squares 3 ms, RANSAC 4 ms."
    `);
  });

  test("one share alone", () => {
    expect(
      read({ "gradient descent": [1], "Huber descent": [2], "least squares": [3], RANSAC: [4] }),
    ).toMatchInlineSnapshot(`
      "Smallest parameter error: gradient descent at 0 %.
      Median time: gradient descent 1 ms, Huber descent 2 ms, least squares 3 ms, RANSAC 4 ms."
    `);
  });
});

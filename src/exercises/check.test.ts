import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { f1, f2, f3, f4 } from "../graph/functions/index.ts";
import type { FunctionName } from "../graph/functions/texts.ts";
import { createRng } from "../tensor/rng.ts";
import { samples } from "./fixtures/samples.ts";
import {
  type Candidate,
  type CheckPlan,
  type CheckResult,
  checkGradients,
  checkOutputs,
  coursePlans,
  type Evaluate,
  evaluate,
  makeSamples,
  readSamples,
} from "./index.ts";

const ours: Record<FunctionName, Candidate> = { f1, f2, f3, f4 };
const names = Object.keys(ours) as FunctionName[];
const here =
  (f: Candidate): Evaluate =>
  async (question) =>
    evaluate(f, question);
const outputsOf = (name: FunctionName, f: Candidate, expected = samples): Promise<CheckResult> =>
  checkOutputs(name, coursePlans[name], here(f), expected);
const gradientsOf = (name: FunctionName, f: Candidate, trials: number): Promise<CheckResult> =>
  checkGradients(name, coursePlans[name], here(f), trials, createRng(1));
/** Checks the gradients of a function of x alone, drawn from a range. */
const slopeOf = (f: Candidate, from: number, to: number, trials = 2000): Promise<CheckResult> => {
  const plan: CheckPlan = { inputs: [{ name: "x", from, to }], tolerance: 1e-8 };
  return checkGradients("g", plan, here(f), trials, createRng(1));
};

test.each(names)("%s passes both checks; the samples are from Python, in 50-digit arithmetic", async (name) => {
  expect(await gradientsOf(name, ours[name], 1000)).toMatchObject({ passed: true, count: 1000, kinks: 0 });
  const outputs = await outputsOf(name, ours[name]);
  expect(outputs).toMatchObject({ passed: true, count: name === "f1" || name === "f2" ? 100 : 200 });
  expect(outputs.largestDifference).toBeLessThan(1e-14);
});

const shared = "../shared/data/backprop/backprop-data.json";
test("f1, f2 and f3 give the outputs of the course's sample file", async (context) => {
  if (!existsSync(shared)) return context.skip(`${shared} is absent`);
  const expected = readSamples(JSON.parse(readFileSync(shared, "utf8")), shared);
  for (const name of ["f1", "f2", "f3"] as const) {
    const result = await outputsOf(name, ours[name], expected);
    expect(result).toMatchObject({ passed: true, count: name === "f3" ? 200 : 100 });
    expect(result.largestDifference).toBeLessThan(1e-14);
  }
});

test("saved samples: 100 rows with six decimals, and the outputs of these functions", () => {
  const saved = makeSamples({ f2: ours.f2, f3: ours.f3 }, 100, createRng(442));
  expect(Object.keys(saved)).toEqual(["f2", "f3 (y=1)", "f3 (y=2)"]);
  const { inputs, outputs } = saved["f3 (y=2)"]!;
  expect([inputs.length, inputs[0]!.length]).toEqual([100, 2]);
  const [s1, s2] = inputs[99]!;
  expect(outputs[99]).toBeCloseTo(Math.log1p(Math.exp(s1! - s2!)), 14);
  for (const x of inputs.flat()) expect(x).toBe(Number(x.toFixed(6)));
});

describe("wrong gradients", () => {
  test.each(names)("an error in any gradient of %s is found and named", async (name) => {
    const [, { length }] = ours[name](0.1, 0.2, 0.3, 1, 1, 1) as [number, number[]];
    for (let wrong = 0; wrong < length; wrong++) {
      const broken: Candidate = (...inputs) => {
        const [output, grads] = ours[name](...inputs) as [number, number[]];
        return [output, grads.map((grad, i) => (i === wrong ? grad * (1 + 1e-4) : grad))];
      };
      const { passed, finding } = await gradientsOf(name, broken, 200);
      expect(passed).toBe(false);
      expect(finding!.problem).toBe(`the gradient of ${coursePlans[name].inputs[wrong]!.name} is wrong`);
      expect(finding!.got! / finding!.expected!).toBeCloseTo(1 + 1e-4, 7);
    }
  });

  test.each([
    ["f1", 1e-10],
    ["f2", 1e-8],
    ["f3", 1e-8],
    ["f4", 1e-8],
  ] as const)("%s: an error of three times the tolerance, %f, fails and one of a third passes", async (name, tolerance) => {
    const off =
      (error: number): Candidate =>
      (...inputs) => {
        const [output, grads] = ours[name](...inputs) as [number, number[]];
        return [output, grads.map((grad) => grad + error * Math.max(1, 2 * Math.abs(grad)))];
      };
    expect(await gradientsOf(name, off(3 * tolerance), 200)).toMatchObject({ passed: false, tolerance });
    expect(await gradientsOf(name, off(tolerance / 3), 200)).toMatchObject({ passed: true, tolerance });
  });

  test("one that is wrong at few of many points", async () => {
    const result = await slopeOf((x) => [x ** 3, [x > 0.999 ? 7 : 3 * x ** 2]], 0, 1, 10_000);
    expect(result).toMatchObject({ passed: false, count: 10_000, finding: { got: 7 } });
  });

  test("not a number is the worst of all, whatever comes after it", async () => {
    let calls = 0;
    const result = await slopeOf((x) => [x ** 2, [calls++ === 0 ? Number.NaN : 5]], 0, 1);
    expect(result).toMatchObject({ passed: false, largestDifference: null, finding: { got: Number.NaN } });
    const outputs = await outputsOf("f2", (x) => [x === samples.f2!.inputs[0]![0] ? Number.NaN : 1e9, [0]]);
    expect(outputs).toMatchObject({ passed: false, largestDifference: null, finding: { got: Number.NaN } });
  });

  test.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%f", async (wrong) => {
    expect(await slopeOf((x) => [x, [wrong]], 0, 1)).toMatchObject({ passed: false, finding: { got: wrong } });
  });
});

describe("kinks", () => {
  const relu = (x: number): unknown => [Math.max(0, x), [x > 0 ? 1 : 0]];

  test("points at a kink are counted, and not held against the function", async () => {
    const result = await slopeOf(relu, -1e-3, 1e-3);
    expect(result).toMatchObject({ passed: true, count: 2000 });
    expect(result.kinks).toBeGreaterThan(5); // within 1e-5 of 0: one point in a hundred
    expect(result.kinks).toBeLessThan(60);
  });

  test("a wrong branch beside it is found all the same", async () => {
    const abs = (x: number): unknown => [Math.abs(x), [1]];
    expect(await slopeOf(abs, -1e-3, 1e-3)).toMatchObject({ passed: false, finding: { got: 1 } });
  });

  test.each([
    ["a tie of max", (x: number) => [Math.max(x, 0.5), [1]], 0.5],
    ["|x| at 0", (x: number) => [Math.abs(x), [1]], 0],
    ["relu at 0", relu, 0],
  ] as [string, Candidate, number][])("%s at every point proves nothing", async (_, f, x) => {
    const result = await slopeOf(f, x, x + Number.MIN_VALUE, 50);
    expect(result).toMatchObject({ passed: false, count: 50, kinks: 50 });
    expect(result.finding!.problem).toContain("at 50 of 50 points the function has a kink");
  });

  test.each<[string, Candidate, number, number]>([
    ["1/x near 0", (x) => [1 / x, [-1 / x ** 2]], 0.01, 1],
    ["log near 0", (x) => [Math.log(x), [1 / x]], 1e-3, 1],
    ["exp(20x)", (x) => [Math.exp(20 * x), [20 * Math.exp(20 * x)]], 0, 1],
    ["sin(50x)", (x) => [Math.sin(50 * x), [50 * Math.cos(50 * x)]], 0, 1],
  ])("a steep function is no kink: %s", async (_, f, from, to) => {
    const result = await slopeOf(f, from, to);
    expect(result).toMatchObject({ passed: true });
    expect(result.kinks).toBeLessThan(40);
    const wrong: Candidate = (x) => {
      const [output, [grad]] = f(x) as [number, [number]];
      return [output, [grad * (1 + 1e-6)]];
    };
    expect(await slopeOf(wrong, from, to)).toMatchObject({ passed: false });
  });
});

test("a wrong output is found with its inputs; 3e-10 is wrong, 3e-11 is not", async () => {
  const x = samples.f2!.inputs[7]![0]!;
  const off =
    (error: number): Candidate =>
    (...inputs) => [f2(inputs[0]!)[0] + (inputs[0] === x ? error : 0), [0]];
  const { finding } = await outputsOf("f2", off(3));
  expect(finding).toMatchObject({ of: "output", expected: samples.f2!.outputs[7], inputs: { x } });
  expect(finding!.got).toBeCloseTo(samples.f2!.outputs[7]! + 3, 12);
  expect(await outputsOf("f2", off(-3e-10))).toMatchObject({ passed: false });
  expect(await outputsOf("f2", off(-3e-11))).toMatchObject({ passed: true });
});

test.each<[string, Candidate, string]>([
  ["nothing", () => undefined, "expected [output, grads] with a number as output, got undefined"],
  ["a number", () => 3, "expected [output, grads] with a number as output, got a number"],
  ["no output", () => ["3", [1, 1]], "expected [output, grads] with a number as output, got an output of type string"],
  ["no list", () => [3, 1], "expected grads to be an array, got a number"],
  ["an object", () => [3, { length: 2 }], "expected grads to be an array, got an object (Object)"],
  ["too few", () => [3, [1]], "expected 2 gradients (s1, s2), got 1"],
  ["too many", () => [3, [1, 2, 3]], "expected 2 gradients (s1, s2), got 3"],
  ["far too many", () => [3, new Float64Array(1e6)], "expected at most one gradient per input, 3, got 1000000"],
  ["now two, now three", (_, __, y) => [3, y === 1 ? [1, 2] : [1, 2, 3]], "gradients at first, here"],
  ["a hole", () => [3, [1, null]], "expected gradient 2 to be a number, got null"],
  ["not a number", () => [3, [1, Number.NaN]], "the gradient of s2 is wrong"],
  ["a promise", async () => [3, [1, 2]], "expected [output, grads] with a number as output, got a promise"],
  ["an error", () => JSON.parse("{"), "threw SyntaxError: "],
])("a function that returns %s is a finding", async (_, f, problem) => {
  const { passed, finding } = await gradientsOf("f3", f, 10);
  expect(passed).toBe(false);
  expect(finding!.problem).toContain(problem);
});

test("gradients may be a typed array, the same one every time", async () => {
  const grads = new Float64Array(1);
  const f: Candidate = (x) => {
    grads[0] = 2 * x!;
    return [x! ** 2, grads];
  };
  expect(await slopeOf(f, 0, 1)).toMatchObject({ passed: true });
});

test("a finding names the point, of many, where the function failed", async () => {
  const result = await slopeOf((x) => (x > 0.99 ? JSON.parse("{") : [x, [1]]), 0, 1);
  expect(result).toMatchObject({ passed: false, finding: { problem: expect.stringContaining("threw SyntaxError") } });
  expect(result.finding!.inputs!.x).toBeGreaterThan(0.98);
});

test("samples with another number of inputs", async () => {
  const plan: CheckPlan = { inputs: [{ name: "x", from: 0, to: 1 }], tolerance: 1e-8 };
  const { finding } = await checkOutputs("f1", plan, here(f2 as Candidate), samples);
  expect(finding!.problem).toBe("expected 6 inputs, as the samples have, got 1");
});

test.each([
  [[], "expected an object of functions"],
  [{ f1: 3 }, 'expected "f1" to have "inputs"'],
  [{ f2: { inputs: [[1], [2]], outputs: [1] } }, 'expected an output for each of the 2 inputs of "f2", got 1'],
  [{ f2: { inputs: [], outputs: [] } }, 'expected "f2" to have at least one sample'],
  [{ "f3 (y=1)": { inputs: [[1, 2, 1]], outputs: [1] } }, 'expected rows of 2 inputs for "f3 (y=1)", got 3 in row 1'],
  [{ swish: { inputs: [[1], [1, 2]], outputs: [1, 2] } }, 'expected rows of 1 inputs for "swish", got 2 in row 2'],
])("a sample file %j is refused", (value, problem) => {
  expect(() => readSamples(value, "samples.json")).toThrow(problem);
});

test("a function f10 has nothing to do with f1", () => {
  expect(readSamples({ f10: { inputs: [[1]], outputs: [1] } }, "samples.json")).toBeTruthy();
});

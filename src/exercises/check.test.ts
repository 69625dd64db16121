import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { f1, f2, f3, f4 } from "../graph/functions/index.ts";
import type { FunctionName } from "../graph/functions/texts.ts";
import { createRng } from "../tensor/rng.ts";
import { type Candidate, checkGradients, checkOutputs, makeSamples, readSamples } from "./check.ts";
import { samples } from "./fixtures/samples.ts";

const ours: Record<FunctionName, Candidate> = { f1, f2, f3, f4 };
const names = Object.keys(ours) as FunctionName[];

test.each(names)("%s passes both checks", (name) => {
  expect(checkGradients(name, ours[name], 1000, createRng(1))).toMatchObject({ passed: true, count: 1000 });
  expect(checkOutputs(name, ours[name], samples)).toMatchObject({ passed: true });
});

test("the samples of the package are what save-outputs writes", () => {
  expect(makeSamples(ours, 100, createRng(442))).toEqual(samples);
});

test.each(names)("a planted error in any gradient of %s is found and named", (name) => {
  const [, { length }] = ours[name](0.1, 0.2, 0.3, 1, 1, 1) as [number, number[]];
  for (let wrong = 0; wrong < length; wrong++) {
    const broken: Candidate = (...inputs) => {
      const [output, grads] = ours[name](...inputs) as [number, number[]];
      return [output, grads.map((grad, i) => (i === wrong ? grad * (1 + 1e-4) : grad))];
    };
    const { passed, finding } = checkGradients(name, broken, 200, createRng(1));
    expect(passed).toBe(false);
    expect(finding?.problem).toMatch(/^the gradient of \w+ is wrong$/);
    expect(finding!.got! / finding!.expected!).toBeCloseTo(1 + 1e-4, 7);
  }
});

test("a wrong output is found with its inputs", () => {
  const { finding } = checkOutputs("f2", (x) => [x === samples.f2!.inputs[7]![0] ? 3 : f2(x!)[0], [0]], samples);
  expect(finding).toMatchObject({ of: "output", got: 3, inputs: { x: samples.f2!.inputs[7]![0] } });
});

test.each<[string, Candidate, string]>([
  ["nothing", () => undefined, "expected [output, grads] with a number as output, got undefined"],
  ["a number", () => 3, "expected [output, grads] with a number as output, got a number"],
  ["no output", () => ["3", [1, 1]], "expected [output, grads] with a number as output, got an output of type string"],
  ["no list", () => [3, 1], "expected grads to be an array of 2, got a number"],
  ["too few", () => [3, [1]], "expected 2 gradients (s1, s2), got 1"],
  ["too many", () => [3, [1, 2, 3]], "expected 2 gradients (s1, s2), got 3"],
  ["a hole", () => [3, [1, null]], "expected the gradient of s2 to be a number, got null"],
  ["not a number", () => [3, [1, Number.NaN]], "the gradient of s2 is wrong"],
  ["a promise", async () => [3, [1, 2]], "expected [output, grads] with a number as output, got a promise"],
  ["an error", () => JSON.parse("{"), "threw SyntaxError: "],
])("a function that returns %s is a finding", (_, f, problem) => {
  const { passed, finding } = checkGradients("f3", f, 10, createRng(1));
  expect(passed).toBe(false);
  expect(finding!.problem).toContain(problem);
});

test("gradients may be a typed array", () => {
  const f: Candidate = (...inputs) => [
    f1(...(inputs as Parameters<typeof f1>))[0],
    new Float64Array(f1(...(inputs as Parameters<typeof f1>))[1]),
  ];
  expect(checkGradients("f1", f, 10, createRng(1))).toMatchObject({ passed: true });
});

test.each([
  [[], "expected an object of functions"],
  [{ f1: 3 }, 'expected "f1" to have "inputs"'],
  [{ f2: { inputs: [[1], [2]], outputs: [1] } }, '"f2" has 2 inputs and 1 outputs'],
  [{ "f3 (y=1)": { inputs: [[1, 2, 1]], outputs: [1] } }, 'expected rows of 2 inputs for "f3 (y=1)", got 3 in row 1'],
])("a sample file %j is refused", (value, problem) => {
  expect(() => readSamples(value, "samples.json")).toThrow(problem);
});

const shared = "../shared/data/backprop/backprop-data.json";
test("f1, f2 and f3 give the outputs of the course's sample file", (context) => {
  if (!existsSync(shared)) return context.skip(`${shared} is absent`);
  const samples = readSamples(JSON.parse(readFileSync(shared, "utf8")), shared);
  for (const name of ["f1", "f2", "f3"] as const) {
    const result = checkOutputs(name, ours[name], samples);
    expect(result).toMatchObject({ passed: true, count: name === "f3" ? 200 : 100 });
    expect(result.largestDifference).toBeLessThan(1e-14);
  }
});

import { describe, expect, test } from "vitest";
import { f4 } from "../graph/functions/index.ts";
import { createRng } from "../tensor/rng.ts";
import {
  type Candidate,
  type CheckPlan,
  coursePlans,
  evaluate,
  type Input,
  makePlan,
  type PlanSettings,
} from "./index.ts";
import { parameterNames } from "./parameter-names.ts";
import { drawPoints } from "./plan.ts";

const make = (name: string, inputs: string, f: Candidate, settings?: PlanSettings): ReturnType<typeof makePlan> =>
  makePlan(name, inputs === "" ? [] : inputs.split(" "), async (q) => evaluate(f, q), createRng(1), settings);
const swish: Candidate = (x) => [x! / (1 + Math.exp(-x!)), [0]];
const wide = (name: string): Input => ({ name, from: -1, to: 1 });

describe("functions of the course", () => {
  test("keep the course's ranges and tolerance, with the learner's names", async () => {
    const { inputs, tolerance } = (await make("f3", "a b c", () => 0)) as CheckPlan;
    expect(inputs).toEqual([
      { name: "a", from: 0, to: 1 },
      { name: "b", from: 0, to: 1 },
      { name: "c", from: 1, to: 2, isClass: true },
    ]);
    expect(tolerance).toBe(1e-8);
    expect(((await make("f1", "", () => 0)) as CheckPlan).inputs).toEqual(coursePlans.f1.inputs);
  });

  test("f4 is the course's with four inputs and three gradients, else the learner's own", async () => {
    expect(await make("f4", "x w b y", f4 as Candidate)).toEqual({ ...coursePlans.f4, remarks: [] });
    const four = (await make("f4", "x w b y", (x, w, b, y) => [x! + w! + b! + y!, [1, 1, 1, 1]])) as CheckPlan;
    expect(four.inputs).toEqual(["x", "w", "b", "y"].map(wide));
    expect(((await make("f4", "x", swish)) as CheckPlan).inputs).toEqual([wide("x")]);
  });

  test("f1 with inputs of its own is a function like any other", async () => {
    const plan = (await make("f1", "x w", (x, w) => [x! * w!, [w, x]])) as CheckPlan;
    expect(plan.inputs).toEqual(["x", "w"].map(wide));
  });
});

describe("any other function", () => {
  test("is tried from -1 to 1", async () => {
    expect(await make("swish", "x", swish)).toEqual({ inputs: [wide("x")], tolerance: 1e-8, remarks: [] });
  });

  test.each<[string, Candidate]>([
    ["is not finite", (x) => [Math.log(x!), [1 / x!]]],
    ["throws", (x) => (x! < 0 ? JSON.parse("{") : [Math.sqrt(x!), [0.5 / Math.sqrt(x!)]])],
    ["has a gradient that is not finite", (x) => [0, [Math.sqrt(x!)]]],
  ])("is drawn from 0.1 to 1, with a remark, where it %s below 0", async (_, f) => {
    expect(await make("g", "x", f)).toMatchObject({
      inputs: [{ name: "x", from: 0.1, to: 1 }],
      remarks: ["g throws or is not finite for some inputs between -1 and 1, so they are drawn from 0.1 to 1"],
    });
  });

  test("that is finite nowhere keeps its range, for the check to find out", async () => {
    expect(await make("g", "x", () => [Number.NaN, [1]])).toMatchObject({ inputs: [wide("x")] });
  });

  test("that throws everywhere, or tells no inputs, cannot be checked", async () => {
    const finding = await make("g", "x", () => JSON.parse("{"));
    expect(finding).toMatchObject({
      problem: expect.stringMatching(/^threw SyntaxError/),
      inputs: { x: expect.any(Number) },
    });
    expect(await make("g", "", () => [1, []])).toEqual({
      problem: "expected named parameters, one per input, got none",
    });
  });

  test("is called no more after it did not come back", async () => {
    let calls = 0;
    const evaluateOnce = async () => ({ problem: "ended the process", ended: true, point: 0, calls: calls++ }) as const;
    expect(await makePlan("g", ["x"], evaluateOnce, createRng(1))).toMatchObject({ problem: "ended the process" });
    expect(calls).toBe(1);
  });
});

describe("class numbers", () => {
  const hinge: Candidate = (s, t, y) => [y === 1 ? t! - s! : s! - t!, y === 1 ? [-1, 1] : [1, -1]];
  const y = { name: "y", from: 1, to: 2, isClass: true };

  test("a last input y without gradient is one, with a remark", async () => {
    expect(await make("hinge", "s t y", hinge)).toMatchObject({
      inputs: [wide("s"), wide("t"), y],
      remarks: ["hinge returns no gradient for y, so y is treated as a class number, 1 or 2"],
    });
  });

  test("a last input y with a gradient, and a missing gradient of any other, are none", async () => {
    const real = (await make("g", "x y", (x, y) => [x! * y!, [y, x]])) as CheckPlan;
    expect(real.inputs).toEqual([wide("x"), wide("y")]);
    const forgotten = (await make("g", "x w", (x, w) => [x! * w!, [w]])) as CheckPlan;
    expect(forgotten.inputs).toEqual([wide("x"), wide("w")]);
  });

  test("any input can be declared one, with its number of classes", async () => {
    const plan = await make("hinge", "s t k", hinge, { classes: { k: 5 } });
    expect(plan).toMatchObject({
      inputs: [wide("s"), wide("t"), { name: "k", from: 1, to: 5, isClass: true }],
      remarks: [],
    });
  });
});

test("ranges by name, and for all that are not named", async () => {
  const f: Candidate = (a, b, c) => [a! + b! + c!, [1, 1, 1]];
  const plan = await make("g", "a b c", f, { ranges: { b: [2, 3], "": [-6, 6] } });
  expect(plan).toMatchObject({
    inputs: [
      { name: "a", from: -6, to: 6 },
      { name: "b", from: 2, to: 3 },
      { name: "c", from: -6, to: 6 },
    ],
  });
});

test("points fill their ranges; class numbers are whole, and both ends occur", () => {
  const inputs: Input[] = [
    { name: "x", from: -3, to: 5 },
    { name: "y", from: 1, to: 3, isClass: true },
  ];
  const points = drawPoints({ inputs, tolerance: 1 }, 2000, createRng(1));
  const column = (i: number): number[] => [...points].filter((_, at) => at % 2 === i);
  expect(Math.min(...column(0))).toBeLessThan(-2.9);
  expect(Math.min(...column(0))).toBeGreaterThanOrEqual(-3);
  expect(Math.max(...column(0))).toBeGreaterThan(4.9);
  expect(Math.max(...column(0))).toBeLessThan(5);
  expect(new Set(column(1))).toEqual(new Set([1, 2, 3]));
});

test.each([
  ["function f(x, w) {}", 2, "x w"],
  ["function(x1,\n  w1 /* the weight, (1) */, // and\n b) {}", 3, "x1 w1 b"],
  ["(x, beta = 1) => x", 1, "x"],
  ["x => x", 1, "x"],
  ["async x => x", 1, "x"],
  ["async (x) => x", 1, "x"],
  ["$ => $", 1, "$"],
  ["async function* f(größe) {}", 1, "größe"],
  ["({ a, b }, c) => a", 2, "x1 x2"],
  ["function f() { [native code] }", 2, "x1 x2"],
  ["", 1, "x1"],
])("the parameters of %s", (code, count, names) => {
  expect(parameterNames(code, count).join(" ")).toBe(names);
});

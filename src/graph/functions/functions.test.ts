import fc from "fast-check";
import { expect, test } from "vitest";
import { compareWithExact, Exact, exact } from "../exact.cases.ts";
import { anyNumber } from "../expressions.cases.ts";
import { graph } from "../graph.ts";
import { f1, f2, f3, f4 } from "./index.ts";
import { type FunctionName, functionTexts } from "./texts.ts";

const functions: Record<FunctionName, (...inputs: number[]) => [number, number[]]> = { f1, f2, f3, f4 };
const names = Object.keys(functions) as FunctionName[];
const inputNames: Record<FunctionName, string> = { f1: "x1 w1 x2 w2 b y", f2: "x", f3: "s1 s2 y", f4: "x w b y" };

test("examples worked by hand", () => {
  expect(f1(1, 2, 3, 4, 5, 6)).toEqual([169, [52, 26, 104, 78, 26, -26]]); // (2 + 12 + 5 − 6)² = 13²
  expect(f2(0)).toEqual([0, [1]]); // tanh 0 = 0, with slope 1
  expect(f3(0, 0, 1)).toEqual([Math.log(2), [-0.5, 0.5]]); // two equal scores
  const [loss, [gradX, gradW, gradB]] = f4(2, 0, 0, 1); // z = 0, so q = p = ½ and L = −(½)² ln ½
  expect(loss).toBeCloseTo(0.25 * Math.log(2), 15);
  // dL/dq = 2 (1 − q) ln q − (1 − q)² / q = −ln 2 − ½, and dq/dz = ¼
  expect(gradB).toBeCloseTo(-0.25 * (Math.log(2) + 0.5), 15);
  expect(gradW).toBeCloseTo(-0.5 * (Math.log(2) + 0.5), 15);
  expect(gradX).toBeCloseTo(0, 15);
});

test("far out, where a square of exp overflows: the gradients are those of the limit", () => {
  for (const x of [178, 200, 354]) expect(f2(x)).toEqual([1, [0]]);
  for (const x of [-178, -200, -700]) expect(f2(x)).toEqual([-1, [expect.closeTo(0, 12)]]);
  expect(f2(355)).toEqual([Number.NaN, [Number.NaN]]); // exp(710) is Infinity
  expect(f3(400, 0, 1).flat()).toEqual([0, 0, 0].map((zero) => expect.closeTo(zero, 12)));
  const [loss, grads] = f3(0, 400, 1);
  expect(loss).toBeCloseTo(400, 10);
  expect(grads).toEqual([expect.closeTo(-1, 12), expect.closeTo(1, 12)]);
  // as wrong as can be: q = exp(−700), so L = −log(q) = 700, and 1 more for every unit of z in the wrong direction
  expect(f4(1, -700, 0, 1)).toEqual([expect.closeTo(700, 10), [700, -1, -1].map((grad) => expect.closeTo(grad, 10))]);
  expect(f4(1, 700, 0, 2)).toEqual([expect.closeTo(700, 10), [700, 1, 1].map((grad) => expect.closeTo(grad, 10))]);
  for (const y of [1, 2]) for (const zero of f4(1, y === 1 ? 700 : -700, 0, y).flat()) expect(zero).toBeCloseTo(0, 12);
  const [p, { x, y }] = graph("exp(x) / (exp(x) + exp(y))").evaluate({ x: 355, y: 354 }) as [
    number,
    Record<"x" | "y", number>,
  ];
  expect(p).toBeCloseTo(1 / (1 + Math.exp(-1)), 14);
  expect([x, y]).toEqual([expect.closeTo(p * (1 - p), 14), expect.closeTo(-p * (1 - p), 14)]); // 0.197
});

test.each(names)("%s by hand and as a graph agree to the last bit", (name) => {
  const g = graph(functionTexts[name]);
  expect(g.inputs.join(" ")).toBe(inputNames[name]);
  expect(g.toString()).toBe(functionTexts[name]);
  const run = g.compile();
  const copied = g.withCopies().compile();
  const agree = (inputs: number[]): void => {
    const expected = String(functions[name](...inputs)); // all digits, but −0 is 0
    expect([String(run(...inputs)), String(copied(...inputs))]).toEqual([expected, expected]);
  };
  fc.assert(fc.property(inputsOf(name, anyNumber), agree), { numRuns: 300 });
  fc.assert(fc.property(inputsOf(name, fc.double({ min: -5, max: 5, noNaN: true })), agree), { numRuns: 300 });
});

test.each(names)("every step of %s is that of 60-digit arithmetic, at inputs of any size", (name) => {
  const { structure } = graph(functionTexts[name]);
  let all = 0;
  const check = (inputs: number[]): void => {
    const { compared, wrong } = compareWithExact(structure, inputs);
    expect(wrong).toBeUndefined();
    all += compared;
  };
  fc.assert(fc.property(inputsOf(name, anyNumber), check), { numRuns: 300 });
  fc.assert(fc.property(inputsOf(name, fc.double({ min: -340, max: 340, noNaN: true })), check), { numRuns: 300 });
  expect(all).toBeGreaterThan(2000);
});

/** The functions in 60-digit arithmetic, in closed form. */
const formulas: Record<string, (x: number[]) => readonly ReturnType<typeof exact>[]> = {
  f2: ([x]) => {
    const e = exact(2 * x!).exp();
    return [e.minus(1).div(e.plus(1)), e.times(4).div(e.plus(1).pow(2))];
  },
  f3: ([s1, s2, y]) => {
    const [e1, e2] = [exact(s1!).exp(), exact(s2!).exp()];
    const [p1, p2] = [e1.div(e1.plus(e2)), e2.div(e1.plus(e2))];
    return [(y === 1 ? p1 : p2).ln().neg(), p1.minus(y === 1 ? 1 : 0), p2.minus(y === 2 ? 1 : 0)];
  },
  f4: ([x, w, b, y]) => {
    const side = y === 1 ? 1 : -1;
    const q = Exact.div(
      1,
      exact(x! * w! + b!)
        .times(-side)
        .exp()
        .plus(1),
    );
    const m = exact(1).minus(q);
    const slope = q.times(2).times(q.ln()).minus(m).times(m.pow(2)).times(side); // dL/dz, as dq/dz = ± q (1 − q)
    return [m.pow(2).times(q.ln()).neg(), slope.times(w!), slope.times(x!), slope];
  },
};

test.each(["f2", "f3", "f4"] as const)("%s is its closed form, up to where exp leaves the range", (name) => {
  const reach = { f2: 340, f3: 340, f4: 26 }[name]; // f4 multiplies two of them
  fc.assert(
    fc.property(inputsOf(name, fc.double({ min: -reach, max: reach, noNaN: true })), (inputs) => {
      const [output, grads] = functions[name](...inputs);
      const expected = formulas[name]!(inputs);
      for (const [i, got] of [output, ...grads].entries())
        expect(expected[i]!.minus(exact(got)).abs().toNumber()).toBeLessThan(
          1e-12 * Math.max(1, expected[i]!.abs().toNumber()),
        );
    }),
    { numRuns: 500 },
  );
});

/** Random numbers for all inputs, but a class for the selector y of f3 and f4. */
function inputsOf(name: FunctionName, number: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  const isSelector = (input: string): boolean => input === "y" && name !== "f1";
  const inputs = inputNames[name].split(" ");
  return fc.tuple(...inputs.map((input) => (isSelector(input) ? fc.integer({ min: 1, max: 2 }) : number)));
}

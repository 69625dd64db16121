import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../tensor/rng.ts";
import { compareWithExact } from "./exact.cases.ts";
import { anyNumber, difference, expectSameInLatex } from "./expressions.cases.ts";
import { Graph, graph } from "./graph.ts";
import { type OperatorName, operators } from "./operators.ts";
import type { Value } from "./trace.ts";
import { traceGraph } from "./trace.ts";

/** Small graphs for a row of the table, built from the row alone but for the constants. */
function graphsOf(name: OperatorName): Graph[] {
  const { kind } = operators[name];
  const texts: Partial<Record<OperatorName, string[]>> = {
    addConstant: ["x + 1.5"],
    constantSub: ["1.5 - x"],
    mulConstant: ["-2.5 * x"],
    pow: ["x ^ 2.5", "x ^ 3", "x ^ 0.5", "x ^ -0.5", "x ^ -1", "x ^ -2", "x ^ 7"],
    choose: ["choose(p1, p2, p3, y)"],
  };
  if (kind === "binary") return [graph(`${name}(a, b)`)];
  if (kind === "unary") return [new Graph(traceGraph((x) => (x[name as "exp"] as () => Value)()))];
  return texts[name]!.map((text) => graph(text));
}

describe.each(Object.keys(operators) as OperatorName[])("%s", (name) => {
  const graphs = graphsOf(name);
  const [g] = graphs as [Graph];
  const rng = createRng(442);
  const points = Array.from({ length: 50 }, () =>
    Object.fromEntries(g.inputs.map((input) => [input, input === "y" ? rng.integer(1, 3) : 0.1 + rng.uniform() * 2])),
  );

  test("is the operator of its graph", () => {
    for (const { values } of graphs) expect(values.at(-1)!.operator).toBe(name);
  });

  test("its derivatives are central differences", () => {
    const run = g.compile();
    for (const inputs of points) {
      const [, grads] = g.evaluate(inputs);
      for (const input of g.differentiable) {
        const x = Object.values(inputs);
        const numeric = difference((at) => run(...at)[0], x, g.inputs.indexOf(input));
        expect(Math.abs(grads[input]! - numeric!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(numeric!)));
      }
    }
  });

  test.each(
    graphs.map((one) => [String(one), one] as const),
  )("%s is right wherever doubles have room for the result, for gradients of any size", (_, { structure }) => {
    let all = 0;
    const values = fc.tuple(...g.inputs.map((input) => (input === "y" ? fc.integer({ min: 1, max: 3 }) : anyNumber)));
    fc.assert(
      fc.property(values, anyNumber, (inputs, gradOut) => {
        const { compared, wrong } = compareWithExact(structure, inputs, gradOut);
        expect(wrong).toBeUndefined();
        all += compared;
      }),
      { numRuns: 120 },
    );
    expect(all).toBeGreaterThan(120);
  });

  test("the compiled code, the interpreter and the table agree to the last bit", () => {
    for (const one of graphs) {
      const run = one.compile();
      const interpret = one.compile({ interpret: true });
      for (const inputs of points) expect(run(...Object.values(inputs))).toEqual(interpret(...Object.values(inputs)));
    }
  });

  test("its LaTeX gives the same numbers", () => {
    for (const one of graphs) for (const inputs of points.slice(0, 10)) expectSameInLatex({ g: one, inputs });
  });

  test("its text reads back, its drawing and its code have no letter left over", () => {
    for (const one of graphs) {
      expect(graph(one.toString()).structure).toEqual(one.structure);
      one.forward(points[0]!);
      one.backward();
      const steps = one.steps().map(({ text }) => text);
      const codes = (["typescript", "python", "latex"] as const).map((language) => one.toSource(language));
      for (const text of [one.toSvg(), one.toDot(), ...codes, ...steps]) expect(text).not.toMatch(/\$|undefined|NaN/);
    }
  });
});

test.each([
  ["max(a, b)", { a: 2, b: 2 }, 2, { a: 1, b: 0 }],
  ["min(a, b)", { a: 2, b: 2 }, 2, { a: 1, b: 0 }],
  ["max(a, b)", { a: 0, b: -0 }, 0, { a: 1, b: 0 }],
  ["max(b, a)", { b: 1, a: 3 }, 3, { b: 0, a: 1 }],
  ["min(b, a)", { b: 1, a: 3 }, 1, { b: 1, a: 0 }],
  ["max(x, x)", { x: 5 }, 5, { x: 1 }],
  ["max(x, 0)", { x: 0 }, 0, { x: 1 }], // the first, unlike relu
  ["max(0, x)", { x: 0 }, 0, { x: 0 }],
  ["relu(x)", { x: 0 }, 0, { x: 0 }],
  ["relu(x)", { x: -0 }, 0, { x: 0 }],
  ["abs(x)", { x: 0 }, 0, { x: 0 }],
  ["abs(x)", { x: -3 }, 3, { x: -1 }],
  ["x ^ 2", { x: 0 }, 0, { x: 0 }],
  ["x ^ 3", { x: 0 }, 0, { x: 0 }],
  ["x ^ 1.5", { x: 0 }, 0, { x: 0 }],
  ["x ^ 1", { x: 0 }, 0, { x: 1 }],
  ["x ^ 0.5", { x: 0 }, 0, { x: Number.POSITIVE_INFINITY }],
  ["x ^ -1", { x: 0 }, Number.POSITIVE_INFINITY, { x: Number.NEGATIVE_INFINITY }],
  ["x ^ 0.5", { x: -4 }, Number.NaN, { x: Number.NaN }],
  ["x ^ 3", { x: -2 }, -8, { x: 12 }],
  ["x ^ -3", { x: -2 }, -1 / 8, { x: -3 / 16 }],
  ["sqrt(x)", { x: 0 }, 0, { x: Number.POSITIVE_INFINITY }],
  ["log(x)", { x: 0 }, Number.NEGATIVE_INFINITY, { x: Number.POSITIVE_INFINITY }],
  ["exp(x)", { x: 710 }, Number.POSITIVE_INFINITY, { x: Number.POSITIVE_INFINITY }],
  ["tanh(x)", { x: 1e300 }, 1, { x: 0 }],
  ["sigmoid(x)", { x: -1e300 }, 0, { x: 0 }],
  ["x / y", { x: 0, y: 1e-200 }, 0, { x: 1e200, y: 0 }],
])("kinks, ties and edges: %s at %j", (text, inputs, output, grads) => {
  const g = graph(text);
  const plus = (x: number): number => x + 0; // −0 is 0
  for (const one of [g, g.withCopies()]) {
    const [value, found] = one.evaluate(inputs as Record<string, number>);
    expect([plus(value), Object.entries(found).map(([name, grad]) => [name, plus(grad)])]).toEqual([
      output,
      Object.entries(grads),
    ]);
  }
  if (Object.values({ output, ...grads }).every(Number.isFinite))
    expectSameInLatex({ g, inputs: inputs as Record<string, number> });
});

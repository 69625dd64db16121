import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../tensor/rng.ts";
import { compareWithExact } from "./exact.cases.ts";
import { anyNumber, difference } from "./expressions.cases.ts";
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
      { numRuns: 300 },
    );
    expect(all).toBeGreaterThan(300);
  });

  test("the compiled code, the interpreter and the table agree to the last bit", () => {
    for (const one of graphs) {
      const run = one.compile();
      const interpret = one.compile({ interpret: true });
      for (const inputs of points) expect(run(...Object.values(inputs))).toEqual(interpret(...Object.values(inputs)));
    }
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

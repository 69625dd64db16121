import { describe, expect, test } from "vitest";
import { createRng } from "../tensor/rng.ts";
import { difference } from "./expressions.cases.ts";
import { Graph, graph } from "./graph.ts";
import { type OperatorName, operators } from "./operators.ts";
import type { Value } from "./trace.ts";
import { traceGraph } from "./trace.ts";

/** One small graph per row of the table, built from the row alone. */
function graphOf(name: OperatorName): Graph {
  const { kind } = operators[name];
  const text = { addConstant: "x + 1.5", constantSub: "1.5 - x", mulConstant: "-2.5 * x", pow: "x ^ 2.5" }[
    name as "pow"
  ];
  if (kind === "constant") return graph(text ?? `no example of ${name}`);
  if (kind === "choose") return graph("choose(p1, p2, p3, y)");
  if (kind === "binary") return graph(`${name}(a, b)`);
  return new Graph(traceGraph((x) => (x[name as "exp"] as () => Value)()));
}

describe.each(Object.keys(operators) as OperatorName[])("%s", (name) => {
  const g = graphOf(name);
  const rng = createRng(442);
  const points = Array.from({ length: 50 }, () =>
    Object.fromEntries(g.inputs.map((input) => [input, input === "y" ? rng.integer(1, 3) : 0.1 + rng.uniform() * 2])),
  );

  test("is the operator of its graph", () => {
    expect(g.values.at(-1)!.operator).toBe(name);
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

  test("the compiled code, the interpreter and the table agree to the last bit", () => {
    const run = g.compile();
    const interpret = g.compile({ interpret: true });
    for (const inputs of points) expect(run(...Object.values(inputs))).toEqual(interpret(...Object.values(inputs)));
  });

  test("its text reads back, its drawing and its code have no letter left over", () => {
    expect(graph(g.toString()).structure).toEqual(g.structure);
    g.forward(points[0]!);
    g.backward();
    const steps = g.steps().map(({ text }) => text);
    for (const text of [
      g.toSvg(),
      g.toDot(),
      ...(["typescript", "python", "latex"] as const).map((l) => g.toSource(l)),
    ])
      expect(text).not.toMatch(/\$|undefined|NaN/);
    expect(steps.join("\n")).not.toMatch(/\$|undefined|NaN/);
  });
});

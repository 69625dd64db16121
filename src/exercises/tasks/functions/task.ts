import { f1, f2, f3 } from "../../../graph/functions/index.ts";
import { type Graph, graph } from "../../../graph/index.ts";
import type { Rng } from "../../../tensor/index.ts";
import { compareValues } from "../../grading.ts";
import type { Ask, Value } from "../../program.ts";
import { type Check, type Finding, type Mistake, type Task, variants } from "../../task.ts";
import { between } from "../numbers.ts";

type Result = [output: number, grads: number[]];
const alter = (result: readonly [number, readonly number[]], change: (grads: number[]) => void): Result => {
  const grads = [...result[1]];
  change(grads);
  return [result[0], grads];
};

function scalarCheck(
  name: string,
  inputs: readonly string[],
  draw: (rng: Parameters<Check["cases"]>[0]) => number[],
  points: readonly [output: number, perGradient: number],
  mistakes: readonly Mistake[],
): Check {
  const parts = [
    { name: "output", points: points[0], at: "0.0" },
    ...inputs.map((input, i) => ({ name: `gradient of ${input}`, points: points[1], at: `0.1.${i}` })),
  ];
  return {
    name,
    parts,
    mistakes,
    cases: (rng) =>
      Array.from({ length: 6 }, () => {
        const args = draw(rng);
        return { given: `${name}(${args.join(", ")})`, steps: [{ call: name, args }] };
      }),
  };
}

const f1Mistakes: readonly Mistake[] = [
  {
    id: "square-not-doubled",
    says: "the derivative of d² is 2·d, not d",
    module: {
      f1: (...x: Parameters<typeof f1>) => alter(f1(...x), (g) => g.forEach((value, i) => (g[i] = value / 2))),
    },
  },
  {
    id: "output-squared-in-gradient",
    says: "the gradient of d² needs d, which backward takes from the forward pass, not the output d² itself",
    module: {
      f1: (...x: Parameters<typeof f1>) => {
        const d = x[0] * x[1] + x[2] * x[3] + x[4] - x[5];
        return alter(f1(...x), (g) => g.forEach((value, i) => (g[i] = value * d)));
      },
    },
  },
  {
    id: "difference-sign",
    says: "y is subtracted, so its gradient has the opposite sign",
    module: { f1: (...x: Parameters<typeof f1>) => alter(f1(...x), (g) => (g[5] = -g[5]!)) },
  },
  {
    id: "product-not-swapped",
    says: "the gradient of a product's one factor is the other factor times the gradient that comes in",
    module: {
      f1: (...x: Parameters<typeof f1>) => {
        const [x1, w1, x2, w2, b, y] = x;
        const g = 2 * (x1 * w1 + x2 * w2 + b - y);
        return alter(f1(...x), (grads) => grads.splice(0, 4, g * x1, g * w1, g * x2, g * w2));
      },
    },
  },
  {
    id: "upstream-forgotten",
    says: "multiply by the gradient that comes in from above: a local derivative alone is only the last link of the chain",
    module: {
      f1: (...x: Parameters<typeof f1>) => {
        const [x1, w1, x2, w2] = x;
        return alter(f1(...x), (grads) => grads.splice(0, 6, w1, x1, w2, x2, 1, -1));
      },
    },
  },
];

const f2Mistakes: readonly Mistake[] = [
  ...variants(
    "used-twice-counted-once",
    "exp(2x) is used twice, above and below the fraction: its gradient is the sum of both branches; one is missing",
    {
      f2: (x: number) => {
        const e = Math.exp(2 * x);
        return [f2(x)[0], [(2 * e) / (e + 1)]];
      },
    },
    {
      f2: (x: number) => {
        const e = Math.exp(2 * x);
        return [f2(x)[0], [(-2 * e * (e - 1)) / (e + 1) ** 2]];
      },
    },
  ),
  {
    id: "inner-factor-forgotten",
    says: "exp(2x) has the inner derivative 2",
    module: { f2: (x: number) => alter(f2(x), (g) => (g[0] = g[0]! / 2)) },
  },
  {
    id: "quotient-sign",
    says: "the gradient of a fraction's denominator is negative",
    module: {
      f2: (x: number) => {
        const e = Math.exp(2 * x);
        return [f2(x)[0], [(2 * e) / (e + 1) + (2 * e * (e - 1)) / (e + 1) ** 2]];
      },
    },
  },
  {
    id: "exp-derivative",
    says: "the derivative of exp is exp itself: multiply by e, the value of the forward pass",
    module: {
      f2: (x: number) => {
        const e = Math.exp(2 * x);
        return alter(f2(x), (g) => (g[0] = g[0]! / e));
      },
    },
  },
];

const f3Mistakes: readonly Mistake[] = [
  {
    id: "one-hot-forgotten",
    says: "the right class's gradient is p − 1: subtract the one-hot target from the probabilities",
    module: {
      f3: (s1: number, s2: number, y: number) => {
        const p1 = 1 / (1 + Math.exp(s2 - s1));
        return [f3(s1, s2, y)[0], [p1, 1 - p1]];
      },
    },
  },
  {
    id: "gradient-sign",
    says: "the loss is minus the logarithm: every gradient has the opposite sign",
    module: {
      f3: (s1: number, s2: number, y: number) => alter(f3(s1, s2, y), (g) => g.forEach((value, i) => (g[i] = -value))),
    },
  },
  {
    id: "label-off-by-one",
    says: "y is 1 or 2, not 0 or 1: the other class's probability was taken",
    module: { f3: (s1: number, s2: number, y: number) => f3(s1, s2, 3 - y) },
  },
  {
    id: "log-sign",
    says: "the loss is −log(p): the minus is missing",
    module: { f3: (s1: number, s2: number, y: number) => [-f3(s1, s2, y)[0], f3(s1, s2, y)[1].map((g) => -g)] },
  },
  {
    id: "always-first-class",
    says: "the loss is that of class y: y is not looked at",
    module: { f3: (s1: number, s2: number) => f3(s1, s2, 1) },
  },
];

const ownParts = [
  { name: "graph", points: 2, at: "0" },
  { name: "output", points: 3, at: "0" },
  { name: "gradients", points: 5, at: "0" },
];
const fewestOperators = 5;

/** The learner's own graph: its text says what f4 must compute. */
async function examineOwn(ask: Ask, rng: Rng): Promise<Finding[]> {
  const read = await ask([{ read: "ownGraph" }]);
  const text = read.results[0];
  if (read.problem !== undefined) return [{ part: "all", problem: read.problem }];
  if (typeof text !== "string" || text.trim() === "")
    return [{ part: "all", problem: "ownGraph: not implemented yet; write the expression of your graph as a text" }];
  let own: Graph;
  try {
    own = graph(text);
  } catch (error) {
    return [{ part: "all", problem: `ownGraph cannot be read: ${(error as Error).message}` }];
  }
  const findings: Finding[] = [];
  const operators = own.values.filter(({ operator }) => operator !== undefined).length;
  if (operators < fewestOperators)
    findings.push({
      part: "graph",
      problem: `expected at least ${fewestOperators} operators, got ${operators} in ${text}`,
    });
  if (own.differentiable.length < own.inputs.length)
    findings.push({ part: "graph", problem: "expected inputs with a gradient only, not class numbers" });
  for (let tried = 0; tried < 20 && findings.every(({ part }) => part === "graph"); tried++) {
    const args = own.inputs.map(() => between(rng, 0.2, 1.5));
    const inputs = Object.fromEntries(own.inputs.map((name, i) => [name, args[i]!]));
    const output = own.forward(inputs);
    const grads = own.backward();
    const right = own.inputs.map((name) => Number(grads[name]));
    if (![output, ...right].every(Number.isFinite)) continue;
    const given = `f4(${args.join(", ")}), inputs ${own.inputs.join(", ")}`;
    const { results, problem } = await ask([{ call: "f4", args }]);
    if (problem !== undefined)
      return [
        { part: "output", given, problem },
        { part: "gradients", given, problem },
      ];
    const [found, foundGrads] = (results[0] ?? []) as [Value, Value];
    const wrong = compareValues(found, output);
    if (wrong) findings.push({ part: "output", given, ...wrong });
    const wrongGrads = compareValues(foundGrads, right);
    if (wrongGrads) findings.push({ part: "gradients", given, ...wrongGrads });
  }
  return findings;
}

export const functions: Task = {
  name: "functions",
  title: "Three functions and one of your own",
  part: "graphs",
  file: "backprop/functions.ts",
  reference: { f1, f2, f3 },
  checks: [
    scalarCheck(
      "f1",
      ["x1", "w1", "x2", "w2", "b", "y"],
      (rng) => Array.from({ length: 6 }, () => between(rng, -2, 2)),
      [2, 0.5],
      f1Mistakes,
    ),
    scalarCheck("f2", ["x"], (rng) => [between(rng, -1.5, 1.5)], [2, 3], f2Mistakes),
    scalarCheck(
      "f3",
      ["s1", "s2"],
      (rng) => [between(rng, -2, 2), between(rng, -2, 2), rng.integer(1, 2)],
      [2, 1.5],
      f3Mistakes,
    ),
    { name: "f4", parts: ownParts, mistakes: [], cases: () => [], examine: examineOwn },
  ],
};

/** Random expressions and numbers for property tests and fuzzing, and what must hold for each of them. */
import fc from "fast-check";
import { FormatError } from "../errors.ts";
import { compareWithExact } from "./exact.cases.ts";
import { type Graph, graph } from "./graph.ts";
import { runBackward } from "./interpret.ts";
import { evaluateLatex } from "./latex.cases.ts";
import { latexName } from "./latex.ts";
import { operators } from "./operators.ts";
import type { Structure } from "./structure.ts";

const unary = "neg square sqrt exp log sin cos tanh sigmoid relu abs copy".split(" ");
const binary = ["+", "-", "*", "/"];
const exponents = [-2, -1, -0.5, 0.5, 2, 3];

function expression(depth: number): fc.Arbitrary<string> {
  const leaf = fc.oneof(
    fc.constantFrom("x", "y", "z"),
    fc.integer({ min: -300, max: 300 }).map((hundredths) => `(${hundredths / 100})`),
  );
  if (depth === 0) return leaf;
  const sub = expression(depth - 1);
  return fc.oneof(
    { weight: 1, arbitrary: leaf },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...unary), sub).map(([name, a]) => `${name}(${a})`) },
    { weight: 4, arbitrary: fc.tuple(sub, fc.constantFrom(...binary), sub).map(([a, o, b]) => `(${a} ${o} ${b})`) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom("min", "max"), sub, sub).map(([n, a, b]) => `${n}(${a}, ${b})`) },
    { weight: 1, arbitrary: fc.tuple(sub, fc.constantFrom(...exponents)).map(([a, k]) => `(${a}) ^ ${k}`) },
    { weight: 1, arbitrary: fc.tuple(sub, sub).map(([a, b]) => `choose(${a}, ${b}, c)`) },
  );
}

/** From 1e-300 to 1e300 and their negatives, evenly by exponent and closer around 1; and 0. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1) },
  { weight: 6, arbitrary: magnitudes(300) },
  { weight: 8, arbitrary: magnitudes(3) },
);

function magnitudes(exponent: number): fc.Arbitrary<number> {
  const digits = fc.double({ min: 1, max: 10, maxExcluded: true, noNaN: true });
  return fc
    .tuple(fc.boolean(), digits, fc.integer({ min: -exponent, max: exponent - 1 }))
    .map(([isNegative, d, e]) => (isNegative ? -1 : 1) * d * 10 ** e);
}

export interface GraphWithInputs {
  readonly g: Graph;
  readonly inputs: Readonly<Record<string, number>>;
}

/** Graphs of random expressions to depth 8, with numbers of any size for their inputs. */
export const graphsWithInputs: fc.Arbitrary<GraphWithInputs> = withInputs(anyNumber);

/** The same with numbers between 0.1 and 2, at which every value is a moderate number. */
export const moderateGraphs: fc.Arbitrary<GraphWithInputs> = withInputs(
  fc.integer({ min: -1900, max: 1900 }).map((thousandths) => thousandths / 1000 + (thousandths < 0 ? -0.1 : 0.1)),
).filter(({ g, inputs }) => {
  g.forward(inputs);
  g.backward();
  const isModerate = (value: number | "none"): boolean => value === "none" || Math.abs(value) < 1e4;
  return g.values.every(({ value, grad }) => isModerate(value) && isModerate(grad));
});

function withInputs(number: fc.Arbitrary<number>): fc.Arbitrary<GraphWithInputs> {
  const values = fc.record({ x: number, y: number, z: number, c: fc.integer({ min: 1, max: 2 }) });
  return fc
    .tuple(fc.integer({ min: 1, max: 8 }).chain(expression), values)
    .map(([text, numbers]) => {
      const g = tryGraph(`${text} + x`);
      return { g: g!, inputs: Object.fromEntries((g?.inputs ?? []).map((name) => [name, numbers[name as "x"]])) };
    })
    .filter(({ g }) => g !== undefined);
}

function tryGraph(text: string): Graph | undefined {
  try {
    return graph(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined; // numbers among themselves gave 1/0 or the like
    throw error;
  }
}

/** Compiled code, the interpreter, the passes and the generated TypeScript agree to the last bit, with and without copies. */
export function expectOneAnswer({ g, inputs }: GraphWithInputs): void {
  const x = Object.values(inputs);
  const expected = g.compile()(...x);
  for (const one of [g, g.withCopies()]) {
    const answers = [
      one.compile()(...x),
      one.compile({ interpret: true })(...x),
      [one.forward(inputs), Object.values(one.backward())],
      run(one.toSource("typescript"))(...x),
    ];
    const same = (a: unknown): boolean => String(a) === String(expected); // NaN is NaN, −0 is 0
    if (!answers.every(same)) throw new Error(`${g} at ${x}: ${answers.join(" | ")}`);
  }
}

/** Generated TypeScript as a function: types stand in its first line only. */
export function run(typescript: string): (...inputs: number[]) => [number, number[]] {
  const javascript = typescript.replace(/^export function f\((.*)\): \[.*\] \{/, (_, parameters: string) => {
    return `return function (${parameters.replaceAll(": number", "")}) {`;
  });
  return new Function(javascript)();
}

/** The values and gradients at every operator are those of 60-digit arithmetic. @returns how many were compared */
export function expectExact({ g, inputs }: GraphWithInputs): number {
  const { compared, wrong } = compareWithExact(g.structure, Object.values(inputs));
  if (wrong !== undefined) throw new Error(`${g} at ${Object.values(inputs)}: ${wrong}`);
  return compared;
}

/** The derivation as LaTeX, evaluated as it stands, gives the numbers of the graph. */
export function expectSameInLatex({ g, inputs }: GraphWithInputs): void {
  const [output, grads] = g.evaluate(inputs);
  const named = Object.entries(inputs).map(([name, value]) => [latexName(name), value] as const);
  const found = evaluateLatex(g.toSource("latex"), Object.fromEntries(named));
  const L = latexName(g.output);
  const close = (what: string, value: number): void => {
    const got = found.get(what);
    if (got === undefined || !(Math.abs(got - value) <= 1e-9 * Math.max(1, Math.abs(value))))
      throw new Error(`${g} at ${Object.values(inputs)}: ${what} is ${value}, in LaTeX ${got}`);
  };
  close(L, output);
  for (const [name, grad] of Object.entries(grads)) close(`\\frac{\\partial ${L}}{\\partial ${latexName(name)}}`, grad);
}

/** A program that reads `[{source, inputs}]` and prints `[[output, …grads] or the name of an error]`. */
export const pythonRunner = `
import json, sys
results = []
for case in json.load(sys.stdin):
    scope = {}
    exec(case["source"], scope)
    try:
        output, grads = scope["f"](*map(float, case["inputs"]))
        results.append([str(value) for value in [output, *grads]])
    except (ArithmeticError, ValueError) as error:
        results.append(type(error).__name__)
print(json.dumps(results))`;

/**
 * Where every value and gradient is finite, Python gives the same numbers, but for the last digits of its exp, sin and so
 * on; where it does not, it raises an error or gives a number that is not finite.
 */
export function expectSameInPython({ g, inputs }: GraphWithInputs, result: readonly string[] | string): void {
  const x = Object.values(inputs);
  const [output, grads] = g.compile()(...x);
  g.forward(inputs);
  g.backward();
  const areFinite = g.values.every(({ value, grad }) => [value, grad].every((v) => v === "none" || Number.isFinite(v)));
  if (!areFinite) return;
  const expected = [output, ...grads];
  const spread = spreadOf(g.structure, x);
  const isSame = (value: number, i: number): boolean =>
    Math.abs(Number(result[i]) - value) <= spread[i]! + 1e-12 * Math.abs(value) + 1e-300;
  if (typeof result === "string" || result.length !== expected.length || !expected.every(isSame))
    throw new Error(`${g} at ${x}: ${expected} in TypeScript, ${result} in Python`);
}

/** How far output and gradients move when every value is off by 1e-13 of itself, some up, some down; Infinity if to NaN. */
function spreadOf(graph: Structure, x: readonly number[]): number[] {
  const results = Array.from({ length: 6 }, (_, round) => {
    const values = new Float64Array(graph.nodes.length);
    graph.nodes.forEach((node, n) => {
      const noise = 1 + (((n * 2654435761 + round * 40503) >> 7) & 1 ? 1e-13 : -1e-13) * (round === 0 ? 0 : 1);
      if (node.kind === "input") values[n] = x[n]!;
      else if (node.kind === "constant") values[n] = node.value;
      else {
        const args = [...node.operands.map((operand) => values[operand]!), node.constant ?? 0];
        values[n] = operators[node.operator].forward(node.operands.length).run(...args) * noise;
      }
    });
    const grads = runBackward(graph, values, 1).values;
    const inputs = x.flatMap((_, n) => (graph.isDiscrete[n] === 1 ? [] : [grads[n]!]));
    return [values[graph.output]!, ...inputs];
  });
  const distance = (a: number, b: number): number => (Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.abs(a - b));
  return results[0]!.map((value, i) => Math.max(...results.map((result) => distance(value, result[i]!))));
}

/** Central difference of a function of several numbers; `undefined` near a kink or where rounding spoils it. */
export function difference(f: (x: readonly number[]) => number, x: readonly number[], i: number): number | undefined {
  const at = (step: number): number => f(x.map((value, j) => (j === i ? value + step : value)));
  const slope = (h: number): number => (at(h) - at(-h)) / (2 * h);
  const [wide, narrow] = [slope(2e-5), slope(1e-5)];
  const isSteady = Math.abs(wide - narrow) <= 1e-6 * Math.max(1, Math.abs(narrow));
  // Exactly at a kink, a tie of min and max for instance, both widths give the mean of its two sides.
  const bend = Math.abs(at(1e-5) - 2 * at(0) + at(-1e-5)) / 1e-5;
  if (bend > 1e-2 * Math.max(1, Math.abs(narrow))) return undefined;
  return Number.isFinite(narrow) && isSteady ? narrow : undefined;
}

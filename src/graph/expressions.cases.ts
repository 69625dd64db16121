/** Random expressions for property tests. */
import fc from "fast-check";
import { FormatError } from "../errors.ts";
import { type Graph, graph } from "./graph.ts";

const unary = "neg square sqrt exp log sin cos tanh sigmoid relu abs copy".split(" ");
const binary = ["+", "-", "*", "/"];

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
    { weight: 1, arbitrary: fc.tuple(sub, fc.constantFrom(-2, -1, 0.5, 2, 3)).map(([a, k]) => `(${a}) ^ ${k}`) },
    { weight: 1, arbitrary: fc.tuple(sub, sub).map(([a, b]) => `choose(${a}, ${b}, c)`) },
  );
}

/** Away from 0 and from the numbers of the expressions, so that kinks are hit only where they cannot be seen. */
function between(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max }).map((thousandths) => thousandths / 1000 + (thousandths < 0 ? -0.100137 : 0.100137));
}

const values = fc.record({
  x: between(-1900, 1900),
  y: between(-1900, 1900),
  z: between(1, 1900),
  c: fc.integer({ min: 1, max: 2 }),
});

/** Graphs of random expressions to depth 8, with numbers for their inputs at which every value is a moderate number. */
export const graphsWithInputs: fc.Arbitrary<{ g: Graph; inputs: Record<string, number> }> = fc
  .tuple(fc.integer({ min: 1, max: 8 }).chain(expression), values)
  .map(([text, numbers]) => {
    const g = tryGraph(`${text} + x`);
    return { g: g!, inputs: Object.fromEntries((g?.inputs ?? []).map((name) => [name, numbers[name as "x"]])) };
  })
  .filter(({ g, inputs }) => g !== undefined && isModerate(g, inputs));

function tryGraph(text: string): Graph | undefined {
  try {
    return graph(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined; // numbers among themselves gave 1/0 or the like
    throw error;
  }
}

function isModerate(g: Graph, inputs: Record<string, number>): boolean {
  g.forward(inputs);
  g.backward();
  return g.values.every(
    ({ value, grad }) => Math.abs(Number(value)) < 1e4 && (grad === "none" || Math.abs(grad) < 1e4),
  );
}

/** Central difference of a function of several numbers; `undefined` near a kink or where rounding spoils it. */
export function difference(f: (x: readonly number[]) => number, x: readonly number[], i: number): number | undefined {
  const slope = (h: number): number => {
    const at = (step: number): number => f(x.map((value, j) => (j === i ? value + step : value)));
    return (at(h) - at(-h)) / (2 * h);
  };
  const [wide, narrow] = [slope(2e-5), slope(1e-5)];
  const isSteady = Math.abs(wide - narrow) <= 1e-6 * Math.max(1, Math.abs(narrow));
  return Number.isFinite(narrow) && isSteady ? narrow : undefined;
}

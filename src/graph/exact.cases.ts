/** The operators once more, in 60-digit arithmetic without limits of range: what doubles are held against. */
import { Decimal } from "decimal.js";
import { runBackward, runForward } from "./interpret.ts";
import type { OperatorName } from "./operators.ts";
import type { OperatorNode, Structure } from "./structure.ts";

export const Exact: typeof Decimal = Decimal.clone({ precision: 60, minE: -9e15, maxE: 9e15 });
/** Sines need as many digits more as the number has before its point. */
const Long = Decimal.clone({ precision: 360, minE: -9e15, maxE: 9e15 });

type Numbers = readonly Decimal[];
interface ExactOperator {
  readonly value: (operands: Numbers, k: Decimal) => Decimal;
  /** The derivative with respect to each operand. */
  readonly slopes: (operands: Numbers, k: Decimal) => Numbers;
}

/** All digits of a double, of which there may be more than 17. */
export function exact(x: number): Decimal {
  if (!Number.isFinite(x)) return new Exact(x);
  return new Exact(Number.isInteger(x) ? BigInt(x).toString() : x.toPrecision(100));
}

const [zero, one] = [exact(0), exact(1)];
const sin = (x: Decimal): Decimal => (x.e < 3 ? x.sin() : new Exact(Long.sin(x).toString()));
const cos = (x: Decimal): Decimal => (x.e < 3 ? x.cos() : new Exact(Long.cos(x).toString()));
const sigmoid = (x: Decimal): Decimal => one.div(one.plus(x.neg().exp()));
const tanh = (x: Decimal): Decimal => one.minus(exact(2).div(one.plus(x.times(2).exp())));
const unary = (value: (x: Decimal) => Decimal, slope: (x: Decimal) => Decimal): ExactOperator => ({
  value: ([x]) => value(x!),
  slopes: ([x]) => [slope(x!)],
});

export const exactOperators: Readonly<Record<OperatorName, ExactOperator>> = {
  add: { value: ([a, b]) => a!.plus(b!), slopes: () => [one, one] },
  sub: { value: ([a, b]) => a!.minus(b!), slopes: () => [one, one.neg()] },
  mul: { value: ([a, b]) => a!.times(b!), slopes: ([a, b]) => [b!, a!] },
  div: { value: ([a, b]) => a!.div(b!), slopes: ([a, b]) => [one.div(b!), a!.neg().div(b!.times(b!))] },
  // of two equal operands, the first gets all
  min: { value: ([a, b]) => Exact.min(a!, b!), slopes: ([a, b]) => (a!.lte(b!) ? [one, zero] : [zero, one]) },
  max: { value: ([a, b]) => Exact.max(a!, b!), slopes: ([a, b]) => (a!.gte(b!) ? [one, zero] : [zero, one]) },
  neg: unary(
    (x) => x.neg(),
    () => one.neg(),
  ),
  square: unary(
    (x) => x.times(x),
    (x) => x.times(2),
  ),
  sqrt: unary(
    (x) => x.sqrt(),
    (x) => exact(0.5).div(x.sqrt()),
  ),
  exp: unary(
    (x) => x.exp(),
    (x) => x.exp(),
  ),
  log: unary(
    (x) => x.ln(),
    (x) => one.div(x),
  ),
  sin: unary(sin, cos),
  cos: unary(cos, (x) => sin(x).neg()),
  tanh: unary(
    (x) => (x.abs().lt(1e-20) ? x : tanh(x)), // x³/3 is beyond 40 digits
    (x) => exact(4).div(x.exp().plus(x.neg().exp()).pow(2)),
  ),
  sigmoid: unary(sigmoid, (x) => sigmoid(x).times(sigmoid(x.neg()))),
  // 0 at the kink
  relu: unary(
    (x) => Exact.max(x, 0),
    (x) => (x.gt(0) ? one : zero),
  ),
  abs: unary(
    (x) => x.abs(),
    (x) => (x.isZero() ? zero : exact(x.s)),
  ),
  copy: unary(
    (x) => x,
    () => one,
  ),
  addConstant: { value: ([x], k) => x!.plus(k), slopes: () => [one] },
  constantSub: { value: ([x], k) => k.minus(x!), slopes: () => [one.neg()] },
  mulConstant: { value: ([x], k) => k.times(x!), slopes: (_, k) => [k] },
  pow: { value: ([x], k) => x!.pow(k), slopes: ([x], k) => [k.times(x!.pow(k.minus(1)))] },
  choose: {
    value: (operands) => operands[operands.at(-1)!.toNumber() - 1]!,
    slopes: (operands) => operands.map((_, i) => (operands.at(-1)!.eq(i + 1) ? one : zero)),
  },
};

/** A number that a double holds with all its digits. */
function isInRange(x: Decimal): boolean {
  return x.isZero() || (x.abs().gte(1e-300) && x.abs().lte(1e300)); // false for NaN
}

export interface Comparison {
  /** How many values and gradients were compared. */
  compared: number;
  /** The first that is wrong, in words. */
  wrong: string | undefined;
}

/**
 * Runs a graph in doubles and compares every operator with the exact one at the doubles that it was given: its value, and
 * the gradient along each of its edges; and every gradient with the sum of those along the edges that leave the value.
 * What no double can hold is left out, and nothing else.
 */
export function compareWithExact(graph: Structure, inputs: readonly number[], gradOut = 1): Comparison {
  const result: Comparison = { compared: 0, wrong: undefined };
  const values = runForward(graph, inputs);
  const grads = runBackward(graph, values, gradOut);
  const see = (what: () => string, got: number, expected: Decimal, size = expected.abs()): void => {
    result.compared++;
    if (Number.isFinite(got) && expected.minus(exact(got)).abs().lte(size.times(1e-12))) return;
    result.wrong ??= `${what()} is ${got}, expected ${expected.toPrecision(17)}`;
  };
  graph.nodes.forEach((node, n) => {
    if (graph.isDiscrete[n] === 1) return;
    const grad = exact(grads.values[n]!);
    const parts = Array.from(graph.uses.subarray(graph.useStart[n], graph.useStart[n + 1]), (edge) =>
      exact(grads.edges[edge]!),
    );
    if (n === graph.output) parts.push(exact(gradOut));
    const sum = Exact.sum(0, ...parts);
    const size = Exact.sum(0, ...parts.map((part) => part.abs()));
    if (size.lte(1e300)) see(() => `the sum of ${parts.join(" + ")}`, grads.values[n]!, sum, size);
    if (node.kind !== "operator") return;
    const operands = node.operands.map((operand) => exact(values[operand]!));
    if (![...operands, grad].every(isInRange)) return;
    const { value, slopes } = exactlyAt(node, operands);
    const edges = slopes.map((slope) => slope.times(grad));
    if (!isInRange(value)) return;
    const { operator, constant } = node;
    const where = `${operator} at ${operands.join(", ")}${constant === undefined ? "" : `, k = ${constant}`}`;
    see(() => `the value of ${where}`, values[n]!, value);
    if (operator === "div" && !isInRange(edges[0]!)) return; // the other gradient of a quotient contains this one
    edges.forEach((edge, i) => {
      if (!isInRange(edge) || graph.isDiscrete[node.operands[i]!] === 1) return;
      see(() => `the part ${i + 1} of gradient ${grad} at ${where}`, grads.edges[graph.edgeStart[n]! + i]!, edge);
    });
  });
  return result;
}

function exactlyAt({ operator, constant = 0 }: OperatorNode, operands: Numbers): { value: Decimal; slopes: Numbers } {
  const k = exact(constant);
  const { value, slopes } = exactOperators[operator];
  return { value: value(operands, k), slopes: slopes(operands, k) };
}

/** The two passes as lines with their numbers: `a1 = x1 × w1 = 0.366 × 0.445 = 0.163`. */
import { formatConstant, formatNumber } from "./format-number.ts";
import type { Gradients } from "./interpret.ts";
import { type Formula, operators } from "./operators.ts";
import { type Line, type Notation, writeBackward, writeForward } from "./program.ts";
import { pythonConditional } from "./source.ts";
import type { Structure } from "./structure.ts";

/** One assignment of a pass, in names and in numbers. */
export interface Step {
  readonly pass: "forward" | "backward";
  /** What is computed: `a1`, `grad_a1`, or `grad_a1_2` for what comes along the second use of a1. */
  readonly target: string;
  readonly value: number;
  /** `x1 × w1` */
  readonly symbols: string;
  /** `0.366 × 0.445` */
  readonly numbers: string;
  /** The whole line. */
  readonly text: string;
}

export function writeSteps(
  graph: Structure,
  values: Float64Array,
  grads: Gradients | undefined,
  digits?: number,
): Step[] {
  const part = (n: number, i: number): number => grads!.edges[graph.uses[graph.useStart[n]! + i - 1]!]!;
  const names = nameNotation(graph, digits);
  const show = (value: number): string => signed(formatNumber(value, digits));
  const numbers: Notation = {
    ...names,
    value: (n) => show(values[n]!),
    grad: (n) => show(grads!.values[n]!),
    part: (n, i) => show(part(n, i)),
    constant: show,
  };
  const step = (pass: Step["pass"], line: Line, inNumbers: Line): Step => {
    const { node, use } = line;
    const value = pass === "forward" ? values[node]! : use === undefined ? grads!.values[node]! : part(node, use);
    const result = formatNumber(value, digits);
    const inBrackets = inNumbers.text.replaceAll(/\(\((-[\d.e-]+)\)\)/g, "($1)");
    const sides = [line.target, line.text, inBrackets === signed(result) ? result : inBrackets, result];
    const text = sides.filter((side, i) => i === 0 || side !== sides[i - 1]).join(" = ");
    return { pass, target: line.target, value, symbols: line.text, numbers: inBrackets, text };
  };
  const forward = writeForward(graph, numbers);
  const backward = grads === undefined ? [] : writeBackward(graph, numbers);
  return [
    ...writeForward(graph, names).map((line, i) => step("forward", line, forward[i]!)),
    ...(grads === undefined ? [] : writeBackward(graph, names).map((line, i) => step("backward", line, backward[i]!))),
  ];
}

function nameNotation(graph: Structure, digits: number | undefined): Notation {
  const constant = (k: number): string => signed(formatConstant(k, digits));
  const value = (n: number): string => {
    const node = graph.nodes[n]!;
    return node.kind === "constant" ? constant(node.value) : node.name;
  };
  return {
    formula: plain,
    forward: ({ operator, operands }) =>
      blackboard(operators[operator].text.replace("$*", operands.map((_, i) => `$${i + 1}`).join(", "))),
    value,
    grad: (n) => `grad_${value(n)}`,
    part: (n, i) => `grad_${value(n)}_${i}`,
    constant,
    one: "1",
    zero: "0",
  };
}

/** The formula in the notation of the blackboard; a condition is written as in Python, in brackets. */
function plain({ code }: Formula): string {
  const text = blackboard(code.replaceAll("===", "=="));
  return text.includes(" ? ") ? `(${pythonConditional(text)})` : text;
}

function blackboard(text: string): string {
  return text.replaceAll(" ** ", " ^ ").replaceAll(" * ", " × ");
}

/** A negative number within a formula is put in brackets. */
function signed(text: string): string {
  return text.startsWith("-") ? `(${text})` : text;
}

/** Runs a graph node by node, forward and backward, in loops over flat arrays. */
import { SettingError } from "../errors.ts";
import { operators } from "./operators.ts";
import { inputNames, isSelector, type Structure } from "./structure.ts";

/** "none", which is not 0, for what no backward pass has computed yet and for what has no gradient: constants and selectors. */
export type Gradient = number | "none";

/** What a backward pass computes: one gradient per value, and one per edge (the part that flows along it). */
export interface Gradients {
  readonly values: Float64Array;
  readonly edges: Float64Array;
}

/**
 * @param inputs - a number for each input, by name
 * @returns the numbers in the order of the inputs
 * @throws {SettingError} for missing or unknown names, and for selectors that are not the number of an option
 */
export function orderInputs(who: string, graph: Structure, inputs: Readonly<Record<string, number>>): number[] {
  const names = inputNames(graph);
  for (const name of Object.keys(inputs))
    if (!names.includes(name)) throw new SettingError(`${who}: unknown input "${name}"; expected ${names.join(", ")}`);
  return names.map((name, n) => {
    const value: unknown = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (typeof value !== "number" || Number.isNaN(value))
      throw new SettingError(`${who}: expected a number for input "${name}", got ${value}`);
    checkSelector(who, graph, n, value);
    return value;
  });
}

function checkSelector(who: string, graph: Structure, n: number, value: number): void {
  const options = optionCount(graph, n);
  if (options === undefined || (Number.isInteger(value) && value >= 1 && value <= options)) return;
  const name = inputNames(graph)[n];
  throw new SettingError(
    `${who}: expected the selector "${name}" to be a whole number from 1 to ${options}, got ${value}`,
  );
}

/** For an input that selects: among how many options (the fewest, if it selects in several places). */
export function optionCount(graph: Structure, input: number): number | undefined {
  let fewest: number | undefined;
  for (const edge of graph.uses.subarray(graph.useStart[input], graph.useStart[input + 1])) {
    const node = graph.nodes[edgeTarget(graph, edge)]!;
    if (node.kind === "operator" && isSelector(node, node.operands.length - 1) && node.operands.at(-1) === input)
      fewest = Math.min(fewest ?? Number.POSITIVE_INFINITY, node.operands.length - 1);
  }
  return fewest;
}

/** The node that an edge leads into: the last one whose edges start at or before it. */
export function edgeTarget({ edgeStart }: Structure, edge: number): number {
  let [low, high] = [0, edgeStart.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edgeStart[middle]! <= edge) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @returns the value of every node */
export function runForward(graph: Structure, inputs: readonly number[]): Float64Array {
  const values = new Float64Array(graph.nodes.length);
  values.set(inputs);
  graph.nodes.forEach((node, n) => {
    if (node.kind === "constant") values[n] = node.value;
    if (node.kind !== "operator") return;
    const { operands, constant } = node;
    const args = operands.map((operand) => values[operand]!);
    if (constant !== undefined) args.push(constant);
    values[n] = operators[node.operator].forward(operands.length).run(...args);
  });
  return values;
}

/**
 * Gradients of the output with respect to every value, times `gradOut`. A value used several times gets the sum over
 * its uses, first use first; a value that the output does not depend on gets 0.
 */
export function runBackward(graph: Structure, values: Float64Array, gradOut: number): Gradients {
  const { nodes, edgeStart, useStart, uses } = graph;
  const grads = { values: new Float64Array(nodes.length), edges: new Float64Array(uses.length) };
  for (let n = nodes.length - 1; n >= 0; n--) {
    let grad = n === graph.output ? gradOut : 0;
    for (let use = useStart[n]!; use < useStart[n + 1]!; use++) {
      const part = grads.edges[uses[use]!]!;
      grad = use === useStart[n] ? part : grad + part;
    }
    grads.values[n] = grad;
    const node = nodes[n]!;
    if (node.kind !== "operator") continue;
    const args = [grad, values[n]!, ...node.operands.map((operand) => values[operand]!)];
    if (node.constant !== undefined) args.push(node.constant);
    const { backward } = operators[node.operator];
    for (let i = 0; i < node.operands.length; i++)
      grads.edges[edgeStart[n]! + i] = backward(i, node.operands.length, node.constant)?.run(...args) ?? 0;
  }
  return grads;
}

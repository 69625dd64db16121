/**
 * A graph as straight-line assignments: one per operator forward, then one per edge backward, and a sum for each
 * value that is used several times. A notation decides what names and right-hand sides look like.
 */
import { isCopy } from "./copies.ts";
import { edgeTarget } from "./interpret.ts";
import { type Formula, fill, operators } from "./operators.ts";
import type { OperatorNode, Structure } from "./structure.ts";

export interface Notation {
  readonly formula: (formula: Formula) => string;
  /** How an operator is written in the forward pass, if not by its formula. */
  readonly forward?: (node: OperatorNode) => string;
  /** Value of node `n`. */
  readonly value: (n: number) => string;
  /** Gradient of node `n`. */
  readonly grad: (n: number) => string;
  /** The part of the gradient of node `n` that comes along its `i`-th use, from 1, when there are several. */
  readonly part: (n: number, i: number) => string;
  readonly constant: (k: number) => string;
  readonly one: string;
  readonly zero: string;
}

export interface Line {
  /** The node whose value or gradient (or part of it) the line computes. */
  readonly node: number;
  /** For a part of a gradient: which use of the node, from 1. */
  readonly use?: number;
  readonly target: string;
  readonly text: string;
}

export function writeForward(graph: Structure, notation: Notation): Line[] {
  const lines: Line[] = [];
  graph.nodes.forEach((node, n) => {
    if (node.kind !== "operator") return;
    const formula = operators[node.operator].forward(node.operands.length);
    const template = notation.forward?.(node) ?? notation.formula(formula);
    lines.push({ node: n, target: notation.value(n), text: write(node, n, template, notation) });
  });
  return lines;
}

export function writeBackward(graph: Structure, notation: Notation): Line[] {
  const lines: Line[] = [];
  for (let n = graph.nodes.length - 1; n >= 0; n--) {
    if (graph.isDiscrete[n] === 1) continue;
    const sum = writeSum(graph, n, notation);
    if (sum !== undefined) lines.push({ node: n, target: notation.grad(n), text: sum });
    const node = graph.nodes[n]!;
    if (node.kind !== "operator" || isCopy(node)) continue; // the sum before a copy reads its outputs
    node.operands.forEach((operand, i) => {
      const formula = operators[node.operator].backward(i, node.operands.length, node.constant);
      if (formula === undefined || graph.isDiscrete[operand] === 1) return;
      const text = write(node, n, notation.formula(formula), notation);
      const use = useIndex(graph, operand, graph.edgeStart[n]! + i);
      if (useEdges(graph, operand).length === 1) lines.push({ node: operand, target: notation.grad(operand), text });
      else lines.push({ node: operand, use, target: notation.part(operand, use), text });
    });
  }
  return lines;
}

/** The right-hand side for the gradient of a value, unless it is simply the gradient along its only edge. */
function writeSum(graph: Structure, n: number, notation: Notation): string | undefined {
  if (n === graph.output) return notation.one;
  const edges = useEdges(graph, n);
  if (edges.length === 0) return notation.zero; // an input that the output does not depend on
  const terms = Array.from(edges, (edge, i) => {
    const target = edgeTarget(graph, edge);
    return isCopy(graph.nodes[target]!)
      ? notation.grad(target)
      : edges.length > 1
        ? notation.part(n, i + 1)
        : undefined;
  });
  return terms.includes(undefined) ? undefined : terms.join(" + ");
}

function write(node: OperatorNode, n: number, template: string, notation: Notation): string {
  const k = node.constant;
  return fill(template, node.operands.map(notation.value), {
    out: notation.value(n),
    g: notation.grad(n),
    ...(k === undefined ? {} : { k: notation.constant(k), j: notation.constant(k - 1) }),
  });
}

function useEdges({ uses, useStart }: Structure, n: number): Int32Array {
  return uses.subarray(useStart[n], useStart[n + 1]);
}

/** Which use of `operand` an edge is, from 1: uses are in ascending order. */
function useIndex(graph: Structure, operand: number, edge: number): number {
  const edges = useEdges(graph, operand);
  let [low, high] = [0, edges.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! < edge) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

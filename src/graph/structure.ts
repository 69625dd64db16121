/**
 * A graph as data: values, each of which follows its operands.
 * Everything here is flat arrays and loops, so that a chain of a million operators needs no deeper stack than one of three.
 */
import { type OperatorName, operators } from "./operators.ts";

export interface InputNode {
  readonly kind: "input";
  readonly name: string;
}
/** A number that is an operand of its own, such as the 1 in `1 / x`. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly value: number;
}
export interface OperatorNode {
  readonly kind: "operator";
  readonly name: string;
  readonly operator: OperatorName;
  /** Positions of the operands in the list of nodes. */
  readonly operands: readonly number[];
  /** For `x + k`, `k − x`, `k × x` and `x ^ k`. */
  readonly constant?: number;
}
export type GraphNode = InputNode | ConstantNode | OperatorNode;

/** The inputs come first, then the operators, each preceded by its constants. */
export interface Structure {
  readonly nodes: readonly GraphNode[];
  /** How many of the first nodes are inputs. */
  readonly inputCount: number;
  /** Position of the output in `nodes`. */
  readonly output: number;
  /** Edges into node `n` are `edgeStart[n] … edgeStart[n + 1] − 1`, in the order of the operands. */
  readonly edgeStart: Int32Array;
  /** Edges out of node `n` are `uses[useStart[n] … useStart[n + 1] − 1]`, in the order of the nodes that use it. */
  readonly useStart: Int32Array;
  readonly uses: Int32Array;
  /** 1 for values that carry no gradient: constants, inputs that select, and what is computed from these alone. */
  readonly isDiscrete: Uint8Array;
  /** Names of values that the output does not depend on; they are left out of the graph. */
  readonly unused: readonly string[];
}

/** Name of a value in drawings and code; that of a constant is its number. */
export function nameOf(node: GraphNode): string {
  return node.kind === "constant" ? String(node.value) : node.name;
}

/** Adds the edges to a list of nodes that is already in order. */
export function connect(
  nodes: readonly GraphNode[],
  inputCount: number,
  output: number,
  unused: readonly string[] = [],
): Structure {
  const edgeStart = new Int32Array(nodes.length + 1);
  const useStart = new Int32Array(nodes.length + 1);
  nodes.forEach((node, n) => {
    const operands = node.kind === "operator" ? node.operands : [];
    edgeStart[n + 1] = edgeStart[n]! + operands.length;
    for (const operand of operands) useStart[operand + 1]!++;
  });
  for (let n = 0; n < nodes.length; n++) useStart[n + 1]! += useStart[n]!;
  const uses = new Int32Array(edgeStart[nodes.length]!);
  const next = useStart.slice();
  nodes.forEach((node, n) => {
    if (node.kind !== "operator") return;
    node.operands.forEach((operand, i) => {
      uses[next[operand]!++] = edgeStart[n]! + i;
    });
  });
  const isDiscrete = findDiscrete(nodes, useStart);
  return { nodes, inputCount, output, edgeStart, useStart, uses, isDiscrete, unused };
}

function findDiscrete(nodes: readonly GraphNode[], useStart: Int32Array): Uint8Array {
  const isDiscrete = new Uint8Array(nodes.length).fill(1);
  nodes.forEach((node, n) => {
    if (node.kind === "input" && useStart[n] === useStart[n + 1]) isDiscrete[n] = 0; // used nowhere: 0, not none
    if (node.kind !== "operator") return;
    node.operands.forEach((operand, i) => {
      if (nodes[operand]!.kind === "input" && !isSelector(node, i)) isDiscrete[operand] = 0;
      if (isDiscrete[operand] === 0) isDiscrete[n] = 0;
    });
  });
  return isDiscrete;
}

/** Whether operand `i` of `node` is the selector of a `choose`. */
export function isSelector(node: OperatorNode, i: number): boolean {
  return operators[node.operator].kind === "choose" && i === node.operands.length - 1;
}

/** How many edges leave node `n`. */
export function useCount(graph: Structure, n: number): number {
  return graph.useStart[n + 1]! - graph.useStart[n]!;
}

/** Names of the inputs, in order. */
export function inputNames(graph: Structure): string[] {
  return graph.nodes.slice(0, graph.inputCount).map(nameOf);
}

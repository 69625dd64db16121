/** Explicit copies: a value that is used k times enters a copy operator with k outputs, whose backward pass is a sum. */
import { edgeTarget } from "./interpret.ts";
import { Namer } from "./names.ts";
import { connect, type GraphNode, nameOf, type Structure } from "./structure.ts";

/**
 * The same graph with a copy for each use of a value that is used more than once; no number changes.
 * A selector carries no gradient, so there is nothing to sum and it is not copied.
 */
export function insertCopies(graph: Structure): Structure {
  const namer = new Namer(graph.nodes.map(nameOf));
  const nodes: GraphNode[] = [];
  const position = new Int32Array(graph.nodes.length);
  const copyOfEdge = new Map<number, number>();

  const addCopies = (n: number): void => {
    const node = graph.nodes[n]!;
    const edges = graph.uses.subarray(graph.useStart[n], graph.useStart[n + 1]);
    if (node.kind === "constant" || graph.isDiscrete[n] === 1 || edges.length < 2) return;
    if ([...edges].every((edge) => isCopy(graph.nodes[edgeTarget(graph, edge)]!))) return; // copied already
    edges.forEach((edge, i) => {
      const name = namer.take(`${node.name}_${i + 1}`);
      copyOfEdge.set(edge, nodes.push({ kind: "operator", name, operator: "copy", operands: [position[n]!] }) - 1);
    });
  };

  graph.nodes.forEach((node, n) => {
    if (node.kind === "operator") {
      const operands = node.operands.map((operand, i) => copyOfEdge.get(graph.edgeStart[n]! + i) ?? position[operand]!);
      position[n] = nodes.push({ ...node, operands }) - 1;
      addCopies(n);
    } else position[n] = nodes.push(node) - 1;
    if (n === graph.inputCount - 1) for (let input = 0; input <= n; input++) addCopies(input);
  });
  return connect(nodes, graph.inputCount, position[graph.output]!, graph.unused);
}

export function isCopy(node: GraphNode): boolean {
  return node.kind === "operator" && node.operator === "copy";
}

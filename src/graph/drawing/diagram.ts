/**
 * What a drawing of a graph shows, before it has places: circles for values, squares for operators, edges into operators
 * and out of them, and the numbers on the edges.
 */
import { isCopy } from "../copies.ts";
import { formatConstant, formatNumber } from "../format-number.ts";
import { edgeTarget, type Gradient, type Gradients } from "../interpret.ts";
import { type OperatorName, symbolOf } from "../operators.ts";
import { type Structure, useCount } from "../structure.ts";

export interface Shape {
  readonly id: string;
  /** "again": a value that has its place in an earlier row. */
  readonly kind: "input" | "constant" | "value" | "output" | "operator" | "again";
  readonly text: string;
  /** Gradient below an input whose uses are drawn one by one: the sum over them. */
  readonly total?: string;
  /** For an operator whose operands have an order: they enter from top to bottom. */
  readonly isOrdered: boolean;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: "into operator" | "out of operator";
  /** The index of the operand that the edge leads to, from 0. */
  readonly operand: number;
  /** Forward value, and gradient below it. */
  readonly numbers?: readonly [value: string, grad: string];
}

export interface Diagram {
  readonly shapes: readonly Shape[];
  readonly edges: readonly Edge[];
}

export interface Numbers {
  readonly values: Float64Array;
  readonly grads: Gradients | undefined;
}

/** Operators whose operands may be swapped. Those of min and max may not: of two equal ones, the first gets the gradient. */
const unordered: ReadonlySet<OperatorName> = new Set(["add", "mul"]);

/** @param digits - significant digits of the numbers on the edges */
export function makeDiagram(graph: Structure, numbers: Numbers | undefined, digits: number): Diagram {
  const shapes: Shape[] = [];
  const edges: Edge[] = [];
  const show = (value: Gradient): string => formatNumber(value, digits).replaceAll("-", "−");
  const gradOf = (n: number): Gradient =>
    numbers?.grads === undefined || graph.isDiscrete[n] === 1 ? "none" : numbers.grads.values[n]!;
  const label = (n: number, grad: Gradient): Pick<Edge, "numbers"> =>
    numbers === undefined ? {} : { numbers: [show(numbers.values[n]!), show(grad)] };

  /** An edge that leaves an input or a value with several uses shows its own part of the gradient. */
  const labelInto = (operand: number, edge: number): Pick<Edge, "numbers"> => {
    const isShared = useCount(graph, operand) > 1;
    const { kind } = graph.nodes[operand]!;
    if (kind === "constant" || (kind === "operator" && !isShared)) return {};
    if (!isShared) return label(operand, gradOf(operand));
    const carries = numbers?.grads !== undefined && edgeCarries(graph, operand, edge);
    return label(operand, carries ? numbers.grads!.edges[edge]! : "none");
  };

  graph.nodes.forEach((node, n) => {
    const kind = node.kind === "operator" ? (n === graph.output ? "output" : "value") : node.kind;
    const isSplit = node.kind === "input" && graph.isDiscrete[n] === 0 && useCount(graph, n) > 1 && !isCopied(graph, n);
    const total = isSplit && numbers?.grads !== undefined ? { total: `Σ ${show(gradOf(n))}` } : {};
    const text = node.kind === "constant" ? formatConstant(node.value, digits).replaceAll("-", "−") : node.name;
    shapes.push({ id: `v${n}`, kind, text, isOrdered: false, ...total });
    if (node.kind !== "operator") return;
    const square = isCopy(node) ? `c${node.operands[0]}` : `o${n}`;
    const isNew = !isCopy(node) || graph.uses[graph.useStart[node.operands[0]!]!] === graph.edgeStart[n];
    if (isNew) {
      shapes.push({
        id: square,
        kind: "operator",
        text: symbolOf(node.operator, node.constant, digits),
        isOrdered: !unordered.has(node.operator),
      });
      node.operands.forEach((operand, i) => {
        const numbersOn = isCopy(node) ? labelCopied(operand) : labelInto(operand, graph.edgeStart[n]! + i);
        edges.push({ from: `v${operand}`, to: square, kind: "into operator", operand: i, ...numbersOn });
      });
    }
    edges.push({ from: square, to: `v${n}`, kind: "out of operator", operand: 0, ...label(n, gradOf(n)) });
  });
  return { shapes, edges };

  /** One edge leads into a copy operator, however many copies there are; it carries the whole gradient. */
  function labelCopied(operand: number): Pick<Edge, "numbers"> {
    return graph.nodes[operand]!.kind === "operator" ? {} : label(operand, gradOf(operand));
  }
}

function edgeCarries(graph: Structure, operand: number, edge: number): boolean {
  if (graph.isDiscrete[operand] === 1) return false;
  const target = edgeTarget(graph, edge);
  return graph.isDiscrete[target] === 0;
}

/** Whether every use of a value is a copy: then they leave it as one edge. */
function isCopied(graph: Structure, n: number): boolean {
  const uses = graph.uses.subarray(graph.useStart[n], graph.useStart[n + 1]);
  return uses.length > 0 && uses.every((edge) => isCopy(graph.nodes[edgeTarget(graph, edge)]!));
}

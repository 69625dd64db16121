/**
 * The two passes as moves that can be taken one by one and taken back: each says what it computes, from what, and which edges of
 * the drawing it lights. In the order of `graph.steps()`, whose lines it carries.
 */

import type { Graph } from "../../../src/graph/graph.ts";
import { edgeTarget, type Gradients, orderInputs, runBackward, runForward } from "../../../src/graph/interpret.ts";
import { operators, symbolOf } from "../../../src/graph/operators.ts";
import { writeBackward, writeForward } from "../../../src/graph/program.ts";
import { type Step, writeSteps } from "../../../src/graph/steps.ts";
import { nameOf, type OperatorNode, type Structure, useCount } from "../../../src/graph/structure.ts";

/** Every value is its node, every edge an index into `uses`, as in {@link Structure}. */
export type Move =
  | { readonly kind: "forward"; readonly node: number; readonly line: Step }
  /** The output's gradient with respect to itself. */
  | { readonly kind: "seed"; readonly node: number; readonly line: Step }
  /** What flows back through one operator to one operand. */
  | {
      readonly kind: "contribution";
      readonly node: number; // the operand
      readonly through: number; // the operator's own value
      readonly edge: number;
      readonly local: number; // derivative of the operator with respect to the operand
      readonly above: number; // gradient of the operator's value
      readonly isPart: boolean; // the operand is used elsewhere as well
      readonly line: Step;
    }
  /** The gradient of a value that is used several times, or nowhere. */
  | { readonly kind: "sum"; readonly node: number; readonly edges: readonly number[]; readonly line: Step };

export interface Walk {
  readonly moves: readonly Move[];
  /** How many of the first moves are the forward pass. */
  readonly forwardCount: number;
  readonly values: Float64Array;
  readonly gradients: Gradients;
  /** From which number of moves made a value is known: 0 for inputs. */
  readonly valueKnown: Int32Array; // by node
  /** The same for gradients of values, and for what flows along an edge; -1 where there is none. */
  readonly gradKnown: Int32Array; // by node
  readonly edgeKnown: Int32Array; // by edge
}

const no = notation();

/** @param graph - whose two passes are run at `inputs` */
export function takeWalk(graph: Graph, inputs: Readonly<Record<string, number>>, digits = 4): Walk {
  const { structure } = graph;
  const { nodes, uses, useStart } = structure;
  const forward = writeForward(structure, no);
  const backward = writeBackward(structure, no);
  const values = runForward(structure, orderInputs("takeWalk", structure, inputs));
  const gradients = runBackward(structure, values, 1);
  const lines = writeSteps(structure, values, gradients, digits);

  const valueKnown = new Int32Array(nodes.length);
  const gradKnown = new Int32Array(nodes.length).fill(-1);
  const edgeKnown = new Int32Array(uses.length).fill(-1);
  const moves: Move[] = forward.map(({ node }, i) => {
    valueKnown[node] = i + 1;
    return { kind: "forward", node, line: lines[i]! };
  });
  backward.forEach(({ node, use }, i) => {
    const line = lines[forward.length + i]!;
    const edges = [...uses.subarray(useStart[node], useStart[node + 1])];
    const made = moves.length + 1;
    if (use === undefined && node === structure.output) moves.push({ kind: "seed", node, line });
    else if (use === undefined && (edges.length !== 1 || isCopyEdge(structure, edges[0]!)))
      moves.push({ kind: "sum", node, edges, line });
    else {
      const edge = edges[(use ?? 1) - 1]!;
      const through = edgeTarget(structure, edge);
      const local = localDerivative(structure, values, edge);
      const above = gradients.values[through]!;
      moves.push({ kind: "contribution", node, through, edge, local, above, isPart: use !== undefined, line });
      edgeKnown[edge] = made;
    }
    if (use === undefined) gradKnown[node] = made;
  });
  return { moves, forwardCount: forward.length, values, gradients, valueKnown, gradKnown, edgeKnown };
}

function isCopyEdge(structure: Structure, edge: number): boolean {
  return (structure.nodes[edgeTarget(structure, edge)] as OperatorNode).operator === "copy";
}

/** Of the operator that an edge leads into, with respect to the operand that it comes from. */
export function localDerivative(structure: Structure, values: Float64Array, edge: number, at?: number): number {
  const target = edgeTarget(structure, edge);
  const { operator, operands, constant } = structure.nodes[target] as OperatorNode;
  const i = edge - structure.edgeStart[target]!;
  const args = operands.map((operand, j) => (j === i && at !== undefined ? at : values[operand]!));
  const formula = operators[operator].backward(i, operands.length, constant);
  return formula?.run(1, values[target]!, ...args, ...(constant === undefined ? [] : [constant])) ?? 0;
}

/** The operator in words: `a1 = x1 × w1` is “×”. */
export function operatorOf(structure: Structure, node: number): string {
  const { operator, constant } = structure.nodes[node] as OperatorNode;
  return symbolOf(operator, constant);
}

/** A number of the drawing: the value or the gradient of a node, or what flows back along an edge. */
export type Place = { readonly node: number; readonly grad: boolean } | { readonly edge: number };

/** After how many moves a number is known: 0 for an input's value, -1 never. */
export function madeAt(walk: Walk, what: Place): number {
  return "edge" in what ? walk.edgeKnown[what.edge]! : (what.grad ? walk.gradKnown : walk.valueKnown)[what.node]!;
}

/** Where a number was computed: the move that found it; undefined for an input's value. */
export function moveThatMade(walk: Walk, what: Place): number | undefined {
  const made = madeAt(walk, what);
  return made > 0 ? made - 1 : undefined;
}

export function nodeName(structure: Structure, node: number): string {
  return nameOf(structure.nodes[node]!);
}

export function isShared(structure: Structure, node: number): boolean {
  return useCount(structure, node) > 1;
}

/** Only the order of the lines is wanted, not their text. */
function notation() {
  const nothing = (): string => "";
  return {
    formula: nothing,
    forward: nothing,
    value: nothing,
    grad: nothing,
    part: nothing,
    constant: nothing,
    one: "",
    zero: "",
  };
}

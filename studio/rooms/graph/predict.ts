/** Predict mode: the person says what the next gradient is, as a number or a product; a wrong one gets the hint that fits it. */
import type { Graph } from "../../../src/graph/graph.ts";
import { localDerivative, type Move, type Walk } from "./walk.ts";

/** Numbers, + − × ÷ and brackets: `0.5 * -2`. Undefined for anything else. */
export function readAnswer(text: string): number | undefined {
  const tokens =
    text
      .replaceAll("−", "-")
      .replaceAll("×", "*")
      .replaceAll("÷", "/")
      .match(/\d*\.?\d+(?:e[-+]?\d+)?|[-+*/()]|\S/gi) ?? [];
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") value += tokens[at++] === "+" ? product() : -product();
    return value;
  };
  const product = (): number => {
    let value = sign();
    while (tokens[at] === "*" || tokens[at] === "/") value = tokens[at++] === "*" ? value * sign() : value / sign();
    return value;
  };
  const sign = (): number => {
    const token = tokens[at++];
    if (token === "-") return -sign();
    if (token === "(") {
      const value = sum();
      return tokens[at++] === ")" ? value : Number.NaN;
    }
    return token === undefined ? Number.NaN : Number(token);
  };
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? value : undefined;
}

/** Within 1%, and as near to zero where the truth is 0. */
export function isRight(answer: number, truth: number): boolean {
  return Math.abs(answer - truth) <= 0.01 * Math.max(Math.abs(truth), 1e-3);
}

/** What a wrong answer suggests, by computing the mistakes and comparing. */
export function hintFor(graph: Graph, walk: Walk, move: Move, answer: number): string {
  const truth = move.line.value;
  const is = (value: number): boolean => Number.isFinite(value) && isRight(answer, value);
  if (is(-truth)) return "The size is right, the sign is not.";
  if (move.kind === "contribution") {
    const { local, above, edge, through, node } = move;
    if (is(local)) return "That is the local derivative; multiply it by the gradient from above.";
    if (is(above)) return "That is the gradient from above; multiply it by the local derivative.";
    if (is(local + above)) return "The chain rule multiplies the two, it does not add them.";
    const { structure } = graph;
    const atOutput = localDerivative(structure, walk.values, edge, walk.values[through]!);
    if (is(atOutput * above)) return "The local derivative is taken at the operator's input, not at its output.";
    if (is(walk.values[node]! * above) && !is(local * above))
      return "That is this value times the gradient from above; what does the operator do when this value moves a little?";
  }
  if (move.kind === "sum" && move.edges.length > 1) {
    const parts = move.edges.map((edge) => partOf(walk, edge));
    if (parts.some(is))
      return "That is what comes along one use only; every use contributes, and the contributions add up.";
    if (is(parts.reduce((a, b) => a * b, 1))) return "The uses' contributions add up; they are not multiplied.";
    return "Add up what comes back along every use.";
  }
  if (move.kind === "seed") return "How fast does the output change when the output itself changes?";
  return "Local derivative of the operator × gradient from above.";
}

function partOf(walk: Walk, edge: number): number {
  const move = walk.moves[walk.edgeKnown[edge]! - 1];
  return move?.line.value ?? Number.NaN;
}

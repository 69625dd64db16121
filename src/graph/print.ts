/** Graphs as text that parses as the same graph: one line per operator. */
import { fill, operators } from "./operators.ts";
import { inputNames, type Structure } from "./structure.ts";

/** The lines of the graph: `e1 = exp(s1)`, … `L = -log(p)`; first a line of inputs if their order would differ otherwise. */
export function printGraph(graph: Structure): string[] {
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const node of graph.nodes) {
    if (node.kind !== "operator") continue;
    const operands = node.operands.map((operand) => graph.nodes[operand]!);
    for (const operand of operands) if (operand.kind === "input") seen.add(operand.name);
    const { text } = operators[node.operator];
    const names = operands.map((operand) => (operand.kind === "constant" ? exactly(operand.value) : operand.name));
    const k = exactly(node.constant ?? 0);
    lines.push(
      `${node.name} = ${fill(
        text.replace("$*", () => names.join(", ")),
        names,
        { k },
      )}`,
    );
  }
  const inputs = inputNames(graph);
  if ([...seen].join() !== inputs.join()) lines.unshift(inputs.join(", "));
  return lines;
}

function exactly(k: number): string {
  if (Math.abs(k) === Math.PI) return k < 0 ? "-pi" : "pi";
  return String(k);
}

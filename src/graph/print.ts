/** Graphs as text that reads back as the same graph: one line per operator. */
import { fill, operators } from "./operators.ts";
import { inputNames, nameOf, type Structure } from "./structure.ts";

/** The lines of the graph: `e1 = exp(s1)`, … `L = -log(p)`; first a line of inputs if they would come in another order. */
export function printGraph(graph: Structure): string[] {
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const node of graph.nodes) {
    if (node.kind !== "operator") continue;
    const operands = node.operands.map((operand) => graph.nodes[operand]!);
    for (const operand of operands) if (operand.kind === "input") seen.add(operand.name);
    const { text } = operators[node.operator];
    const names = operands.map(nameOf);
    const k = String(node.constant);
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

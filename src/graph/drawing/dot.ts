/** A graph in Graphviz' language, in the same style, for those who lay it out themselves. */
import type { Structure } from "../structure.ts";
import { makeDiagram, type Numbers } from "./diagram.ts";

export function writeDot(graph: Structure, numbers: Numbers | undefined, digits = 3): string {
  const { shapes, edges } = makeDiagram(graph, numbers, digits);
  return [
    "digraph chainrule {",
    "  rankdir=LR;",
    ...shapes.map(({ id, kind, text, total }) => {
      const shape = kind === "operator" ? "square" : kind === "output" ? "doublecircle" : "circle";
      const style = kind === "constant" ? ", style=dashed" : "";
      return `  ${id} [shape=${shape}${style}, label=${quote(total === undefined ? text : `${text}\n${total}`)}];`;
    }),
    ...edges.map(({ from, to, kind, numbers: label }) => {
      const color = kind === "into operator" ? "green4" : "blue";
      return `  ${from} -> ${to} [color=${color}${label === undefined ? "" : `, label=${quote(label.join("\n"))}`}];`;
    }),
    "}",
    "",
  ].join("\n");
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

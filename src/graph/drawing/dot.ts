/** A graph in Graphviz' language, in the same style, for those who lay it out themselves. */
import type { Structure } from "../structure.ts";
import { makeDiagram, type Numbers } from "./diagram.ts";

const grad = "#b3261e";
const none = "#6b7280";

export function writeDot(graph: Structure, numbers: Numbers | undefined, digits = 3): string {
  const { shapes, edges } = makeDiagram(graph, numbers, digits);
  return [
    "digraph chainrule {",
    "  rankdir=LR;",
    ...shapes.map(({ id, kind, text, total, isOrdered }) => {
      const shape = kind === "operator" ? "square" : kind === "output" ? "doublecircle" : "circle";
      const style = kind === "constant" ? ", style=dashed" : "";
      const order = isOrdered ? ", ordering=in" : ""; // operands from top to bottom
      return `  ${id} [shape=${shape}${style}${order}, label=${label(text, total)}];`;
    }),
    ...edges.map(({ from, to, kind, numbers: pair }) => {
      const color = kind === "into operator" ? "green4" : "blue";
      return `  ${from} -> ${to} [color=${color}${pair === undefined ? "" : `, label=${label(...pair)}`}];`;
    }),
    "}",
    "",
  ].join("\n");
}

/** Two lines of HTML, as Graphviz understands it; the second, a gradient, in its colour. */
function label(first: string, second?: string): string {
  const [above, below] = [first, second ?? ""].map((text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
  const color = below === "none" ? none : grad;
  return below === "" ? `<${above}>` : `<${above}<br/><font color="${color}">${below}</font>>`;
}

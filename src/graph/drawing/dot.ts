/** A graph in Graphviz' language, in the same style, to be laid out by Graphviz. */
import { escapeXml, type Theme, themeOf } from "../../drawing/index.ts";
import type { Structure } from "../structure.ts";
import { makeDiagram, type Numbers } from "./diagram.ts";
import type { SvgOptions } from "./svg.ts";

export function writeDot(
  graph: Structure,
  numbers: Numbers | undefined,
  { theme, digits = 3, direction = "right" }: SvgOptions,
): string {
  const colors = themeOf("toDot", theme);
  const { line, into, out } = colors.graph;
  const { shapes, edges } = makeDiagram(graph, numbers, digits);
  return [
    "digraph chainrule {",
    `  graph [rankdir=${direction === "right" ? "LR" : "TB"}, bgcolor="${colors.background}"];`,
    `  node [color="${line}", fontcolor="${colors.text}"];`,
    `  edge [fontcolor="${colors.text}"];`,
    ...shapes.map(({ id, kind, text, total, isOrdered }) => {
      const shape = kind === "operator" ? "square" : kind === "output" ? "doublecircle" : "circle";
      const style = kind === "constant" ? ", style=dashed" : "";
      const order = isOrdered ? ", ordering=in" : ""; // operands from top to bottom
      return `  ${id} [shape=${shape}${style}${order}, label=${label(colors, text, total)}];`;
    }),
    ...edges.map(({ from, to, kind, numbers: pair }) => {
      const color = kind === "into operator" ? into : out;
      return `  ${from} -> ${to} [color="${color}"${pair === undefined ? "" : `, label=${label(colors, ...pair)}`}];`;
    }),
    "}",
    "",
  ].join("\n");
}

/** A label in the HTML of Graphviz: the second line, a gradient, is coloured. */
function label({ mutedText, graph: { grad } }: Theme, first: string, second?: string): string {
  if (second === undefined) return `<${escapeXml(first)}>`;
  return `<${escapeXml(first)}<br/><font color="${second === "none" ? mutedText : grad}">${escapeXml(second)}</font>>`;
}

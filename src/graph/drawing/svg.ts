/** A graph as an SVG string: circles for values, squares for operators, green edges in, blue edges out. */
import { element, short, svgDocument, type Theme, type ThemeName, text, themeOf } from "../../drawing/index.ts";
import { checkInteger, SettingError } from "../../errors.ts";
import type { Structure } from "../structure.ts";
import { makeDiagram, type Numbers } from "./diagram.ts";
import {
  arrowLength,
  nameSize,
  numberSize,
  type Picture,
  type PlacedEdge,
  type PlacedShape,
  placeDiagram,
} from "./layout.ts";

export interface SvgOptions {
  /** Default "light". */
  readonly theme?: ThemeName;
  /** Significant digits of the numbers on the edges, 1 … 17, default 3. */
  readonly digits?: number;
}

/** A layered layout of more circles and squares takes minutes, and nobody could read it. */
export const mostShapes = 1000;

/** @throws {SettingError} for more than {@link mostShapes} values and operators or a theme that does not exist */
export function drawGraph(graph: Structure, numbers: Numbers | undefined, options: SvgOptions = {}): string {
  const theme = themeOf("toSvg", options.theme);
  const { digits = 3 } = options;
  checkInteger("toSvg", "digits", digits, 1, 17);
  const operators = graph.nodes.filter(({ kind }) => kind === "operator").length;
  const shapes = graph.nodes.length + operators;
  if (shapes > mostShapes)
    throw new SettingError(
      `toSvg: too large to draw: expected at most ${mostShapes} values and operators, got ${shapes}; code and steps have no limit`,
    );
  return writeSvg(placeDiagram(makeDiagram(graph, numbers, digits)), theme);
}

function writeSvg({ width, height, shapes, edges }: Picture, theme: Theme): string {
  const { into, out } = theme.graph;
  return svgDocument(
    { width, height, label: "computational graph", background: theme.background },
    ...drawEdges(
      edges.filter(({ kind }) => kind === "into operator"),
      into,
    ),
    ...drawEdges(
      edges.filter(({ kind }) => kind === "out of operator"),
      out,
    ),
    ...shapes.map((shape) => drawShape(shape, theme)),
    ...edges.flatMap((edge) => drawNumbers(edge, theme)),
  );
}

/** Lines, then all arrowheads as one shape. */
function drawEdges(edges: readonly PlacedEdge[], color: string): string[] {
  const lines = edges.map((edge) => `${element("path", { d: linePath(edge) })}\n`);
  return [
    element("g", { fill: "none", stroke: color, "stroke-width": 1.6 }, "\n", ...lines),
    element("path", { fill: color, d: edges.map(arrowhead).join("") }),
  ];
}

function linePath({ points }: PlacedEdge): string {
  const end = points.at(-1)!;
  const parts = points.map(({ x, y }, i) => {
    const at = `${short(i === points.length - 1 ? end.x - arrowLength + 1 : x)} ${short(y)}`;
    if (i === 0) return `M${at}`;
    if (i % 2 === 1) return `L${at}`;
    const before = points[i - 1]!;
    const middle = short((before.x + x) / 2);
    return `C${middle} ${short(before.y)} ${middle} ${short(y)} ${at}`;
  });
  return parts.join("");
}

function arrowhead({ points }: PlacedEdge): string {
  const { x, y } = points.at(-1)!;
  return `M${short(x)} ${short(y)}l-${arrowLength} -4v8z`;
}

function drawShape({ kind, text: name, total, x, y, width, height }: PlacedShape, theme: Theme): string {
  const isOperator = kind === "operator";
  const outline = element("rect", {
    x: x - width / 2,
    y: y - height / 2,
    width,
    height,
    rx: isOperator ? 3 : height / 2,
    fill: isOperator ? theme.graph.operator : theme.background,
    stroke: theme.graph.line,
    "stroke-width": kind === "output" ? 3 : 1.5,
    "stroke-dasharray": kind === "constant" ? "4 3" : undefined,
  });
  const parts = [outline, text(name, x, y, { size: nameSize, fill: theme.text, anchor: "middle" })];
  if (total !== undefined) parts.push(writeNumber(total, x, y + height / 2 + numberSize, theme.graph.grad));
  return parts.join("");
}

/** The value above the edge, its gradient below. */
function drawNumbers({ numbers, label }: PlacedEdge, theme: Theme): string[] {
  if (numbers === undefined || label === undefined) return [];
  const [value, grad] = numbers;
  return [
    writeNumber(value, label.x, label.y - 8.5, theme.text),
    writeNumber(grad, label.x, label.y + 11.5, grad === "none" ? theme.mutedText : theme.graph.grad),
  ];
}

function writeNumber(number: string, x: number, y: number, fill: string): string {
  return text(number, x, y, { size: numberSize, fill, anchor: "middle" });
}

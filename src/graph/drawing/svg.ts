/** A graph as an SVG string: circles for values, squares for operators, green edges in, blue edges out. */
import { element, short, svgDocument, type Theme, type ThemeName, text, themeOf } from "../../drawing/index.ts";
import { checkInteger, checkName, SettingError } from "../../errors.ts";
import type { Structure } from "../structure.ts";
import { makeDiagram, type Numbers } from "./diagram.ts";
import {
  arrowLength,
  besideLine,
  type Direction,
  nameSize,
  numberSize,
  type Picture,
  type PlacedEdge,
  type PlacedShape,
  type Point,
  placeDiagram,
} from "./layout.ts";
import { placeRows } from "./rows.ts";

export interface SvgOptions {
  /** Default "light". */
  readonly theme?: ThemeName;
  /** Significant digits of the numbers on the edges, 1 … 17, default 3. */
  readonly digits?: number;
  /** Where the forward pass runs to; default "right". */
  readonly direction?: Direction;
  /** Pixels: a wider drawing that runs to the right is broken into rows, see {@link placeRows}. Default: as wide as it gets. */
  readonly width?: number;
}

const directions: readonly Direction[] = ["right", "down"];

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
  const direction = checkName("toSvg", "direction", options.direction ?? "right", directions);
  if (options.width !== undefined) {
    checkInteger("toSvg", "width", options.width, 200, 100_000);
    if (direction === "down") throw new SettingError('toSvg: expected direction "right" with a width, got "down"');
  }
  const diagram = makeDiagram(graph, numbers, digits);
  return writeSvg(
    options.width === undefined ? placeDiagram(diagram, direction) : placeRows(diagram, options.width),
    theme,
  );
}

function writeSvg(picture: Picture, theme: Theme): string {
  const { width, height, shapes, edges, direction } = picture;
  const { into, out } = theme.graph;
  return svgDocument(
    { width, height, label: "computational graph", background: theme.background },
    ...drawEdges(
      edges.filter(({ kind }) => kind === "into operator"),
      into,
      direction,
    ),
    ...drawEdges(
      edges.filter(({ kind }) => kind === "out of operator"),
      out,
      direction,
    ),
    ...shapes.map((shape) => drawShape(shape, theme, direction)),
    ...edges.flatMap((edge) => drawNumbers(edge, theme, direction)),
  );
}

/** Lines, then all arrowheads as one shape. */
function drawEdges(edges: readonly PlacedEdge[], color: string, direction: Direction): string[] {
  const lines = edges.map((edge) => `${element("path", { d: linePath(edge, direction) })}\n`);
  return [
    element("g", { fill: "none", stroke: color, "stroke-width": 1.6 }, "\n", ...lines),
    element("path", { fill: color, d: edges.map((edge) => arrowhead(edge, direction)).join("") }),
  ];
}

/** The line of an edge, up to its arrowhead, as the `d` of a path. */
export function linePath({ points }: PlacedEdge, direction: Direction): string {
  const isDown = direction === "down";
  const end = points.at(-1)!;
  const at = (x: number, y: number): string => `${short(x)} ${short(y)}`;
  const parts = points.map(({ x, y }, i) => {
    const back = i === points.length - 1 ? arrowLength - 1 : 0;
    const here = isDown ? at(x, (back > 0 ? end.y : y) - back) : at((back > 0 ? end.x : x) - back, y);
    if (i === 0) return `M${here}`;
    if (i % 2 === 1) return `L${here}`;
    const before = points[i - 1]!;
    if (isDown) return `C${at(before.x, (before.y + y) / 2)} ${at(x, (before.y + y) / 2)} ${here}`;
    return `C${at((before.x + x) / 2, before.y)} ${at((before.x + x) / 2, y)} ${here}`;
  });
  return parts.join("");
}

/** The arrowhead of an edge, likewise. */
export function arrowhead({ points }: PlacedEdge, direction: Direction): string {
  const { x, y } = points.at(-1)!;
  return `M${short(x)} ${short(y)}l${direction === "down" ? `-4 -${arrowLength}h8z` : `-${arrowLength} -4v8z`}`;
}

function drawShape(shape: PlacedShape, theme: Theme, direction: Direction): string {
  const { kind, text: name, total, x, y, width, height } = shape;
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
    "stroke-dasharray": kind === "constant" || kind === "again" ? "4 3" : undefined,
  });
  const parts = [outline, text(name, x, y, { size: nameSize, fill: theme.text, anchor: "middle" })];
  if (total !== undefined) {
    const place = totalPlace(shape, direction);
    parts.push(text(total, place.x, place.y, { size: numberSize, fill: theme.graph.grad, anchor: place.anchor }));
  }
  return parts.join("");
}

interface TextPlace extends Point {
  readonly anchor: "start" | "middle" | "end";
}

/** Where the sum of an input's gradients is written. */
export function totalPlace({ x, y, width, height }: PlacedShape, direction: Direction): TextPlace {
  if (direction === "down") return { x: x + width / 2 + besideLine, y, anchor: "start" };
  return { x, y: y + height / 2 + numberSize, anchor: "middle" };
}

/** Where the value and the gradient of an edge are written: above and below the line, or to its left and right. */
export function numberPlaces({ x, y }: Point, direction: Direction): [value: TextPlace, grad: TextPlace] {
  if (direction === "down")
    return [
      { x: x - besideLine, y, anchor: "end" },
      { x: x + besideLine, y, anchor: "start" },
    ];
  return [
    { x, y: y - 8.5, anchor: "middle" },
    { x, y: y + 11.5, anchor: "middle" },
  ];
}

function drawNumbers({ numbers, label }: PlacedEdge, theme: Theme, direction: Direction): string[] {
  if (numbers === undefined || label === undefined) return [];
  const colors = [theme.text, numbers[1] === "none" ? theme.mutedText : theme.graph.grad];
  return numberPlaces(label, direction).map(({ x, y, anchor }, i) =>
    text(numbers[i]!, x, y, { size: numberSize, fill: colors[i]!, anchor }),
  );
}

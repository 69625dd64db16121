/** A graph as an SVG string: circles for values, squares for operators, green edges in, blue edges out. */
import { checkInteger, checkName, SettingError } from "../../errors.ts";
import type { Structure } from "../structure.ts";
import { makeDiagram, type Numbers } from "./diagram.ts";
import {
  arrowLength,
  nameSize,
  numberSize,
  type Picture,
  type PlacedEdge,
  type PlacedShape,
  type Point,
  placeDiagram,
} from "./layout.ts";

export type Theme = "light" | "dark";

export interface SvgOptions {
  /** Default "light". */
  readonly theme?: Theme;
  /** Significant digits of the numbers on the edges, 1 … 17, default 3. */
  readonly digits?: number;
}

/** A layered layout of more circles and squares takes minutes, and nobody could read it. */
export const mostShapes = 1000;

interface Colors {
  readonly page: string;
  readonly text: string;
  readonly line: string;
  readonly circle: string;
  readonly square: string;
  readonly into: string;
  readonly out: string;
  readonly grad: string;
  readonly none: string;
}

const themes: Readonly<Record<Theme, Colors>> = {
  light: {
    page: "#ffffff",
    text: "#1b1f24",
    line: "#4a5058",
    circle: "#ffffff",
    square: "#eceff3",
    into: "#1a8f3c",
    out: "#1f62d6",
    grad: "#b3261e",
    none: "#6b7280",
  },
  dark: {
    page: "#14171c",
    text: "#eceff4",
    line: "#aab2bd",
    circle: "#14171c",
    square: "#2b313a",
    into: "#4fd07a",
    out: "#6ea8ff",
    grad: "#ff8f80",
    none: "#98a1ad",
  },
};

/** @throws {SettingError} for more than {@link mostShapes} values and operators or a theme that does not exist */
export function drawGraph(graph: Structure, numbers: Numbers | undefined, options: SvgOptions = {}): string {
  const { theme = "light", digits = 3 } = options;
  checkName("toSvg", "theme", theme, ["light", "dark"]);
  checkInteger("toSvg", "digits", digits, 1, 17);
  const operators = graph.nodes.filter(({ kind }) => kind === "operator").length;
  const shapes = graph.nodes.length + operators;
  if (shapes > mostShapes)
    throw new SettingError(
      `toSvg: too large to draw: expected at most ${mostShapes} values and operators, got ${shapes}; code and steps have no limit`,
    );
  return writeSvg(placeDiagram(makeDiagram(graph, numbers, digits)), themes[theme]);
}

function writeSvg({ width, height, shapes, edges }: Picture, colors: Colors): string {
  const into = edges.filter(({ kind }) => kind === "into operator");
  const out = edges.filter(({ kind }) => kind === "out of operator");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="computational graph" font-family="DejaVu Sans, Verdana, sans-serif" text-anchor="middle">`,
    `<rect width="${width}" height="${height}" fill="${colors.page}"/>`,
    ...[[into, colors.into] as const, [out, colors.out] as const].flatMap(([some, color]) => [
      `<g fill="none" stroke="${color}" stroke-width="1.6">`,
      ...some.map(drawLine),
      "</g>",
      `<path fill="${color}" d="${some.map(arrowhead).join("")}"/>`,
    ]),
    `<g stroke="${colors.line}" stroke-width="1.5">`,
    ...shapes.map((shape) => drawShape(shape, colors)),
    "</g>",
    `<g font-size="${nameSize}" fill="${colors.text}">`,
    ...shapes.map((shape) => write(shape.text, shape.x, shape.y + 5)),
    "</g>",
    `<g font-size="${numberSize}">`,
    ...edges.flatMap((edge) => drawNumbers(edge, colors)),
    ...shapes.flatMap(({ total, x, y, height: size }) =>
      total === undefined ? [] : [write(total, x, y + size / 2 + numberSize + 4, colors.grad)],
    ),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function drawShape({ kind, x, y, width, height }: PlacedShape, colors: Colors): string {
  const box = `x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${width}" height="${height}"`;
  if (kind === "operator") return `<rect ${box} rx="3" fill="${colors.square}"/>`;
  const style = { input: "", value: "", constant: ' stroke-dasharray="4 3"', output: ' stroke-width="3"' }[kind];
  return `<rect ${box} rx="${height / 2}" fill="${colors.circle}"${style}/>`;
}

function drawNumbers({ numbers, label }: PlacedEdge, colors: Colors): string[] {
  if (numbers === undefined || label === undefined) return [];
  const [value, grad] = numbers;
  return [
    write(value, label.x, label.y - 4, colors.text),
    write(grad, label.x, label.y + numberSize + 3, grad === "none" ? colors.none : colors.grad),
  ];
}

function drawLine({ points }: PlacedEdge): string {
  const end = points.at(-1)!;
  const parts = points.map(({ x, y }, i) => {
    const at = `${round(i === points.length - 1 ? end.x - arrowLength + 1 : x)} ${round(y)}`;
    if (i === 0) return `M${at}`;
    if (i % 2 === 1) return `L${at}`;
    const before = points[i - 1]!;
    const middle = round((before.x + x) / 2);
    return `C${middle} ${round(before.y)} ${middle} ${round(y)} ${at}`;
  });
  return `<path d="${parts.join("")}"/>`;
}

function arrowhead({ points }: PlacedEdge): string {
  const { x, y } = points.at(-1)! as Point;
  return `M${round(x)} ${round(y)}l-${arrowLength} -4v8z`;
}

function write(text: string, x: number, y: number, fill?: string): string {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}"${fill === undefined ? "" : ` fill="${fill}"`}>${safe}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

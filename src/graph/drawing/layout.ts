/**
 * Lays out a diagram: layers from left to right (dagre: Sugiyama's method), sizes from the texts.
 *
 * Every label takes part in the layout like a shape. Between the layers there are gaps with nothing in them; an edge
 * runs straight through the layers and bends only in the gaps, so it crosses no shape and no label.
 */
import { graphlib, layout } from "@dagrejs/dagre";
import { textWidth } from "../../drawing/index.ts";
import { SettingError } from "../../errors.ts";
import type { Diagram, Edge, Shape } from "./diagram.ts";
import { Layers } from "./layers.ts";

export const nameSize = 15;
export const numberSize = 13;
const shapeHeight = 32;
const portGap = 14;
const margin = 16;
export const arrowLength = 8;
/** Between a line and the numbers beside it. */
export const besideLine = 6;

export interface Point {
  readonly x: number;
  readonly y: number;
}
/** A shape with its centre and size, in pixels. */
export interface PlacedShape extends Shape, Point {
  readonly width: number;
  readonly height: number;
}
/** An edge as a list of points: straight between 0 and 1, 2 and 3, …; bent between 1 and 2, 3 and 4, … */
export interface PlacedEdge extends Edge {
  readonly points: readonly Point[];
  /** The middle of its numbers. */
  readonly label?: Point;
}
/** Where the forward pass runs to. */
export type Direction = "right" | "down";

export interface Picture {
  readonly direction: Direction;
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly PlacedShape[];
  readonly edges: readonly PlacedEdge[];
}

export function placeDiagram(diagram: Diagram, direction: Direction = "right"): Picture {
  const picture = placeToTheRight(diagram, direction === "right" ? sizes : turnedSizes);
  return direction === "right" ? picture : turnPicture(picture);
}

/** Of the shapes and labels, as they take part in the layout; `width` is along the edges. */
interface Sizes {
  readonly shape: (shape: Shape, operands: number) => Size;
  readonly outer: (shape: Shape, operands: number) => Size;
  readonly label: (edge: Edge) => Size;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A drawing that runs down is one that runs to the right, with x and y exchanged at both ends. */
function turnPicture(picture: Picture): Picture {
  const { shapes, edges } = movePoints(picture, ({ x, y }) => ({ x: y, y: x }));
  return {
    direction: "down",
    width: picture.height,
    height: picture.width,
    shapes: shapes.map((shape) => ({ ...shape, width: shape.height, height: shape.width })),
    edges,
  };
}

/** The shapes and edges of a picture, with their points elsewhere. */
export function movePoints(
  { shapes, edges }: Picture,
  move: (point: Point) => Point,
): Pick<Picture, "shapes" | "edges"> {
  return {
    shapes: shapes.map((shape) => ({ ...shape, ...move(shape) })),
    edges: edges.map(({ points, label, ...edge }) => ({
      ...edge,
      points: points.map(move),
      ...(label && { label: move(label) }),
    })),
  };
}

function placeToTheRight(diagram: Diagram, sizes: Sizes): Picture {
  const incoming = groupEdges(diagram.edges, ({ to }) => to);
  const { shapes, middles, labels, width, height } = arrange(diagram, incoming, sizes);
  const ports = findPorts(incoming, shapes, (edge) => (middles.get(edge)!.at(-1) ?? shapes.get(edge.from)!).y);
  const stopsOf = (edge: Edge): Point[] => {
    const end = { x: shapes.get(edge.to)!.x, y: ports.get(edge)! };
    return [shapes.get(edge.from)!, ...middles.get(edge)!, end]; // one in every layer on the way
  };
  const layers = new Layers();
  for (const shape of shapes.values())
    layers.add(shape.x, sizes.outer(shape, incoming.get(shape.id)?.length ?? 0).width);
  for (const edge of diagram.edges) {
    const label = labels.get(edge);
    if (label !== undefined) layers.add(label.x, sizes.label(edge).width);
    stopsOf(edge).reduce((from, to) => {
      layers.add(to.x, 0);
      layers.addBend(from.x, to.y - from.y);
      return to;
    });
  }
  const move = <T extends Point>(point: T): T => ({ ...point, x: point.x + layers.shift(point.x) });
  const edges = diagram.edges.map((edge): PlacedEdge => {
    const from = move(shapes.get(edge.from)!);
    const to = move(shapes.get(edge.to)!);
    const points = stopsOf(edge).flatMap(({ x, y }) => [
      { x: layers.left(x), y },
      { x: layers.right(x), y },
    ]);
    const end = { x: to.x - to.width / 2, y: ports.get(edge)! };
    points.splice(0, 1, { x: from.x + from.width / 2, y: from.y });
    points.splice(-2, 2, { x: Math.min(points.at(-2)!.x, end.x - arrowLength), y: end.y }, end);
    const label = labels.get(edge);
    return { ...edge, points, ...(label === undefined ? {} : { label: move(label) }) };
  });
  const last = Math.max(...Array.from(shapes.values(), ({ x }) => x));
  return {
    direction: "right",
    width: Math.ceil(width + layers.shift(last)),
    height: Math.ceil(height),
    shapes: [...shapes.values()].map(move),
    edges,
  };
}

interface Arrangement {
  readonly shapes: ReadonlyMap<string, PlacedShape>;
  /** Where each edge passes the layers between its ends. */
  readonly middles: ReadonlyMap<Edge, readonly Point[]>;
  readonly labels: ReadonlyMap<Edge, Point>;
  readonly width: number;
  readonly height: number;
}

/** The layers, and the order within each of them, as dagre finds them; flipped vertically if that puts more operands in order. */
function arrange(diagram: Diagram, incoming: ReadonlyMap<string, readonly Edge[]>, sizes: Sizes): Arrangement {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 18, edgesep: 16, ranksep: 32, marginx: margin, marginy: margin });
  const operands = (shape: Shape): number => incoming.get(shape.id)?.length ?? 0;
  for (const shape of diagram.shapes) graph.setNode(shape.id, sizes.outer(shape, operands(shape)));
  diagram.edges.forEach((edge, i) => {
    graph.setEdge(edge.from, edge.to, { ...sizes.label(edge), labelpos: "c" }, String(i));
  });
  try {
    layout(graph);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // dagre's walks are recursive
    throw new SettingError(
      `toSvg: the graph of ${diagram.shapes.length} values and operators is too deep to draw; code and steps have no limit`,
    );
  }
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const turned = standsOnHead(diagram, (id) => (graph.node(id) as Point).y);
  const upright = ({ x, y }: Point): Point => ({ x, y: turned ? height - y : y });

  const shapes = new Map<string, PlacedShape>();
  for (const shape of diagram.shapes) {
    const place = upright(graph.node(shape.id) as Point);
    shapes.set(shape.id, { ...shape, ...sizes.shape(shape, operands(shape)), ...place });
  }
  const middles = new Map<Edge, Point[]>();
  const labels = new Map<Edge, Point>();
  diagram.edges.forEach((edge, i) => {
    const placed = graph.edge(edge.from, edge.to, String(i)) as { points: Point[] } & Point;
    middles.set(edge, placed.points.slice(1, -1).map(upright)); // its ends lie on the shapes
    if (edge.numbers !== undefined) labels.set(edge, upright(placed));
  });
  untangle(diagram, { shapes, middles, labels });
  return { shapes, middles, labels, width, height };
}

/**
 * Sorts routes by operand, from top to bottom, where they can be swapped without affecting anything else: routes between
 * the same two shapes, and routes from inputs and constants that are used nowhere else, which are swapped as well.
 */
function untangle({ edges }: Diagram, { shapes, middles, labels }: Places): void {
  const uses = groupEdges(edges, ({ from }) => from);
  const groups = groupEdges(edges, (edge) => {
    const { kind, x } = shapes.get(edge.from)!;
    const isOnlyHere = (kind === "input" || kind === "constant") && uses.get(edge.from)!.length === 1;
    return [edge.to, isOnlyHere ? x : edge.from, middles.get(edge)!.length, edge.numbers === undefined].join();
  });
  for (const group of groups.values()) {
    const byOperand = group.toSorted((a, b) => a.operand - b.operand);
    const sorted = <T extends Point>(points: readonly T[]): number[] => points.map(({ y }) => y).sort((a, b) => a - b);
    const layers = middles.get(group[0]!)!.map((_, i) => sorted(group.map((edge) => middles.get(edge)![i]!)));
    const sources = sorted(group.map(({ from }) => shapes.get(from)!));
    const places = sorted(group.flatMap((edge) => labels.get(edge) ?? []));
    byOperand.forEach((edge, n) => {
      shapes.set(edge.from, { ...shapes.get(edge.from)!, y: sources[n]! });
      middles.set(
        edge,
        middles.get(edge)!.map(({ x }, i) => ({ x, y: layers[i]![n]! })),
      );
      const label = labels.get(edge);
      if (label !== undefined) labels.set(edge, { ...label, y: places[n]! });
    });
  }
}

interface Places {
  readonly shapes: Map<string, PlacedShape>;
  readonly middles: Map<Edge, Point[]>;
  readonly labels: Map<Edge, Point>;
}

/** Whether more operators would have their operands in order, from top to bottom, if the drawing were flipped vertically. */
function standsOnHead({ edges }: Diagram, y: (id: string) => number): boolean {
  let balance = 0;
  edges.forEach((edge, i) => {
    const next = edges[i + 1];
    if (next?.to === edge.to && next.operand === edge.operand + 1) balance += Math.sign(y(next.from) - y(edge.from));
  });
  return balance < 0;
}

/** To the right: numbers above and below their edge, a sum below its input, with as much room above it. */
const sizes: Sizes = {
  shape: (shape, operands) => {
    const height = shape.kind === "operator" ? Math.max(shapeHeight, portsLength(operands)) : shapeHeight;
    return { width: nameWidth(shape), height };
  },
  outer(shape, operands) {
    const { width, height } = sizes.shape(shape, operands);
    if (shape.total === undefined) return { width, height };
    return { width: Math.max(width, numberWidth(shape.total)), height: height + 2 * (numberSize + 8) };
  },
  label: ({ numbers }) =>
    numbers === undefined
      ? { width: 0, height: 0 }
      : { width: Math.max(...numbers.map(numberWidth)) + 6, height: 2 * (numberSize + 5) },
};

/** Down, exchanged: numbers to the left and the right of their edge, a sum to the right of its input. */
const turnedSizes: Sizes = {
  shape: (shape, operands) => {
    const across = Math.max(nameWidth(shape), shape.kind === "operator" ? portsLength(operands) : 0);
    return { width: shapeHeight, height: across };
  },
  outer(shape, operands) {
    const { width, height } = turnedSizes.shape(shape, operands);
    return { width, height: height + (shape.total === undefined ? 0 : 2 * (numberWidth(shape.total) + besideLine)) };
  },
  label: ({ numbers }) =>
    numbers === undefined
      ? { width: 0, height: 0 }
      : { width: numberSize + 6, height: 2 * (Math.max(...numbers.map(numberWidth)) + besideLine) },
};

function nameWidth({ kind, text }: Shape): number {
  return Math.max(shapeHeight, Math.ceil(textWidth(text, nameSize)) + (kind === "operator" ? 12 : 11));
}

function numberWidth(text: string): number {
  return Math.ceil(textWidth(text, numberSize));
}

/** Of the side of an operator at which its operands arrive. */
function portsLength(operands: number): number {
  return (operands - 1) * portGap + 18;
}

function groupEdges(edges: readonly Edge[], keyOf: (edge: Edge) => string): Map<string, Edge[]> {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) {
    const key = keyOf(edge);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [edge]);
    else group.push(edge);
  }
  return groups;
}

/** Where each edge meets the left side of its target: by operand or, where the order is free, by the height it comes from. */
function findPorts(
  incoming: ReadonlyMap<string, readonly Edge[]>,
  shapes: ReadonlyMap<string, PlacedShape>,
  height: (edge: Edge) => number,
): Map<Edge, number> {
  const ports = new Map<Edge, number>();
  for (const [id, edges] of incoming) {
    const target = shapes.get(id)!;
    const ordered = edges.toSorted((a, b) => (target.isOrdered ? a.operand - b.operand : height(a) - height(b)));
    ordered.forEach((edge, i) => {
      ports.set(edge, target.y + (i - (edges.length - 1) / 2) * portGap);
    });
  }
  return ports;
}

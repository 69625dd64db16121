/**
 * Places for a diagram: layers from left to right (dagre: Sugiyama's method), sizes from the texts.
 *
 * Every label takes part in the layout like a shape. Between the layers there are gaps with nothing in them; an edge
 * runs straight through the layers and bends only in the gaps, so it crosses no shape and no label.
 */
import { graphlib, layout } from "@dagrejs/dagre";
import type { Diagram, Edge, Shape } from "./diagram.ts";
import { Layers } from "./layers.ts";
import { textWidth } from "./text-width.ts";

export const nameSize = 15;
export const numberSize = 13;
const shapeHeight = 32;
const portGap = 14;
const margin = 16;
export const arrowLength = 8;

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
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly PlacedShape[];
  readonly edges: readonly PlacedEdge[];
}

export function placeDiagram(diagram: Diagram): Picture {
  const graph = new graphlib.Graph({ multigraph: true });
  const incoming = edgesInto(diagram);
  graph.setGraph({ rankdir: "LR", nodesep: 18, edgesep: 16, ranksep: 32, marginx: margin, marginy: margin });
  for (const shape of diagram.shapes) {
    graph.setNode(shape.id, outerSize(shape, incoming.get(shape.id)?.length ?? 0));
  }
  diagram.edges.forEach((edge, i) => {
    graph.setEdge(edge.from, edge.to, { ...labelSize(edge), labelpos: "c" }, String(i));
  });
  layout(graph);
  const turned = standsOnHead(diagram, (id) => (graph.node(id) as Point).y);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const upright = (y: number): number => (turned ? height - y : y);

  const layers = new Layers();
  const shapes = new Map<string, PlacedShape>();
  for (const shape of diagram.shapes) {
    const { x, y } = graph.node(shape.id) as Point;
    const operands = incoming.get(shape.id)?.length ?? 0;
    layers.add(x, outerSize(shape, operands).width);
    shapes.set(shape.id, { ...shape, ...shapeSize(shape, operands), x, y: upright(y) });
  }
  const ports = findPorts(incoming, shapes);
  const routes = diagram.edges.map((edge, i) => {
    const { points, x = 0, y = 0 } = graph.edge(edge.from, edge.to, String(i)) as { points: Point[] } & Partial<Point>;
    if (edge.numbers !== undefined) layers.add(x, labelSize(edge).width); // without a label there is no x
    const middle = points.slice(1, -1).map((point) => ({ x: point.x, y: upright(point.y) }));
    const stops = [shapes.get(edge.from)!, ...middle, { x: shapes.get(edge.to)!.x, y: ports.get(edge)! }];
    stops.forEach((stop, s) => {
      layers.add(stop.x, 0);
      if (s > 0) layers.addBend(stops[s - 1]!.x, stop.y - stops[s - 1]!.y);
    });
    return { edge, stops, label: { x, y: upright(y) } };
  });
  const move = <T extends Point>(point: T): T => ({ ...point, x: point.x + layers.shift(point.x) });
  const edges = routes.map(({ edge, stops, label }): PlacedEdge => {
    const from = move(shapes.get(edge.from)!);
    const to = move(shapes.get(edge.to)!);
    const points = stops.flatMap(({ x, y }) => [
      { x: layers.left(x), y },
      { x: layers.right(x), y },
    ]);
    const end = { x: to.x - to.width / 2, y: ports.get(edge)! };
    points.splice(0, 1, { x: from.x + from.width / 2, y: from.y });
    points.splice(-2, 2, { x: Math.min(points.at(-2)!.x, end.x - arrowLength), y: end.y }, end);
    return { ...edge, points, ...(edge.numbers === undefined ? {} : { label: move(label) }) };
  });
  const last = Math.max(...Array.from(shapes.values(), ({ x }) => x));
  return {
    width: Math.ceil(width + layers.shift(last)),
    height: Math.ceil(height),
    shapes: [...shapes.values()].map(move),
    edges,
  };
}

/** Whether more operators would have their operands in order, from top to bottom, if the drawing were turned over. */
function standsOnHead({ edges }: Diagram, y: (id: string) => number): boolean {
  let balance = 0;
  edges.forEach((edge, i) => {
    const next = edges[i + 1];
    if (next?.to === edge.to && next.operand === edge.operand + 1) balance += Math.sign(y(next.from) - y(edge.from));
  });
  return balance < 0;
}

function shapeSize({ kind, text }: Shape, operands: number): { width: number; height: number } {
  const padding = kind === "operator" ? 12 : 11;
  const width = Math.max(shapeHeight, Math.ceil(textWidth(text, nameSize)) + padding);
  return { width, height: kind === "operator" ? Math.max(shapeHeight, (operands - 1) * portGap + 18) : shapeHeight };
}

/** With the line below an input, and as much room above it. */
function outerSize(shape: Shape, operands: number): { width: number; height: number } {
  const { width, height } = shapeSize(shape, operands);
  if (shape.total === undefined) return { width, height };
  return {
    width: Math.max(width, Math.ceil(textWidth(shape.total, numberSize))),
    height: height + 2 * (numberSize + 8),
  };
}

function labelSize({ numbers }: Edge): { width: number; height: number } {
  if (numbers === undefined) return { width: 0, height: 0 };
  const widest = Math.max(...numbers.map((text) => textWidth(text, numberSize)));
  return { width: Math.ceil(widest) + 6, height: 2 * (numberSize + 5) };
}

function edgesInto({ edges }: Diagram): Map<string, Edge[]> {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) {
    const group = groups.get(edge.to);
    if (group === undefined) groups.set(edge.to, [edge]);
    else group.push(edge);
  }
  return groups;
}

/** Where each edge meets the left side of its target: by operand, or from top to bottom where the order is free. */
function findPorts(
  incoming: ReadonlyMap<string, readonly Edge[]>,
  shapes: ReadonlyMap<string, PlacedShape>,
): Map<Edge, number> {
  const ports = new Map<Edge, number>();
  for (const [id, edges] of incoming) {
    const target = shapes.get(id)!;
    const height = (edge: Edge): number => shapes.get(edge.from)!.y;
    const ordered = edges.toSorted((a, b) => (target.isOrdered ? a.operand - b.operand : height(a) - height(b)));
    ordered.forEach((edge, i) => {
      ports.set(edge, target.y + (i - (edges.length - 1) / 2) * portGap);
    });
  }
  return ports;
}

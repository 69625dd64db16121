/**
 * A long drawing in rows, as lines of text are: each row is a drawing of its own, and a value from an earlier row that is used again
 * stands at the start of it, dashed.
 */
import type { Diagram, Edge, Shape } from "./diagram.ts";
import { movePoints, type Picture, placeDiagram } from "./layout.ts";

const gap = 24;

/** @param width - pixels: a row is not wider, unless a single operator is */
export function placeRows(diagram: Diagram, width: number): Picture {
  const whole = placeDiagram(diagram);
  if (whole.width <= width) return whole;
  const depths = depthsOf(diagram);
  const starts = startsOf(whole, depths);
  const rows: Picture[] = [];
  for (let from = 0; from < starts.length; ) {
    // As many as fit by where they are in the whole drawing; fewer, where the values from earlier rows need more room.
    let to = from + 1;
    while (to < starts.length && (starts[to + 1] ?? whole.width) - starts[from]! <= width) to++;
    let row = placeDiagram(between(diagram, depths, from, to));
    while (row.width > width && to > from + 1) row = placeDiagram(between(diagram, depths, from, --to));
    rows.push(row);
    from = to;
  }
  return stack(rows);
}

/** Where each depth begins in a drawing: the left side of what belongs to it, or the end of the depth before. */
function startsOf({ shapes }: Picture, depths: ReadonlyMap<string, number>): number[] {
  const starts: number[] = [];
  for (const { id, x, width, kind } of shapes) {
    if (kind !== "operator") continue;
    const depth = depths.get(id)!;
    starts[depth] = Math.min(starts[depth] ?? Number.POSITIVE_INFINITY, x - width / 2);
  }
  starts[0] = 0;
  return starts;
}

/**
 * For each operator how many others come before it, one after the other; a value has the depth of its operator, an input that of
 * the first operator that uses it.
 */
function depthsOf({ shapes, edges }: Diagram): Map<string, number> {
  const depths = new Map<string, number>();
  for (const { from, to, kind } of edges) {
    const before = depths.get(from);
    if (kind === "out of operator") depths.set(to, before ?? 0);
    else depths.set(to, Math.max(depths.get(to) ?? 0, before === undefined ? 0 : before + 1));
  }
  for (const { from, to, kind } of edges)
    if (kind === "into operator" && isSource(from, edges))
      depths.set(from, Math.min(depths.get(from) ?? Number.POSITIVE_INFINITY, depths.get(to)!));
  for (const { id } of shapes) if (!depths.has(id)) depths.set(id, 0); // an input that is used nowhere
  return depths;
}

function isSource(id: string, edges: readonly Edge[]): boolean {
  return !edges.some(({ to }) => to === id);
}

/** The part of a diagram from one depth up to another, with the earlier values that it uses, dashed. */
export function between(
  { shapes, edges }: Diagram,
  depths: ReadonlyMap<string, number>,
  from: number,
  to: number,
): Diagram {
  const isHere = (id: string): boolean => depths.get(id)! >= from && depths.get(id)! < to;
  const inside = edges.filter((edge) => isHere(edge.to));
  const earlier = new Set(inside.filter((edge) => !isHere(edge.from)).map((edge) => edge.from));
  const again = (shape: Shape): Shape => {
    const { total: _, ...rest } = shape;
    return { ...rest, kind: shape.kind === "constant" ? "constant" : "again" };
  };
  return {
    shapes: shapes.flatMap((shape) => (isHere(shape.id) ? [shape] : earlier.has(shape.id) ? [again(shape)] : [])),
    edges: inside,
  };
}

function stack(rows: readonly Picture[]): Picture {
  let top = 0;
  const placed = rows.map((row) => {
    const down = top;
    top += row.height + gap;
    return movePoints(row, ({ x, y }) => ({ x, y: y + down }));
  });
  return {
    direction: "right",
    width: Math.max(...rows.map((row) => row.width)),
    height: top - gap,
    shapes: placed.flatMap((row) => row.shapes),
    edges: placed.flatMap((row) => row.edges),
  };
}

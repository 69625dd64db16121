/** Path data for many values: as short as the pixels allow. */
import { short } from "../drawing/index.ts";
import type { Scale } from "./scale.ts";

/**
 * A line through the points in their order. Values that cannot be shown break it. Of all points that fall into the
 * same half pixel across, the first, lowest, highest and last are kept: what the eye sees of a million points.
 */
export function linePath(x: ArrayLike<number>, y: ArrayLike<number>, scaleX: Scale, scaleY: Scale): string {
  let path = "";
  let penDown = false;
  let gap = false;
  let column: Column | undefined;
  const draw = (points: readonly Point[]): void => {
    for (const { x, y } of points) {
      path += `${penDown ? "L" : "M"}${short(x)} ${short(y)}`;
      penDown = true;
    }
  };
  const n = Math.min(x.length, y.length);
  for (let i = 0; i < n; i++) {
    if (!scaleX.shows(x[i]!) || !scaleY.shows(y[i]!)) {
      gap = true;
      continue;
    }
    const point = { index: i, x: scaleX(x[i]!), y: scaleY(y[i]!) };
    if (column && Math.floor(point.x * 2) === Math.floor(column.first.x * 2)) {
      if (point.y < column.low.y) column.low = point;
      if (point.y > column.high.y) column.high = point;
      column.last = point; // a gap narrower than half a pixel is not seen
    } else {
      if (column) draw(pointsOf(column));
      if (gap) penDown = false;
      column = { first: point, low: point, high: point, last: point };
    }
    gap = false;
  }
  if (column) draw(pointsOf(column));
  return path;
}

interface Point {
  readonly index: number;
  /** pixels */
  readonly x: number;
  readonly y: number;
}

/** What is kept of the points in one half pixel. */
interface Column {
  readonly first: Point;
  low: Point;
  high: Point;
  last: Point;
}

function pointsOf({ first, low, high, last }: Column): Point[] {
  return [...new Set([first, low, high, last])].sort((a, b) => a.index - b.index);
}

export const markerShapes = ["circle", "square", "triangle", "diamond"] as const;
export type MarkerShape = (typeof markerShapes)[number];

/**
 * Circles and squares are the two ends of a stroke a hundredth of a pixel long, few characters for many points;
 * the others are drawn.
 */
const outlines: Record<MarkerShape, (size: number) => string> = {
  circle: () => "h.01",
  square: () => "h.01",
  triangle: (size) => `m0 ${short(-size * 0.6)}l${short(size * 0.58)} ${short(size)}h${short(-size * 1.16)}z`,
  diamond: (size) => {
    const half = short(size * 0.64);
    return `m0 -${half}l${half} ${half}l-${half} ${half}l-${half} -${half}z`;
  },
};

/** One path for all markers; those that would cover another within a quarter of a pixel are left out. */
export function markerPath(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  scaleX: Scale,
  scaleY: Scale,
  shape: MarkerShape,
  size: number,
): string {
  const outline = outlines[shape](size);
  const seen = new Set<number>();
  let path = "";
  const n = Math.min(x.length, y.length);
  for (let i = 0; i < n; i++) {
    if (!scaleX.shows(x[i]!) || !scaleY.shows(y[i]!)) continue;
    const [px, py] = [scaleX(x[i]!), scaleY(y[i]!)];
    const place = Math.round(px * 4) * 2 ** 22 + Math.round(py * 4);
    if (seen.has(place)) continue;
    seen.add(place);
    path += `M${short(px)} ${short(py)}${outline}`;
  }
  return path;
}

/** How {@link markerPath} has to be painted to give the shape. */
export function markerPaint(shape: MarkerShape, size: number, color: string): Record<string, string | number> {
  if (shape === "circle" || shape === "square")
    return {
      fill: "none",
      stroke: color,
      "stroke-width": size,
      "stroke-linecap": shape === "circle" ? "round" : "square",
    };
  return { fill: color };
}

import { element, seriesColor, short, type Theme } from "../drawing/index.ts";
import { linePath, type MarkerShape, markerPaint, markerPath, markerShapes } from "./paths.ts";
import type { Scale } from "./scale.ts";

interface Common {
  /** what the legend says; without a name the series has no place in the legend */
  readonly name?: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** index of a theme colour, or a colour; default: the place among the panel's series */
  readonly color?: number | string;
  /** names the drawn paths in `data-series`, for a page on which they can be clicked */
  readonly id?: string;
  /** 0 … 1, default 1 */
  readonly opacity?: number;
}

/** Points joined in their order; values that cannot be shown leave gaps. */
export interface LineSeries extends Common {
  readonly kind: "line";
  /** stroke width in pixels, default 2 */
  readonly width?: number;
  /** lengths of dashes and gaps in pixels, as `[6, 4]` */
  readonly dash?: readonly number[];
  /** a marker on every point; default none, and a dot on a line of a single point */
  readonly marker?: MarkerShape;
}

export interface PointSeries extends Common {
  readonly kind: "points";
  /** default circle */
  readonly marker?: MarkerShape;
  /** marker size in pixels across, default 3 */
  readonly size?: number;
}

export type Series = LineSeries | PointSeries;

const lineMarkerSize = 6;

export function colorOf(series: Series, index: number, theme: Theme): string {
  return typeof series.color === "string" ? series.color : seriesColor(theme, series.color ?? index);
}

/** The drawing of one series, and nothing around it. */
export function drawSeries(series: Series, color: string, x: Scale, y: Scale): string {
  const opacity = series.opacity === 1 ? undefined : series.opacity;
  const named = { "data-series": series.id };
  if (series.kind === "points") {
    const { marker = "circle", size = 3 } = series;
    const d = markerPath(series.x, series.y, x, y, marker, size);
    return d && element("path", { d, ...markerPaint(marker, size, color), ...opacities(opacity), ...named });
  }
  const d = linePath(series.x, series.y, x, y);
  if (!d) return "";
  const line = element("path", { d, ...linePaint(series, color), "stroke-opacity": opacity, ...named });
  const marker = series.marker ?? (d.includes("L") ? undefined : "circle");
  if (!marker) return line;
  const markers = markerPath(series.x, series.y, x, y, marker, lineMarkerSize);
  const paint = markerPaint(marker, lineMarkerSize, color);
  return line + element("path", { d: markers, ...paint, ...opacities(opacity), ...named });
}

/** `opacity` itself makes a group, which PDF writers get wrong. */
const opacities = (opacity: number | undefined): Record<string, number | undefined> => ({
  "fill-opacity": opacity,
  "stroke-opacity": opacity,
});

function linePaint(series: LineSeries, color: string): Record<string, string | number | undefined> {
  return {
    fill: "none",
    stroke: color,
    "stroke-width": series.width ?? 2,
    "stroke-linejoin": "round",
    "stroke-dasharray": series.dash?.map(short).join(" "),
  };
}

/** Pixels for {@link drawSample}. */
export const sampleWidth = (series: Series): number => (series.kind === "line" ? 24 : 12);

/** What stands before the name in the legend: a piece of the line or a point. */
export function drawSample(series: Series, color: string, left: number, middle: number): string {
  const place = Object.assign((value: number) => value, { domain: [0, 1] as const, ticks: [], shows: () => true });
  const centre = { x: [left + sampleWidth(series) / 2], y: [middle] };
  if (series.kind === "points") {
    const size = Math.max(series.size ?? 3, 6);
    return drawSeries({ ...series, ...centre, size }, color, place, place);
  }
  const line = element("path", {
    d: `M${short(left)} ${short(middle)}h${sampleWidth(series)}`,
    ...linePaint(series, color),
    "stroke-opacity": series.opacity,
  });
  if (!series.marker) return line;
  return (
    line + drawSeries({ kind: "points", ...centre, marker: series.marker, size: lineMarkerSize }, color, place, place)
  );
}

/** A marker for the n-th series, so that colour is never the only difference. */
export function seriesMarker(index: number): MarkerShape {
  return markerShapes[index % markerShapes.length]!;
}

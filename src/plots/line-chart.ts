import { type ChartOptions, chart } from "./chart.ts";
import type { Panel } from "./panel.ts";
import { type Axis, createScale } from "./scale.ts";
import { type LineSeries, seriesMarker } from "./series.ts";

export interface LineChartOptions extends ChartOptions {
  readonly x?: Axis;
  readonly y?: Axis;
}

/**
 * Curves in one data area, as losses against steps or errors against outlier shares.
 * Curves of at most 40 points carry a marker on each, of another shape for each curve.
 */
export function lineChart(lines: readonly Omit<LineSeries, "kind">[], options: LineChartOptions = {}): string {
  const { x = {}, y = {}, ...rest } = options;
  const series = lines.map((line, index): LineSeries => {
    const marker = line.x.length <= 40 ? { marker: seriesMarker(index) } : {};
    return { kind: "line", ...marker, ...line };
  });
  return chart([{ x, y, series }], { width: 640, height: 420, ...rest });
}

/** The same panels, with one domain of x and one of y that hold the data of all of them. */
export function shareAxes(panels: readonly Panel[]): Panel[] {
  const shared = (key: "x" | "y"): readonly [number, number] => {
    const series = panels.flatMap((panel) => panel.series.map((one) => one[key]));
    return createScale(panels[0]?.[key] ?? {}, series, [0, 1], 5).domain;
  };
  const domains = { x: shared("x"), y: shared("y") };
  return panels.map((panel) => ({
    ...panel,
    x: { ...panel.x, domain: domains.x },
    y: { ...panel.y, domain: domains.y },
  }));
}

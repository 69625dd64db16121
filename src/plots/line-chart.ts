import { type ChartOptions, drawChart } from "./chart.ts";
import type { Axis } from "./scale.ts";
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
  return drawChart("lineChart", [{ x, y, series }], { width: 640, height: 420, ...rest });
}

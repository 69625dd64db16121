import { type ChartOptions, drawChart } from "./chart.ts";
import type { LineSeries } from "./series.ts";
import { movingAverage } from "./smooth.ts";
import type { TrainingHistory } from "./training-plot.ts";

export interface NamedHistory {
  readonly name: string;
  readonly history: TrainingHistory;
  /** names its curves in `data-series`, for a page on which they can be clicked */
  readonly id?: string;
  /** of its curves, in pixels, default 2 */
  readonly width?: number;
}

/** Several runs in one chart against epochs: their losses, smoothed, and their val accuracies (percent). */
export function runsPlot(
  runs: readonly NamedHistory[],
  { lossScale = "linear", ...options }: ChartOptions & { readonly lossScale?: "linear" | "log" } = {},
): string {
  const losses = runs.map(({ name, history, ...look }, color): LineSeries => {
    const { losses, stepsPerEpoch, epochs } = history;
    if (losses.length === 0) {
      const known = epochs.map((record) => (record as { loss?: number }).loss ?? Number.NaN);
      return { kind: "line", name, color, ...look, x: epochs.map(({ epoch }) => epoch), y: known };
    }
    const x = Float64Array.from({ length: losses.length }, (_, i) => (i + 1) / Math.max(1, stepsPerEpoch));
    return { kind: "line", name, color, ...look, x, y: movingAverage(losses, Math.ceil(losses.length / 50)) };
  });
  const accuracies = runs.map(({ name, history: { epochs }, ...look }, color): LineSeries => {
    const y = epochs.map(({ valAccuracy }) => 100 * valAccuracy);
    return { kind: "line", name, color, ...look, x: epochs.map(({ epoch }) => epoch), y };
  });
  return drawChart(
    "runsPlot",
    [
      { title: "Loss", x: { label: "epoch" }, y: { label: "loss", scale: lossScale }, series: losses },
      {
        title: "Accuracy on the validation images",
        x: { label: "epoch" },
        y: { label: "accuracy (%)" },
        series: accuracies,
      },
    ],
    { legend: "shared", ...options, height: options.height ?? 420 },
  );
}

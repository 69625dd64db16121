import type { EpochRecord } from "../training/index.ts";
import { type ChartOptions, drawChart } from "./chart.ts";
import type { Panel } from "./panel.ts";
import type { LineSeries } from "./series.ts";
import { movingAverage } from "./smooth.ts";

/** What a training run leaves behind. */
export interface TrainingHistory {
  /** loss of each step, in order */
  readonly losses: ArrayLike<number>;
  readonly stepsPerEpoch: number;
  readonly epochs: readonly AccuracyRecord[];
}

type AccuracyRecord = Pick<EpochRecord, "epoch" | "trainAccuracy" | "valAccuracy">;

export interface TrainingPlotOptions extends ChartOptions {
  /** default `linear` */
  readonly lossScale?: "linear" | "log";
  /** steps in the moving average over the losses; default: a fiftieth of all steps; 1 for none */
  readonly smoothing?: number;
}

/** Loss per step against epoch on the left, train and val accuracy (percent) per epoch on the right. */
export function trainingPlot(history: TrainingHistory, options: TrainingPlotOptions = {}): string {
  const width = options.width ?? 900;
  return drawChart("trainingPlot", [lossPanel(history, options), accuracyPanel(history)], {
    ...options,
    width,
    height: options.height ?? (width < 660 ? 640 : Math.round(Math.min(640, width * 0.42))),
  });
}

function lossPanel(history: TrainingHistory, options: TrainingPlotOptions): Panel {
  const { losses, stepsPerEpoch } = history;
  const steps = losses.length;
  const perEpoch = stepsPerEpoch > 0 ? stepsPerEpoch : Math.max(1, steps);
  const x = Float64Array.from({ length: steps }, (_, i) => (i + 1) / perEpoch); // epochs behind us after the step
  const window = Math.min(steps, options.smoothing ?? Math.ceil(steps / 50));
  const series: LineSeries[] =
    window > 1
      ? [
          { kind: "line", name: "each step", x, y: losses, color: 0, width: 1, opacity: 0.4 },
          { kind: "line", name: `mean of ${window} steps`, x, y: movingAverage(losses, window), color: 0, width: 2 },
        ]
      : [{ kind: "line", name: "each step", x, y: losses, color: 0, width: 1.5 }];
  return {
    title: steps === 0 ? "Loss (no step yet)" : "Loss",
    x: { label: "epoch", domain: [0, lastEpoch(history)], whole: true },
    y: { label: "loss", scale: options.lossScale ?? "linear", include: around(lastFinite(losses)) },
    series,
  };
}

function accuracyPanel(history: TrainingHistory): Panel {
  const { epochs } = history;
  const x = epochs.map(({ epoch }) => epoch);
  const marker = (name: "circle" | "square") => (epochs.length <= 40 ? { marker: name } : {});
  const [train, val] = [
    epochs.map(({ trainAccuracy }) => 100 * trainAccuracy),
    epochs.map(({ valAccuracy }) => 100 * valAccuracy),
  ];
  const best = Math.max(0, ...[...train, ...val].filter(Number.isFinite));
  return {
    title: epochs.length === 0 ? "Accuracy (no epoch yet)" : "Accuracy",
    x: { label: "epoch", domain: [0, lastEpoch(history)], whole: true },
    y: { label: "accuracy (%)", include: [0, best > 0 ? Math.min(100, best * 1.08) : 100] },
    series: [
      { kind: "line", name: "train", x, y: train, color: 0, ...marker("circle") },
      { kind: "line", name: "val", x, y: val, color: 1, ...marker("square") },
    ],
  };
}

/** At least 1; the same for both panels. */
function lastEpoch({ losses, stepsPerEpoch, epochs }: TrainingHistory): number {
  return Math.max(1, epochs.at(-1)?.epoch ?? 0, stepsPerEpoch > 0 ? losses.length / stepsPerEpoch : 0);
}

/** A loss that moves by less than a tenth is drawn as the flat curve it is. */
function around(value: number | undefined): number[] {
  return value === undefined ? [] : [0.95 * value, 1.05 * value];
}

function lastFinite(values: ArrayLike<number>): number | undefined {
  for (let i = values.length - 1; i >= 0; i--) if (Number.isFinite(values[i])) return values[i];
  return undefined;
}

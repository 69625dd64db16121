import { bestEpoch, type EpochRecord } from "../training/index.ts";
import { type ChartOptions, drawChart } from "./chart.ts";
import type { Panel } from "./panel.ts";
import type { MarkerShape } from "./paths.ts";
import type { Axis } from "./scale.ts";
import type { LineSeries, PointSeries } from "./series.ts";
import { movingAverage } from "./smooth.ts";

/** What a training run leaves behind. */
export interface TrainingHistory {
  /** loss of each step, in order */
  readonly losses: ArrayLike<number>;
  readonly stepsPerEpoch: number;
  readonly epochs: readonly AccuracyRecord[];
}

type AccuracyRecord = Pick<EpochRecord, "epoch" | "trainAccuracy" | "valAccuracy"> &
  Partial<Pick<EpochRecord, "regLoss" | "valLoss">>;

export interface TrainingPlotOptions extends ChartOptions {
  /** default `linear` */
  readonly lossScale?: "linear" | "log";
  /** steps in the moving average over the losses; default: a fiftieth of all steps; 1 for none */
  readonly smoothing?: number;
}

/**
 * Against epochs: on the left the loss per step, with the penalty in it and the val loss, which has none; on the right train and
 * val accuracy (percent), and the epoch that did best on the validation images.
 */
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
  const x = Float64Array.from({ length: steps }, (_, i) => (i + 1) / perEpoch); // epochs done after the step
  const window = Math.min(steps, options.smoothing ?? Math.ceil(steps / 50));
  const line = { kind: "line", color: 0, x } as const;
  const series: LineSeries[] =
    window > 1
      ? [
          { ...line, name: "each step", y: losses, width: 1, opacity: 0.4 },
          { ...line, name: `mean of ${window} steps`, y: movingAverage(losses, window) },
        ]
      : [{ ...line, name: "each step", y: losses, width: 1.5 }];
  series.push(...epochLosses(history));
  return {
    title: steps === 0 ? "Loss (no step yet)" : "Loss",
    x: epochAxis(history),
    y: { label: "loss", scale: options.lossScale ?? "linear" },
    series,
  };
}

function accuracyPanel(history: TrainingHistory): Panel {
  const { epochs } = history;
  const line = (name: "train" | "val", color: number, marker: MarkerShape): LineSeries => ({
    kind: "line",
    name,
    color,
    ...(epochs.length <= 40 && { marker }),
    x: epochs.map(({ epoch }) => epoch),
    y: epochs.map((record) => 100 * record[`${name}Accuracy`]),
  });
  const lines = [line("train", 0, "circle"), line("val", 1, "square")];
  const values = lines.flatMap(({ y }) => Array.from(y)).filter(Number.isFinite);
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [100, 0];
  return {
    title: epochs.length === 0 ? "Accuracy (no epoch yet)" : "Accuracy",
    x: epochAxis(history),
    y: { label: "accuracy (%)", include: [Math.max(0, high - 1), Math.min(100, low + 1)] }, // at least one percent
    series: [...lines.filter(({ y }) => Array.from(y).some(Number.isFinite)), ...bestPoint(history)],
  };
}

/** The val loss and the penalty of each epoch, where there are any. */
function epochLosses({ epochs }: TrainingHistory): LineSeries[] {
  const x = epochs.map(({ epoch }) => epoch);
  const marker = epochs.length <= 40 ? ({ marker: "square" } as const) : {};
  const valLoss = epochs.map((record) => record.valLoss ?? Number.NaN);
  const penalty = epochs.map((record) => record.regLoss ?? 0);
  const lines: LineSeries[] = [];
  if (valLoss.some(Number.isFinite))
    lines.push({ kind: "line", name: "val, without penalty", color: 1, x, y: valLoss, ...marker });
  if (penalty.some((value) => value > 0))
    lines.push({ kind: "line", name: "penalty", color: 2, x, y: penalty, dash: [5, 4], width: 1.5 });
  return lines;
}

/** A ring around the best val accuracy, the first of equals. */
function bestPoint(history: TrainingHistory): PointSeries[] {
  const best = bestEpoch(history);
  if (!best || !Number.isFinite(best.valAccuracy)) return [];
  const accuracy = 100 * best.valAccuracy;
  const name = `best: ${accuracy.toFixed(1)}% in epoch ${best.epoch}`;
  return [{ kind: "points", name, color: 3, x: [best.epoch], y: [accuracy], marker: "diamond", size: 9 }];
}

/** From 0 to the last epoch, begun or done; at least 1, and the same for both panels. */
function epochAxis({ losses, stepsPerEpoch, epochs }: TrainingHistory): Axis {
  const begun = stepsPerEpoch > 0 ? losses.length / stepsPerEpoch : 0;
  return { label: "epoch", domain: [0, Math.max(1, epochs.at(-1)?.epoch ?? 0, begun)], whole: true };
}

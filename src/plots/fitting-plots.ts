/** Drawings of affine fits: the loss on its way down, errors against outliers, fits side by side. */
import { themeOf } from "../drawing/index.ts";
import { type Comparison, type ComparisonCase, comparedMethods } from "../fitting/compare.ts";
import { applyAffineTransform } from "../fitting/index.ts";
import type { DType, Tensor } from "../tensor/index.ts";
import { type ChartOptions, drawChart } from "./chart.ts";
import type { Panel } from "./panel.ts";
import { columns, markerSize } from "./scatter-frame.ts";
import { type LineSeries, seriesMarker } from "./series.ts";

export interface FitLossPlotOptions extends ChartOptions {
  /** default `log` */
  readonly lossScale?: "linear" | "log";
  /** what the loss is, default `mean squared distance` */
  readonly lossName?: string;
  /** the loss of the best transform there is: a dashed line */
  readonly optimum?: number;
}

/** @param losses - at the start and after every step */
export function fitLossPlot(losses: ArrayLike<number>, options: FitLossPlotOptions = {}): string {
  const { lossScale = "log", lossName = "mean squared distance", optimum, ...rest } = options;
  const last = Math.max(1, losses.length - 1);
  const series: LineSeries[] = [
    {
      kind: "line",
      name: "loss",
      x: Float64Array.from({ length: losses.length }, (_, i) => i),
      y: losses,
      ...(losses.length <= 40 && { marker: "circle" }),
    },
  ];
  if (optimum !== undefined)
    series.push({ kind: "line", name: "least squares", x: [0, last], y: [optimum, optimum], dash: [6, 4], width: 1.5 });
  const panel: Panel = {
    x: { label: "step", whole: true, domain: [0, last] },
    y: { label: lossName, scale: lossScale, ...(lossScale === "linear" && { include: [0] }) },
    series,
  };
  return drawChart("fitLossPlot", [panel], { width: 640, height: 420, ...rest });
}

/**
 * Both errors against the share of replaced targets. Where the reference is least squares itself, a method that differs from
 * it by rounding alone, as most do without outliers, starts at the first share where it differs by more.
 */
export function comparisonPlot({ rows, isReferenceLeastSquares }: Comparison, options: ChartOptions = {}): string {
  const panel = (title: string, label: string, key: "parameterError" | "inlierError"): Panel => ({
    title,
    x: { label: "replaced targets (%)", domain: shareDomain },
    y: { label, scale: "log" },
    series: comparedMethods.map((method, index) => {
      const isRounding = (error: number): boolean => isReferenceLeastSquares && error < 1e-6;
      const own = rows.filter((row) => row.method === method && !(key === "parameterError" && isRounding(row[key])));
      return {
        kind: "line",
        name: method,
        marker: seriesMarker(index),
        ...(method === "gradient descent" && { width: 5, opacity: 0.45 }), // least squares lies on top of it
        x: own.map((row) => 100 * row.share),
        y: own.map((row) => row[key]),
      };
    }),
  });
  const shares = rows.map((row) => 100 * row.share);
  const shareDomain: [number, number] = [Math.min(...shares), Math.max(...shares)];
  const reference = isReferenceLeastSquares ? "clean least squares" : "the truth";
  return drawChart(
    "comparisonPlot",
    [
      panel(`Parameter error against ${reference}`, "largest |difference| in S and t", "parameterError"),
      panel("Inlier error on targets not replaced", "root mean square distance", "inlierError"),
    ],
    { height: 400, legend: "shared", ...options },
  );
}

/** More points than this only hide each other: every k-th is drawn. */
const mostPoints = 10_000;

/** What each method made of the same points: one panel per method, all with the same axes. */
export function comparisonFits(
  p: Tensor<DType>,
  { pPrime, replaced, fits }: ComparisonCase,
  options: ChartOptions = {},
): string {
  const N = pPrime.size / 2;
  const every = Math.ceil(N / mostPoints);
  const isReplaced = new Set(replaced);
  const draw = (flat: Float64Array, isDrawn: (row: number) => boolean): [x: Float64Array, y: Float64Array] =>
    columns(
      "points",
      flat.filter((_, i) => (i >> 1) % every === 0 && isDrawn(i >> 1)),
    );
  const [noiseX, noiseY] = draw(pPrime.data, (row) => isReplaced.has(row));
  const [keptX, keptY] = draw(pPrime.data, (row) => !isReplaced.has(row));
  const predictions = comparedMethods.map((method) => draw(applyAffineTransform(p, fits[method]).data, () => true));
  const axes = {
    x: { domain: roomFor([noiseX, keptX, ...predictions.map(([x]) => x)]) },
    y: { domain: roomFor([noiseY, keptY, ...predictions.map(([, y]) => y)]) },
    equalUnits: true,
  };
  const style = { kind: "points", size: 0.8 * markerSize(N) } as const;
  const muted = { color: themeOf("comparisonFits", options.theme).axis, opacity: 0.7 };
  const panels = comparedMethods.map((method, index): Panel => {
    const [x, y] = predictions[index]!;
    return {
      ...axes,
      title: `${method}: parameter error ${fits[method].parameterError.toPrecision(2)}`,
      series: [
        { ...style, name: "replaced target", x: noiseX, y: noiseY, ...muted },
        { ...style, name: "target", x: keptX, y: keptY, color: 0 },
        { ...style, name: "prediction", x, y, color: 1 },
      ],
    };
  });
  return drawChart("comparisonFits", panels, { height: 760, columns: 2, legend: "shared", ...options });
}

/** From the smallest to the largest value, and a margin. */
function roomFor(series: readonly Float64Array[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of series)
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  const margin = 0.04 * (high - low) || 1;
  return [low - margin, high + margin];
}

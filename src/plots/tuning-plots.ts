/** What a search found, in pictures: the best so far, each setting against accuracy, all settings side by side. */
import { element, fitText, mixColors, short, svgDocument, text, themeOf } from "../drawing/index.ts";
import { type ChartOptions, checkSize, drawChart, heading, padding } from "./chart.ts";
import type { Panel } from "./panel.ts";
import type { Series } from "./series.ts";

/** A setting that was searched, with its value in each trial. */
export interface TuningAxis {
  readonly name: string;
  readonly scale: "linear" | "log" | "integer" | "choice";
  /** names of the choices; the values are then their indices */
  readonly choices?: readonly string[];
  /** NaN where the trial has none */
  readonly values: readonly number[];
}

/** What results cost in all when each came in, and how good it was; values from 0 to 1. */
export interface TuningProgress {
  readonly epochs: readonly number[];
  readonly seconds: readonly number[];
  readonly values: readonly number[];
}

/** The results one by one and the best so far, against epochs of training and against its seconds. */
export function bestSoFarPlot({ epochs, seconds, values }: TuningProgress, options: ChartOptions = {}): string {
  const bests: number[] = [];
  for (const value of values) bests.push(Math.max(bests.at(-1) ?? 0, 100 * value));
  const panelOf = (x: readonly number[], label: string): Panel => {
    const stairs = x.flatMap((at, i) => (i === 0 ? [at] : [at, at]));
    const heights = bests.flatMap((height, i) => (i === 0 ? [height] : [bests[i - 1]!, height]));
    const points: Series = {
      kind: "points",
      name: "each result",
      x,
      y: values.map((v) => 100 * v),
      color: 0,
      size: 4,
      opacity: 0.6,
    };
    return {
      x: { label, include: [0] },
      y: { label: "val accuracy (%)" },
      series: [points, { kind: "line", name: "best so far", x: stairs, y: heights, color: 1 }],
    };
  };
  const panels = [panelOf(epochs, "epochs trained"), panelOf(seconds, "seconds of training, all trials together")];
  return drawChart("bestSoFarPlot", panels, { height: 380, ...options });
}

/** A panel for each setting: its value in every trial against the accuracy (percent). */
export function settingsPlot(
  axes: readonly TuningAxis[],
  values: readonly number[],
  options: ChartOptions = {},
): string {
  const y = values.map((value) => 100 * value);
  const panels = axes.map((axis): Panel => {
    const points: Series = { kind: "points", x: axis.values, y, color: 0, size: 5, opacity: 0.7 };
    const label = axis.choices ? `${axis.choices.map((name, i) => `${i} ${name}`).join(", ")}` : axis.name;
    const domain = axis.choices && ([-0.5, Math.max(0.5, axis.choices.length - 0.5)] as const);
    return {
      title: axis.name,
      x: {
        label,
        scale: axis.scale === "log" ? "log" : "linear",
        ...(domain && { domain }),
        whole: axis.scale === "integer" || axis.scale === "choice",
      },
      y: { label: "val accuracy (%)" },
      series: [points],
    };
  });
  return drawChart("settingsPlot", panels, { legend: "shared", ...options });
}

/** An axis for each setting and one for the accuracy; a line for each trial, the darker the better. */
export function parallelCoordinates(
  axes: readonly TuningAxis[],
  values: readonly number[],
  options: ChartOptions = {},
): string {
  const { height = 420, title = "Each trial is a line, the darker the better; below the axes: no value" } = options;
  const accuracy: TuningAxis = {
    name: "val accuracy (%)",
    scale: "linear",
    values: values.map((value) => 100 * value),
  };
  const all = [...axes, accuracy];
  const width = options.width ?? Math.max(640, 120 * all.length);
  checkSize("parallelCoordinates", "width", width);
  checkSize("parallelCoordinates", "height", height);
  const theme = themeOf("parallelCoordinates", options.theme);
  const [left, right, top, bottom] = [padding + 50, width - padding - 60, padding + 66, height - padding - 26];
  const xOf = (i: number): number => left + ((right - left) * i) / Math.max(1, all.length - 1);
  const scales = all.map(placesOf);
  const yOf = (share: number): number => (Number.isNaN(share) ? bottom + 16 : bottom - (bottom - top) * share);
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const lines = order.map((trial, rank) => {
    const points = scales.map(({ shares }, i) => `${short(xOf(i))} ${short(yOf(shares[trial]!))}`);
    const share = order.length < 2 ? 1 : rank / (order.length - 1);
    const stroke = mixColors(theme.ramp[0], theme.ramp[1], 0.15 + 0.85 * share);
    return element("path", { d: `M${points.join("L")}`, fill: "none", stroke, "stroke-width": share === 1 ? 3 : 1.3 });
  });
  const frames = all.map(({ name }, i) => {
    const x = xOf(i);
    const style = { anchor: "middle", size: 11, fill: theme.text } as const;
    const ticks = scales[i]!.ticks.map(({ share, label }) =>
      text(fitText(label, 70, 10), x + 5, yOf(share), { size: 10, fill: theme.mutedText }),
    );
    const axis = element("path", {
      d: `M${short(x)} ${short(top)}V${short(bottom)}`,
      stroke: theme.axis,
      fill: "none",
    });
    return [axis, ...ticks, text(fitText(name, 116, 11), x, top - (i % 2 === 0 ? 14 : 30), style)].join("\n");
  });
  return svgDocument(
    { width, height, label: title, background: theme.background },
    heading(title, width - 2 * padding, theme),
    ...lines,
    ...frames,
  );
}

interface Places {
  readonly shares: readonly number[]; // 0 … 1 from the bottom of the axis; NaN for none
  readonly ticks: readonly { readonly share: number; readonly label: string }[];
}

function placesOf({ scale, choices, values }: TuningAxis): Places {
  if (choices) {
    const share = (index: number): number => (choices.length < 2 ? 0.5 : index / (choices.length - 1));
    return { shares: values.map(share), ticks: choices.map((label, i) => ({ share: share(i), label })) };
  }
  const lined = values.map((value) => (scale === "log" ? Math.log(value) : value));
  const known = lined.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const share = (value: number): number => (high > low ? (value - low) / (high - low) : 0.5);
  const label = (place: number): string => String(Number((scale === "log" ? Math.exp(place) : place).toPrecision(3)));
  const places = known.length === 0 ? [] : high > low ? [low, (low + high) / 2, high] : [low];
  return {
    shares: lined.map((value) => (Number.isFinite(value) ? share(value) : Number.NaN)),
    ticks: places.map((place) => ({ share: share(place), label: label(place) })),
  };
}

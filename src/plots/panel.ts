/** One data area with its title, legend, axes and series. */
import { createLegend, type Legend } from "./legend.ts";
import { type Axis, createScale, type Scale } from "./scale.ts";
import { colorOf, drawSeries, type Series } from "./series.ts";
import { element, short, text } from "./svg.ts";
import { fitText, textWidth } from "./text-width.ts";
import type { Theme } from "./theme.ts";

export interface Panel {
  readonly title?: string;
  readonly x?: Axis;
  readonly y?: Axis;
  /** drawn in this order, the last one on top */
  readonly series: readonly Series[];
  /** one unit of x as long as one unit of y, for points in a plane; default false */
  readonly equalUnits?: boolean;
}

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels between the cell of a panel and its data area. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PlacedPanel {
  readonly panel: Panel;
  readonly cell: Box;
  /** the data area */
  readonly plot: Box;
  readonly x: Scale;
  readonly y: Scale;
  readonly legend: Legend | undefined;
}

export const titleHeight = 24;
const tickSize = 11.5;
const labelSize = 12;

/** The room that title, legend, ticks and labels of a panel need in a cell of this size. */
export function measurePanel(panel: Panel, cell: Box, theme: Theme, withLegend: boolean): Margins {
  const y = createScale(panel.y ?? {}, yValues(panel), [0, 1], verticalTicks(cell));
  const widest = Math.max(0, ...y.ticks.map((tick) => textWidth(tick.label, tickSize)));
  const left = Math.min(cell.width / 2, widest + 10 + (panel.y?.label ? 20 : 0));
  const legend = withLegend ? createLegend([panel.series], cell.width - left, theme).height : 0;
  return {
    left,
    right: 14, // half of the last tick's label
    top: (panel.title ? titleHeight : 8) + legend,
    bottom: 22 + (panel.x?.label ? 20 : 0),
  };
}

/** Fixes the data area and the scales. */
export function placePanel(panel: Panel, cell: Box, margins: Margins, theme: Theme, withLegend: boolean): PlacedPanel {
  const plot = {
    left: cell.left + margins.left,
    top: cell.top + margins.top,
    width: Math.max(10, cell.width - margins.left - margins.right),
    height: Math.max(10, cell.height - margins.top - margins.bottom),
  };
  const { left, top, width, height } = plot;
  const [rangeX, rangeY] = [[left, left + width] as const, [top + height, top] as const];
  const [axisX, axisY] = [panel.x ?? {}, panel.y ?? {}];
  let count = Math.max(2, Math.min(10, Math.round(width / 60)));
  let x = createScale(axisX, xValues(panel), rangeX, count);
  let y = createScale(axisY, yValues(panel), rangeY, verticalTicks(cell));
  if (panel.equalUnits) {
    const unit = Math.min(width / (x.domain[1] - x.domain[0]), height / (y.domain[1] - y.domain[0])); // pixels
    x = createScale({ ...axisX, domain: around(x.domain, width / unit) }, [], rangeX, count);
    y = createScale({ ...axisY, domain: around(y.domain, height / unit) }, [], rangeY, verticalTicks(cell));
  }
  const crowded = (): boolean => {
    const widest = Math.max(...x.ticks.map((tick) => textWidth(tick.label, tickSize)));
    return x.ticks.length > 2 && (widest + 8) * x.ticks.length > width + widest;
  };
  while (count > 2 && !axisX.categories && crowded())
    x = createScale({ ...axisX, domain: x.domain }, [], rangeX, --count);
  return {
    panel,
    cell,
    plot,
    x,
    y,
    legend: withLegend ? createLegend([panel.series], cell.width - margins.left, theme) : undefined,
  };
}

/** Everything but the series: title, legend, grid, axes and their labels. */
export function drawFrame({ panel, cell, plot, x, y, legend }: PlacedPanel, theme: Theme): string {
  const { left, top, width, height } = plot;
  const [right, bottom] = [left + width, top + height];
  const middle = left + width / 2;
  const lines = { grid: "", axis: `M${short(left)} ${short(top)}V${short(bottom)}H${short(right)}` };
  const labels: string[] = [];
  for (const tick of inside(x, left, right)) {
    if (!panel.x?.categories) lines.grid += `M${short(tick.at)} ${short(top)}V${short(bottom)}`;
    lines.axis += `M${short(tick.at)} ${short(bottom)}v${tick.label ? 4 : 2}`;
    if (!tick.label) continue;
    const room = panel.x?.categories ? width / x.ticks.length - 4 : width;
    const size = Math.max(9, Math.min(tickSize, (tickSize * room) / textWidth(tick.label, tickSize)));
    const label = fitText(tick.label, room, size);
    labels.push(text(label, tick.at, bottom + 13, { size, fill: theme.mutedText, anchor: "middle" }));
  }
  for (const tick of inside(y, top, bottom)) {
    if (tick.label) lines.grid += `M${short(left)} ${short(tick.at)}H${short(right)}`;
    lines.axis += `M${short(left)} ${short(tick.at)}h${tick.label ? -4 : -2}`;
    if (tick.label)
      labels.push(text(tick.label, left - 7, tick.at, { size: tickSize, fill: theme.mutedText, anchor: "end" }));
  }
  if (panel.title)
    labels.push(
      text(fitText(panel.title, cell.left + cell.width - left, 13, true), left, cell.top + 10, {
        size: 13,
        bold: true,
        fill: theme.text,
      }),
    );
  if (panel.x?.label)
    labels.push(
      text(fitText(panel.x.label, width + 28, labelSize), middle, bottom + 33, {
        size: labelSize,
        fill: theme.text,
        anchor: "middle",
      }),
    );
  if (panel.y?.label) {
    const label = fitText(panel.y.label, height, labelSize);
    labels.push(
      text(label, cell.left + 8, top + height / 2, {
        size: labelSize,
        fill: theme.text,
        anchor: "middle",
        rotate: -90,
      }),
    );
  }
  return [
    element("path", { d: lines.grid || "M0 0", fill: "none", stroke: theme.grid, "stroke-width": 1 }),
    element("path", { d: lines.axis, fill: "none", stroke: theme.axis, "stroke-width": 1 }),
    ...labels,
    ...(legend?.height ? [legend.draw(left, cell.top + (panel.title ? titleHeight : 8) - 4)] : []),
  ].join("\n");
}

/** The series alone, cut at the data area. */
export function drawData({ plot, x, y }: PlacedPanel, series: readonly Series[], theme: Theme): string {
  const { left, top, width, height } = plot;
  const id = `plot-${[left, top, width, height].map((value) => Math.round(value * 10)).join("-")}`; // equal ids: equal cuts
  const cut = element(
    "clipPath",
    { id },
    element("rect", { x: left - 3, y: top - 3, width: width + 6, height: height + 6 }),
  );
  const drawn = series.map((one, index) => drawSeries(one, colorOf(one, index, theme), x, y)).filter(Boolean);
  return `${cut}\n${element("g", { "clip-path": `url(#${id})` }, "\n", ...drawn.map((one) => `${one}\n`))}`;
}

const verticalTicks = (cell: Box): number => Math.max(2, Math.min(8, Math.round(cell.height / 55)));

const xValues = (panel: Panel): ArrayLike<number>[] =>
  panel.series.flatMap((series) => {
    if (series.kind !== "bars") return [series.x];
    const half = (series.barWidth ?? 0.8) / 2;
    return [Array.from(series.x, (x) => x - half), Array.from(series.x, (x) => x + half)];
  });

const yValues = (panel: Panel): ArrayLike<number>[] =>
  panel.series.flatMap((series) => (series.kind === "bars" ? [series.y, [0]] : [series.y]));

/** The domain of this length with the same middle. */
function around([first, last]: readonly [number, number], length: number): [number, number] {
  const middle = (first + last) / 2;
  return [middle - length / 2, middle + length / 2];
}

function inside(scale: Scale, from: number, to: number): { at: number; label: string }[] {
  return scale.ticks
    .map(({ value, label }) => ({ at: scale(value), label }))
    .filter(({ at }) => at >= from - 0.5 && at <= to + 0.5);
}

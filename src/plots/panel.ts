/** One data area with its title, legend, axes and series. */
import { type Box, element, fitText, type Theme, text, textWidth } from "../drawing/index.ts";
import { crowded, drawAxes, tickSize } from "./axes.ts";
import { createLegend } from "./legend.ts";
import { type Axis, createScale, type Scale } from "./scale.ts";
import { colorOf, drawSeries, type Series } from "./series.ts";

export interface Panel {
  readonly title?: string;
  readonly x?: Axis;
  readonly y?: Axis;
  /** drawn in this order, the last one on top */
  readonly series: readonly Series[];
  /** one unit of x as long as one unit of y, for points in a plane; default false */
  readonly equalUnits?: boolean;
}

/** Pixels between the cell of a panel and its data area. */
interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A panel with its data area and its scales. */
export interface PlacedPanel {
  readonly panel: Panel;
  readonly cell: Box;
  readonly plot: Box;
  readonly x: Scale;
  readonly y: Scale;
}

const titleHeight = 24;
const labelSize = 12;

/**
 * The room that panels need around their data areas, the same for all, so that these line up.
 * @param cell - a cell of the size that every panel gets
 */
export function measurePanels(panels: readonly Panel[], cell: Box, theme: Theme, withLegend: boolean): Margins {
  const most = (measure: (panel: Panel) => number): number => Math.max(0, ...panels.map(measure));
  const left = most((panel) => {
    const y = createScale(panel.y ?? {}, yValues(panel), [0, 1], verticalTicks(cell));
    const widest = Math.max(0, ...y.ticks.map((tick) => textWidth(tick.label, tickSize)));
    return Math.min(cell.width / 2, widest + 10 + (panel.y?.label ? 20 : 0));
  });
  const legendHeight = (panel: Panel): number =>
    withLegend ? createLegend([panel.series], cell.width - left, theme).height : 0;
  return {
    left,
    right: 14, // half of the last tick's label
    top: most((panel) => (panel.title ? titleHeight : 8) + legendHeight(panel)),
    bottom: most((panel) => 22 + (panel.x?.label ? 20 : 0)),
  };
}

export function placePanel(panel: Panel, cell: Box, margins: Margins): PlacedPanel {
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
  while (count > 2 && crowded(x)) x = createScale({ ...axisX, domain: x.domain }, [], rangeX, --count);
  return { panel, cell, plot, x, y };
}

/** Everything but the series: title, legend, grid, axes and their labels. */
export function drawFrame(placed: PlacedPanel, theme: Theme, withLegend: boolean): string {
  const { panel, cell, plot } = placed;
  const { left, top, width, height } = plot;
  const style = { size: labelSize, fill: theme.text, anchor: "middle" } as const;
  const labels: string[] = [];
  if (panel.title) {
    const title = fitText(panel.title, cell.left + cell.width - left, 13, true);
    labels.push(text(title, left, cell.top + 10, { size: 13, bold: true, fill: theme.text }));
  }
  if (panel.x?.label) {
    const label = fitText(panel.x.label, width + 20, labelSize);
    labels.push(text(label, left + width / 2, top + height + 33, style));
  }
  if (panel.y?.label) {
    const label = fitText(panel.y.label, height, labelSize);
    labels.push(text(label, cell.left + 8, top + height / 2, { ...style, rotate: -90 }));
  }
  if (withLegend) {
    const legend = createLegend([panel.series], cell.left + cell.width - left, theme);
    labels.push(legend.draw(left, cell.top + (panel.title ? titleHeight : 8) - 4));
  }
  return [drawAxes(plot, placed, theme), ...labels].join("\n");
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

const xValues = (panel: Panel): ArrayLike<number>[] => panel.series.map(({ x }) => x);
const yValues = (panel: Panel): ArrayLike<number>[] => panel.series.map(({ y }) => y);

/** The domain of this length with the same middle. */
function around([first, last]: readonly [number, number], length: number): [number, number] {
  const middle = (first + last) / 2;
  return [middle - length / 2, middle + length / 2];
}

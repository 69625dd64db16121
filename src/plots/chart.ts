/** Panels on one drawing, side by side and in rows. */
import {
  type Box,
  fitText,
  svgDocument,
  type Theme,
  type ThemeName,
  text,
  textWidth,
  themeOf,
} from "../drawing/index.ts";
import { checkInteger, checkNumber, SettingError } from "../errors.ts";
import { createLegend } from "./legend.ts";
import { drawData, drawFrame, measurePanels, type Panel, placePanel } from "./panel.ts";

export interface ChartOptions {
  /** pixels, default 900 */
  readonly width?: number;
  /** pixels, default 330 for each row of panels */
  readonly height?: number;
  /** default `light` */
  readonly theme?: ThemeName;
  /** one line above all panels */
  readonly title?: string;
  /** panels side by side; default: as many as are at least 300 pixels wide */
  readonly columns?: number;
  /** a legend for each panel (the default), or one for all of them */
  readonly legend?: "panels" | "shared";
}

/** Pixels around everything. */
export const padding = 14;
const gap = 26;

/**
 * A chart of one or more panels as an SVG document.
 * @throws {SettingError} for sizes below 100 pixels and unknown themes
 */
export function chart(panels: readonly Panel[], options: ChartOptions = {}): string {
  return drawChart("chart", panels, options);
}

/** @param who - the function that was called, for its errors */
export function drawChart(who: string, panels: readonly Panel[], options: ChartOptions): string {
  const { width = 900, legend: legendAt = "panels", title } = options;
  const theme = themeOf(who, options.theme);
  checkSize(who, "width", width);
  if (options.columns !== undefined) checkInteger(who, "columns", options.columns, 1);
  const inner = width - 2 * padding;
  const fitting = Math.max(1, Math.floor((inner + gap) / (300 + gap)));
  const columns = Math.max(1, Math.min(panels.length, options.columns ?? fitting));
  const rows = Math.max(1, Math.ceil(panels.length / columns));
  const shared = createLegend(legendAt === "shared" ? panels.map((panel) => panel.series) : [], inner, theme);
  const head = (title ? 30 : 0) + (shared.height ? shared.height + 8 : 0);
  const height = options.height ?? rows * 330 + head;
  checkSize(who, "height", height);

  const cellWidth = (inner - (columns - 1) * gap) / columns;
  const cellHeight = Math.max(60, (height - 2 * padding - head - (rows - 1) * 14) / rows);
  const cells = panels.map((_, index): Box => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    return {
      left: padding + column * (cellWidth + gap),
      top: padding + head + row * (cellHeight + 14),
      width: cellWidth,
      height: cellHeight,
    };
  });
  const withLegend = legendAt === "panels";
  const drawn = panels.map((panel, index) => {
    const placed = placePanel(panel, cells[index]!, measurePanels(panels, cells[index]!, theme, withLegend));
    return `${drawFrame(placed, theme, withLegend)}\n${drawData(placed, panel.series, theme)}`;
  });
  return svgDocument(
    { width, height, label: title ?? panels.map((panel) => panel.title).join(", "), background: theme.background },
    ...(title ? [heading(title, inner, theme)] : []),
    ...(shared.height ? [shared.draw(padding, padding + (title ? 28 : 0))] : []),
    ...drawn,
  );
}

/** The line above all panels, in smaller letters where it is long. */
export function heading(title: string, room: number, theme: Theme): string {
  const size = Math.max(11, Math.min(15, (15 * room) / textWidth(title, 15, true)));
  const fitted = fitText(title, room, size, true);
  return text(fitted, padding, padding + 8, { size, bold: true, fill: theme.text });
}

/** @throws {SettingError} for less than 100 or more than 20000 pixels */
export function checkSize(who: string, what: string, pixels: number): void {
  checkNumber(who, what, pixels, { positive: true });
  if (pixels < 100 || pixels > 20_000)
    throw new SettingError(`${who}: expected ${what} from 100 to 20000 pixels, got ${pixels}`);
}

import {
  contrast,
  element,
  fitText,
  mixColors,
  short,
  svgDocument,
  type Theme,
  type ThemeName,
  text,
  textWidth,
  themeOf,
} from "../drawing/index.ts";
import { SettingError, ShapeError } from "../errors.ts";
import { checkSize, heading, padding } from "./chart.ts";

export interface ConfusionPlotOptions {
  /** pixels at most, default 900; fewer classes take less */
  readonly width?: number;
  /** default `light` */
  readonly theme?: ThemeName;
  /** default: the overall accuracy */
  readonly title?: string;
}

interface Grid {
  /** pixels of the first cell's corner and of one cell's side */
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

const labelSize = 11.5;
const accuracyWidth = 58;

/**
 * A heat map: one row per true class, one column per predicted class, and the accuracy of each class at the right.
 * The shade of a cell is its share of the row, so that classes of different sizes compare.
 *
 * @param confusion - counts, (C, C): `confusion[label][prediction]`
 * @throws {ShapeError} when the counts are not square or do not fit the names
 * @throws {SettingError} for counts that are not whole numbers >= 0
 */
export function confusionPlot(
  confusion: readonly ArrayLike<number>[],
  classNames: readonly string[],
  options: ConfusionPlotOptions = {},
): string {
  const C = classNames.length;
  checkCounts(confusion, C);
  const theme = themeOf("confusionPlot", options.theme);
  const room = options.width ?? 900;
  checkSize("confusionPlot", "width", room);

  const widest = Math.max(...classNames.map((name) => textWidth(name, labelSize)));
  const nameWidth = Math.min(widest, Math.max(40, room * 0.2));
  const left = padding + 20 + nameWidth + 8;
  const comfortable = Math.max(34, Math.min(64, 460 / C));
  const cell = Math.max(6, Math.min(comfortable, (room - left - accuracyWidth - padding) / C));
  const slanted = nameWidth > cell - 4;
  const nameHeight = slanted ? nameWidth * 0.71 + 12 : 18; // at 45°
  const top = padding + 26 + 20 + nameHeight;
  const grid = { left, top, cell };

  const sums = confusion.map((row) => Array.from(row).reduce((sum, count) => sum + count, 0));
  const total = sums.reduce((sum, count) => sum + count, 0);
  const right = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  const title = options.title ?? `Accuracy ${percent(right, total)} on ${total.toLocaleString("en")} examples`;
  const width = Math.ceil(
    Math.min(room, Math.max(left + C * cell + accuracyWidth + padding, textWidth(title, 15, true) + 2 * padding)),
  );
  return svgDocument(
    { width, height: Math.ceil(top + C * cell + padding + 2), label: title, background: theme.background },
    heading(title, width - 2 * padding, theme),
    drawNames(classNames, grid, { rows: nameWidth, right: width - padding / 2, slanted }, theme),
    drawCells(confusion, sums, grid, theme),
    drawAccuracies(confusion, sums, grid, theme),
  );
}

function checkCounts(confusion: readonly ArrayLike<number>[], C: number): void {
  const widths = confusion.map((row) => row.length);
  if (C === 0 || widths.length !== C || widths.some((length) => length !== C))
    throw new ShapeError(
      `confusionPlot: expected ${C} rows of ${C} counts for ${C} class names, got ${widths.length} rows of ${[...new Set(widths)].join(", ")}`,
    );
  for (const row of confusion)
    for (const count of Array.from(row))
      if (!(Number.isInteger(count) && count >= 0))
        throw new SettingError(`confusionPlot: expected counts as whole numbers >= 0, got ${count}`);
}

function drawNames(
  names: readonly string[],
  { left, top, cell }: Grid,
  { rows, right, slanted }: { rows: number; right: number; slanted: boolean },
  theme: Theme,
): string {
  const side = names.length * cell;
  const label = { size: 12, fill: theme.text, anchor: "middle" } as const;
  const rowSize = Math.min(labelSize, Math.max(7, cell * 0.8));
  const columnSize = slanted ? Math.min(labelSize, Math.max(7, cell * 0.66)) : rowSize; // lines at 45° lie closer
  const accuracyAt = left + side + (slanted ? 20 : accuracyWidth - 4);
  const column = (name: string, x: number, fill: string): string => {
    if (!slanted)
      return text(fitText(name, cell, columnSize), x, top - 10, { size: columnSize, fill, anchor: "middle" });
    const fitted = fitText(name, Math.min(rows, (right - x) / Math.SQRT1_2), columnSize);
    return text(fitted, x, top - 8, { size: columnSize, fill, rotate: -45 });
  };
  return [
    text("predicted", left + side / 2, padding + 32, label),
    text("true", padding + 6, top + side / 2, { ...label, rotate: -90 }),
    ...names.flatMap((name, index) => {
      const middle = (index + 0.5) * cell;
      const style = { size: rowSize, fill: theme.mutedText, anchor: "end" } as const;
      return [
        text(fitText(name, rows, rowSize), left - 8, top + middle, style),
        column(name, left + middle, theme.mutedText),
      ];
    }),
    slanted
      ? text("accuracy", accuracyAt, top - 8, { size: columnSize, fill: theme.text, rotate: -45 })
      : text("accuracy", accuracyAt, top - 10, { size: columnSize, fill: theme.text, anchor: "end" }),
  ].join("\n");
}

function drawCells(
  confusion: readonly ArrayLike<number>[],
  sums: readonly number[],
  { left, top, cell }: Grid,
  theme: Theme,
): string {
  const longest = Math.max(...confusion.flatMap((row) => Array.from(row, (count) => textWidth(String(count), 1))));
  const [dark, light] = [theme.background, theme.text].sort(
    (a, b) => contrast(a, "#000000") - contrast(b, "#000000"),
  ) as [string, string];
  const size = Math.min(13, (cell - 4) / Math.max(1.2, longest));
  return confusion
    .flatMap((row, label) =>
      Array.from(row, (count, prediction) => {
        const sum = sums[label]!;
        const fill = mixColors(theme.ramp[0], theme.ramp[1], sum === 0 ? 0 : (count / sum) ** 0.7); // small shares show
        const [x, y] = [left + prediction * cell, top + label * cell];
        const side = cell - Math.min(1, cell / 12);
        const square = element("path", {
          d: `M${short(x)} ${short(y)}h${short(side)}v${short(side)}h${short(-side)}z`,
          fill,
        });
        if (size < 6) return square;
        const ink = contrast(light, fill) >= 3.2 ? light : dark; // light letters read better on middle shades
        const bold = label === prediction;
        return square + text(String(count), x + side / 2, y + side / 2, { size, fill: ink, anchor: "middle", bold });
      }),
    )
    .join("\n");
}

function drawAccuracies(
  confusion: readonly ArrayLike<number>[],
  sums: readonly number[],
  { left, top, cell }: Grid,
  theme: Theme,
): string {
  const at = left + confusion.length * cell + accuracyWidth - 4;
  const size = Math.min(labelSize, Math.max(7, cell * 0.8));
  return confusion
    .map((row, label) => {
      const line = percent(row[label]!, sums[label]!);
      return text(line, at, top + (label + 0.5) * cell, { size, fill: theme.text, anchor: "end" });
    })
    .join("\n");
}

const percent = (count: number, sum: number): string => (sum === 0 ? "–" : `${((100 * count) / sum).toFixed(1)}%`);

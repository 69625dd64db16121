import { fitText, type Theme, text, textWidth } from "../drawing/index.ts";
import { colorOf, drawSample, type Series, sampleWidth } from "./series.ts";

export const legendRowHeight = 20;
const size = 12;

export interface Legend {
  /** pixels */
  readonly height: number;
  draw(left: number, top: number): string;
}

/** The named series side by side in rows of at most `room` pixels; equal names appear once. */
export function createLegend(panels: readonly (readonly Series[])[], room: number, theme: Theme): Legend {
  const entries = new Map<string, { series: Series; color: string }>();
  for (const panel of panels)
    panel.forEach((series, index) => {
      if (series.name && !entries.has(series.name))
        entries.set(series.name, { series, color: colorOf(series, index, theme) });
    });
  let [row, x] = [0, 0];
  const placed = [...entries].map(([name, entry]) => {
    const label = fitText(name, room - sampleWidth(entry.series) - 5, size);
    const width = sampleWidth(entry.series) + 5 + textWidth(label, size);
    if (x > 0 && x + width > room) [row, x] = [row + 1, 0];
    const place = { ...entry, label, row, x };
    x += width + 18;
    return place;
  });
  return {
    height: placed.length ? (row + 1) * legendRowHeight : 0,
    draw: (left, top) =>
      placed
        .map(({ series, color, label, row, x }) => {
          const middle = top + (row + 0.5) * legendRowHeight;
          return (
            drawSample(series, color, left + x, middle) +
            text(label, left + x + sampleWidth(series) + 5, middle, { size, fill: theme.text })
          );
        })
        .join("\n"),
  };
}

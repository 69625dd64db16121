/** The grid, the two axes and the labels of their ticks. */
import { type Box, element, short, type Theme, text, textWidth } from "../drawing/index.ts";
import type { Scale } from "./scale.ts";

/** Letters of a tick's label, pixels. */
export const tickSize = 11.5;
const overhang = 24; // pixels beside the data area that the first and last label below may take

/** Whether labels below the axis would touch. */
export function crowded(scale: Scale): boolean {
  const labelled = scale.ticks.filter((tick) => tick.label);
  return labelled.some(({ value, label }, i) => {
    const next = labelled[i + 1];
    if (!next) return false;
    return scale(next.value) - scale(value) < (textWidth(label, tickSize) + textWidth(next.label, tickSize)) / 2 + 8;
  });
}

export function drawAxes(plot: Box, { x, y }: { x: Scale; y: Scale }, theme: Theme): string {
  const { left, top, width, height } = plot;
  const [right, bottom] = [left + width, top + height];
  let grid = "";
  let axis = `M${short(left)} ${short(top)}V${short(bottom)}H${short(right)}`;
  const ticksX = inside(x, left, right);
  for (const { at, label } of ticksX) {
    if (label) grid += `M${short(at)} ${short(top)}V${short(bottom)}`;
    axis += `M${short(at)} ${short(bottom)}v${label ? 4 : 2}`;
  }
  const ticksY = inside(y, top, bottom);
  for (const { at, label } of ticksY) {
    if (label) grid += `M${short(left)} ${short(at)}H${short(right)}`;
    axis += `M${short(left)} ${short(at)}h${label ? -4 : -2}`;
  }
  return [
    grid && element("path", { d: grid, fill: "none", stroke: theme.grid, "stroke-width": 1 }),
    element("path", { d: axis, fill: "none", stroke: theme.axis, "stroke-width": 1 }),
    ...labelsBelow(ticksX, plot, theme),
    ...labelsBeside(ticksY, left, theme),
  ].join("\n");
}

interface PlacedTick {
  readonly at: number; // pixels
  readonly label: string;
}

function inside(scale: Scale, from: number, to: number): PlacedTick[] {
  return scale.ticks
    .map(({ value, label }) => ({ at: scale(value), label }))
    .filter(({ at }) => at >= from - 0.5 && at <= to + 0.5);
}

/** A label that would touch the one before it is left out. */
function labelsBelow(ticks: readonly PlacedTick[], { left, top, width, height }: Box, theme: Theme): string[] {
  let free = left - overhang;
  return ticks.flatMap((tick) => {
    if (!tick.label) return [];
    const half = textWidth(tick.label, tickSize) / 2;
    const at = Math.max(left - overhang + half, Math.min(left + width + overhang - half, tick.at));
    if (at - half < free) return [];
    free = at + half + 3;
    return [text(tick.label, at, top + height + 13, { size: tickSize, fill: theme.mutedText, anchor: "middle" })];
  });
}

function labelsBeside(ticks: readonly PlacedTick[], left: number, theme: Theme): string[] {
  let free = Number.POSITIVE_INFINITY; // upward from the lowest
  return ticks.flatMap(({ at, label }) => {
    if (!label || at > free) return [];
    free = at - tickSize;
    return [text(label, left - 7, at, { size: tickSize, fill: theme.mutedText, anchor: "end" })];
  });
}

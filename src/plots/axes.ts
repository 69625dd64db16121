/** The grid, the two axes and the labels of their ticks. */
import type { Scale, Tick } from "./scale.ts";
import { element, short, text } from "./svg.ts";
import { fitText, textWidth } from "./text-width.ts";
import type { Theme } from "./theme.ts";

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

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

/** @param gridAcross - lines upward from the ticks of x as well; not for bars */
export function drawAxes(plot: Box, { x, y }: { x: Scale; y: Scale }, gridAcross: boolean, theme: Theme): string {
  const { left, top, width, height } = plot;
  const [right, bottom] = [left + width, top + height];
  let grid = "";
  let axis = `M${short(left)} ${short(top)}V${short(bottom)}H${short(right)}`;
  const ticksX = inside(x, left, right);
  for (const { at, label } of ticksX) {
    if (gridAcross && label) grid += `M${short(at)} ${short(top)}V${short(bottom)}`;
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
    ...labelsBelow(ticksX, plot, gridAcross ? width : width / x.ticks.length - 3, theme),
    ...labelsBeside(ticksY, left, theme),
  ].join("\n");
}

interface PlacedTick {
  readonly at: number; // pixels
  readonly label: string;
}

function inside(scale: Scale, from: number, to: number): PlacedTick[] {
  return scale.ticks
    .map(({ value, label }: Tick) => ({ at: scale(value), label }))
    .filter(({ at }) => at >= from - 0.5 && at <= to + 0.5);
}

/** Names that are too long for their room get smaller letters, then an end of `…`; a label that would touch is left out. */
function labelsBelow(
  ticks: readonly PlacedTick[],
  { left, top, width, height }: Box,
  room: number,
  theme: Theme,
): string[] {
  let free = left - overhang;
  return ticks.flatMap((tick) => {
    if (!tick.label) return [];
    const size = Math.max(8, Math.min(tickSize, (tickSize * room) / textWidth(tick.label, tickSize)));
    const label = fitText(tick.label, room, size);
    const half = textWidth(label, size) / 2;
    const at = Math.max(left - overhang + half, Math.min(left + width + overhang - half, tick.at));
    if (at - half < free) return [];
    free = at + half + 3;
    return [text(label, at, top + height + 13, { size, fill: theme.mutedText, anchor: "middle" })];
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

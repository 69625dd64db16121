/**
 * Points under a moving transform: what stands still is drawn once, what moves in each frame.
 * Points are flat, x₀, y₀, x₁, y₁, …, as the data of an (N, 2) tensor.
 */
import { element, svgDocument, type ThemeName, themeOf } from "../drawing/index.ts";
import { SettingError } from "../errors.ts";
import { checkSize, heading, padding } from "./chart.ts";
import { drawData, drawFrame, measurePanels, type Panel, placePanel } from "./panel.ts";
import type { PointSeries } from "./series.ts";

export interface ScatterFrameOptions {
  /** pixels, default 640 */
  readonly width?: number;
  /** pixels, default 480 */
  readonly height?: number;
  /** default `light` */
  readonly theme?: ThemeName;
  /** points beyond sources and targets that the axes must have room for */
  readonly include?: ArrayLike<number>;
  /** marker size in pixels; default: from 7 for a few points down to 1.9 for thousands */
  readonly size?: number;
}

export interface ScatterFrames {
  readonly width: number;
  readonly height: number;
  /** the whole drawing without the prediction and its title */
  readonly still: string;
  /** the prediction and its title on a transparent ground, to lie over {@link still} */
  moving(prediction: ArrayLike<number>, title: string): string;
  /** both in one drawing */
  frame(prediction: ArrayLike<number>, title: string): string;
}

/**
 * @param source - points before the transform
 * @param targets - where the transform should take them, in the same order
 * @throws {SettingError} for an odd count of numbers or sizes below 100 pixels
 */
export function scatterFrames(
  source: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: ScatterFrameOptions = {},
): ScatterFrames {
  const { width = 640, height = 480, include = [] } = options;
  checkSize("scatterFrames", "width", width);
  checkSize("scatterFrames", "height", height);
  const theme = themeOf("scatterFrames", options.theme);
  const size = options.size ?? markerSize(source.length / 2);
  const points = (name: string, flat: ArrayLike<number>, style: Partial<PointSeries>): PointSeries => {
    const [x, y] = columns(name, flat);
    return { kind: "points", name, x, y, size, marker: size <= 3 ? "square" : "circle", ...style };
  };
  const predicted = (flat: ArrayLike<number>): PointSeries =>
    points("prediction", flat, { color: 1, size: Math.max(1.6, size * 0.8) });
  const still = [
    points("source", source, { color: theme.mutedText, opacity: 0.5 }),
    points("target", targets, { color: 0 }),
  ];
  const [roomX, roomY] = columns("include", include);
  const panel: Panel = {
    x: { label: "x", include: Array.from(roomX) },
    y: { label: "y", include: Array.from(roomY) },
    series: [...still, predicted([])],
    equalUnits: true,
  };
  const cell = { left: padding, top: padding + 26, width: width - 2 * padding, height: height - 2 * padding - 26 };
  const placed = placePanel(panel, cell, measurePanels([panel], cell, theme, true));
  const ground = `${drawFrame(placed, theme, true)}\n${drawData(placed, still, theme)}`;
  const layer = (prediction: ArrayLike<number>, title: string): string =>
    `${heading(title, cell.width, theme)}\n${drawData(placed, [predicted(prediction)], theme)}`;
  const whole = { width, height, label: "source, target and predicted points", background: theme.background };
  return {
    width,
    height,
    still: svgDocument(whole, ground),
    moving: (prediction, title) => svgDocument({ ...whole, background: undefined }, layer(prediction, title)),
    frame: (prediction, title) => svgDocument(whole, element("g", {}, ground), layer(prediction, title)),
  };
}

/** Pixels across, so that many points leave room between them and few are easy to see. */
export function markerSize(count: number): number {
  return Math.max(1.9, Math.min(7, 120 / Math.sqrt(Math.max(1, count))));
}

/** Flat points as the two columns that a series takes. */
export function columns(who: string, flat: ArrayLike<number>): [x: Float64Array, y: Float64Array] {
  if (flat.length % 2 !== 0)
    throw new SettingError(`scatterFrames: expected ${who} as x, y pairs, got ${flat.length} numbers`);
  const n = flat.length / 2;
  return [
    Float64Array.from({ length: n }, (_, i) => flat[2 * i]!),
    Float64Array.from({ length: n }, (_, i) => flat[2 * i + 1]!),
  ];
}

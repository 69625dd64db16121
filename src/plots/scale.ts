/** From numbers to pixels, with ticks at round values. */
import { roundDomain, roundTicks } from "./ticks.ts";

export interface Axis {
  readonly label?: string;
  /** default `linear`; on `log`, values that are not positive cannot be shown and leave gaps */
  readonly scale?: "linear" | "log";
  /** first and last value shown; default: what the series span, widened to round numbers */
  readonly domain?: readonly [first: number, last: number];
  /** values that the default domain must contain, as `[0]` for bars */
  readonly include?: readonly number[];
  /** widen the default domain to round numbers; default true */
  readonly nice?: boolean;
  /** ticks at whole numbers only, as for epochs; default false */
  readonly whole?: boolean;
  /** how a tick is written; default: the shortest form in which neighbours differ */
  readonly format?: (value: number) => string;
  /** names for 0, 1, 2, …: a tick per name in place of numbers */
  readonly categories?: readonly string[];
}

export interface Tick {
  readonly value: number;
  /** empty for the small ticks between two powers of ten */
  readonly label: string;
}

export interface Scale {
  /** the pixel of a value that {@link Scale.shows} */
  (value: number): number;
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
  /** whether the value has a place on this axis at all, inside the domain or not */
  shows(value: number): boolean;
}

/** Numbers whose differences cannot overflow; everything else is left out of a drawing. */
export function isDrawable(value: number): boolean {
  return Math.abs(value) < 1e300; // false for NaN
}

/**
 * @param series - the values to make room for when the axis gives no domain
 * @param range - pixels of the first and the last value
 * @param count - about how many labelled ticks there is room for
 */
export function createScale(
  axis: Axis,
  series: Iterable<ArrayLike<number>>,
  range: readonly [number, number],
  count: number,
): Scale {
  const log = axis.scale === "log";
  const shows = log ? (value: number) => value >= 1e-300 && isDrawable(value) : isDrawable;
  let [first, last] = axis.categories
    ? [-0.5, axis.categories.length - 0.5]
    : (axis.domain ?? widen(extent(axis.include ? [...series, axis.include] : series, shows, log), log));
  if (!(shows(first) && shows(last)) || first === last) [first, last] = widen([first, last].filter(shows), log);
  if (axis.domain === undefined && !axis.categories && axis.nice !== false)
    [first, last] = log ? roundDecades(first, last) : roundDomain(first, last, count);
  const along = log ? Math.log10 : (value: number) => value;
  const perUnit = (range[1] - range[0]) / (along(last) - along(first)); // pixels
  // Far outside stays outside, at a number that every renderer takes; below 0 on a log axis is its beginning.
  const toPixel = (value: number): number =>
    log && !(value > 0) ? range[0] : Math.max(-1e5, Math.min(1e5, range[0] + (along(value) - along(first)) * perUnit));
  const domain = [first, last] as const;
  return Object.assign(toPixel, { domain, shows, ticks: ticksOf(axis, domain, count) });
}

/** Whole decades where the values span one, else as they are. */
function roundDecades(first: number, last: number): [number, number] {
  if (last / first < 10) return [first, last];
  const [from, to] = [Math.floor(Math.log10(first) + 1e-9), Math.ceil(Math.log10(last) - 1e-9)];
  return [Number(`1e${from}`), Number(`1e${to}`)];
}

/** Smallest and largest value that can be shown; nothing for no such value. */
function extent(series: Iterable<ArrayLike<number>>, shows: (value: number) => boolean, log: boolean): number[] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const values of series)
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!shows(value)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  if (min > max) return [];
  return log && max / min > 1e60 ? [max / 1e60, max] : [min, max]; // a stray 1e-300 must not crush the rest
}

/** A domain of some width, also around no value or a single one. */
function widen(values: readonly number[], log: boolean): [number, number] {
  const [min = log ? 0.1 : 0, max = values.length ? min : 1] = values;
  const largest = Math.max(Math.abs(min), Math.abs(max));
  const same = max - min <= Math.max(1e-290, 1e-12 * largest);
  if (!same) return [min, max];
  if (log) return [min / 3, max * 3];
  const margin = largest < 1e-280 ? 1 : largest * 0.05;
  return [min - margin, max + margin];
}

function ticksOf(axis: Axis, [first, last]: readonly [number, number], count: number): Tick[] {
  if (axis.categories) return axis.categories.map((label, value) => ({ value, label }));
  const [low, high] = first < last ? [first, last] : [last, first];
  if (axis.scale === "log" && high / low >= 30) return powerTicks(low, high, count, axis.format);
  let values = roundTicks(low, high, count);
  if (axis.whole) values = values.filter(Number.isInteger);
  const format = axis.format ?? numberFormat(values);
  return values.map((value) => ({ value, label: format(value) }));
}

/** Powers of ten with labels, every second or third one where there are many; unlabelled ticks at 2 … 9 between. */
function powerTicks(low: number, high: number, count: number, format: Axis["format"]): Tick[] {
  const [from, to] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const every = Math.max(1, Math.ceil((to - from) / Math.max(2, count)));
  const write = from >= -3 && to <= 4 ? plainPower : shortPower;
  const ticks: Tick[] = [];
  for (let power = from; power <= to; power++)
    for (let digit = 1; digit < 10; digit++) {
      const value = Number(`${digit}e${power}`);
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      if (digit === 1 && power % every === 0) ticks.push({ value, label: format?.(value) ?? write(power) });
      else if (every === 1 && to - from <= 8) ticks.push({ value, label: "" });
    }
  return ticks;
}

const superscript = (power: number): string =>
  String(power).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[+c]!));

const plainPower = (power: number): string => formatFixed(10 ** power, Math.max(0, -power));
const shortPower = (power: number): string => `10${superscript(power)}`;

function formatFixed(value: number, decimals: number): string {
  const [whole = "", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? "−" : "";
  return `${sign}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** One way to write all ticks of an axis: as many decimals as their step needs, powers of ten where that gets long. */
function numberFormat(values: readonly number[]): (value: number) => string {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const step = values.length > 1 ? Math.abs(values[1]! - values[0]!) : largest;
  if (largest === 0) return (value) => formatFixed(value, 0);
  const stepPower = Math.floor(Math.log10(step) + 1e-9);
  const power = Math.floor(Math.log10(largest) + 1e-9);
  if (power < 6 && stepPower >= -5) return (value) => formatFixed(value, Math.max(0, -stepPower));
  const decimals = Math.min(15, Math.max(0, power - stepPower));
  return (value) => (value === 0 ? "0" : `${formatFixed(value / 10 ** power, decimals)}·10${superscript(power)}`);
}

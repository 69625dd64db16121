/** From numbers to pixels, with ticks at round values. */
import { extent } from "d3-array";
import { scaleLinear, scaleLog } from "d3-scale";

export interface Axis {
  readonly label?: string;
  /** default `linear`; on `log`, values that are not positive cannot be shown and leave gaps */
  readonly scale?: "linear" | "log";
  /** first and last value shown; default: what the series span, widened to round numbers */
  readonly domain?: readonly [first: number, last: number];
  /** values that the default domain must contain, as `[0]` for a loss */
  readonly include?: readonly number[];
  /** ticks at whole numbers only, as for epochs; default false */
  readonly whole?: boolean;
}

interface Tick {
  readonly value: number;
  /** empty for small ticks between two powers of ten */
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
  series: readonly ArrayLike<number>[],
  range: readonly [number, number],
  count: number,
): Scale {
  const isLog = axis.scale === "log";
  const shows = isLog ? (value: number) => value >= 1e-300 && isDrawable(value) : isDrawable;
  const given = axis.domain?.every(shows) && axis.domain[0] !== axis.domain[1] ? axis.domain : undefined;
  const spanned = given ?? axis.domain ?? [...series, axis.include ?? []].flatMap((values) => Array.from(values));
  const domain = given ?? widen(extent(spanned.filter(shows)), isLog);
  const ends = axis.domain === undefined ? "round" : "fixed";
  const { scale, ticks } = isLog
    ? logScale(domain, range, count, ends)
    : linearScale(domain, range, count, ends, axis.whole);
  const [first = 0, last = 1] = scale.domain();
  // Far outside stays outside, at a number that every renderer takes.
  const toPixel = (value: number): number => Math.max(-1e5, Math.min(1e5, scale(value)));
  return Object.assign(toPixel, { domain: [first, last] as const, shows, ticks });
}

/** A domain of some width, also around no value or a single one. */
function widen([low, high]: [number, number] | [undefined, undefined], isLog: boolean): [number, number] {
  if (low === undefined) return isLog ? [0.1, 1] : [0, 1];
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const isWide = high - low > Math.max(1e-290, 1e-12 * largest);
  if (isLog) return isWide ? [Math.max(low, high / 1e60), high] : [low / 3, high * 3]; // a stray 1e-300 must not crush the rest
  const margin = isWide ? 0 : largest < 1e-280 ? 1 : largest * 0.05;
  return [low - margin, high + margin];
}

type Numbers = readonly [number, number];
type Ends = "round" | "fixed";

function linearScale(domain: Numbers, range: Numbers, count: number, ends: Ends, whole = false) {
  const scale = scaleLinear(domain, range);
  if (ends === "round") scale.nice(count);
  const [first = 0, last = 1] = scale.domain();
  const most = whole ? Math.max(1, Math.min(count, Math.abs(last - first))) : count;
  const values = scale.ticks(most).filter((value) => !whole || Number.isInteger(value));
  const isReadable = Math.max(Math.abs(first), Math.abs(last)) < 1e6 && Math.abs(last - first) / most >= 1e-5;
  const format = isReadable ? scale.tickFormat(most, whole ? ",d" : ",f") : asPower;
  return { scale, ticks: values.map((value) => ({ value, label: format(value) })) };
}

function logScale(domain: Numbers, range: Numbers, count: number, ends: Ends) {
  const scale = scaleLog(domain, range);
  if (domain[1] / domain[0] < 10) return { scale, ticks: linearScale(domain, range, count, "fixed").ticks };
  if (ends === "round") scale.nice();
  const isReadable = scale.domain().every((value) => value >= 1e-3 && value <= 1e4);
  const format = scale.tickFormat(count, ",.12~r"); // empty for the small ticks
  const label = (value: number): string => (isReadable ? format(value) : format(value) && asPower(value));
  return { scale, ticks: scale.ticks(count).map((value) => ({ value, label: label(value) })) };
}

/** `2.5·10⁻⁷`, `−10³⁰`. */
function asPower(value: number): string {
  if (value === 0) return "0";
  const [digits = "", power = ""] = Math.abs(Number(value.toPrecision(15)))
    .toExponential()
    .split("e");
  const raised = power.replace("+", "").replace(/./g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[+c] ?? "⁻");
  return `${value < 0 ? "−" : ""}${digits === "1" ? "" : `${digits}·`}10${raised}`;
}

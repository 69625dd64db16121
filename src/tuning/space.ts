/** What a search may change: parameters with ranges, some of them only where others have certain values. */
import { FormatError, show } from "../errors.ts";
import { isSame, type NumberRange, type Range, rangeKinds, type Value } from "./ranges.ts";

/** Holds where the other parameter is there and has one of the values, or a number within the bounds. */
export interface Condition {
  readonly parameter: string;
  readonly values?: readonly Value[];
  readonly min?: number;
  readonly max?: number;
}

export interface Parameter {
  readonly name: string;
  readonly range: Range;
  /** all of them must hold, else the parameter has no value */
  readonly when: readonly Condition[];
}

export interface Space {
  /** settings that are the same for every trial */
  readonly settings: Readonly<Record<string, unknown>>;
  /** conditions name parameters that stand earlier */
  readonly parameters: readonly Parameter[];
}

/** A value for every parameter whose conditions hold. */
export type Point = Readonly<Record<string, Value>>;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Goes through the parameters in their order, so that conditions find what they ask for. */
export function fillPoint({ parameters }: Space, draw: (parameter: Parameter) => Value): Point {
  const point: Record<string, Value> = {};
  for (const parameter of parameters) if (isActive(parameter, point)) point[parameter.name] = draw(parameter);
  return point;
}

export function isActive({ when }: Parameter, point: Point): boolean {
  return when.every(({ parameter, values, min, max }) => {
    if (!Object.hasOwn(point, parameter)) return false;
    const value = point[parameter];
    if (values && !values.some((one) => isSame(one, value))) return false;
    if (min !== undefined && !((value as number) >= min)) return false;
    return max === undefined || (value as number) <= max;
  });
}

/**
 * Reads the JSON of a space: `{ "settings": { … }, "parameters": { "learningRate": { "log": [0.001, 1] }, … } }`.
 *
 * @param who - starts messages: the file
 * @throws {FormatError} for an empty range, a logarithm of zero, a condition on nothing, …
 */
export function parseSpace(value: unknown, who: string): Space {
  const fail = (text: string): never => {
    throw new FormatError(`${who}: ${text}`);
  };
  if (!isObject(value)) return fail(`expected a JSON object with "parameters", got ${show(value)}`);
  const { $schema: _, settings = {}, parameters, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) fail(`expected only "settings" and "parameters", got ${show(unknown)}`);
  if (!isObject(settings)) return fail(`expected "settings" to be an object, got ${show(settings)}`);
  if (!isObject(parameters) || Object.keys(parameters).length === 0)
    return fail(`expected "parameters" to be an object with at least one range, got ${show(parameters)}`);
  const read: Parameter[] = [];
  for (const [name, entry] of Object.entries(parameters)) {
    const range = parseRange(entry, (text) => fail(`${name}: ${text}`));
    const when = parseConditions((entry as Json).when, read, (text) => fail(`${name}: ${text}`));
    read.push({ name, range, when });
  }
  return { settings, parameters: read };
}

type Fail = (text: string) => never;

function parseRange(entry: unknown, fail: Fail): Range {
  if (!isObject(entry)) return fail(`expected a range like { "log": [0.001, 1] }, got ${show(entry)}`);
  const { when: _, ...given } = entry;
  const names = Object.keys(given);
  const kind = rangeKinds.find((one) => one === names[0]);
  if (names.length !== 1 || kind === undefined)
    return fail(`expected exactly one of ${rangeKinds.join(", ")}, got ${names.join(", ") || "none"}`);
  const list = given[kind];
  if (kind === "choice") {
    if (!Array.isArray(list) || list.length === 0) return fail(`expected choice to be a list, got ${show(list)}`);
    const twice = list.find((one, at) => list.findIndex((other) => isSame(one, other)) !== at);
    return twice === undefined ? { kind, values: list } : fail(`expected choices to differ, got ${show(twice)} twice`);
  }
  if (!Array.isArray(list) || list.length !== 2 || !list.every(Number.isFinite))
    return fail(`expected ${kind} to be two numbers [low, high], got ${show(list)}`);
  const [low, high] = list as [number, number];
  return checkRange({ kind, low, high }, fail);
}

function checkRange(range: NumberRange, fail: Fail): NumberRange {
  const { kind, low, high } = range;
  if (!(low < high)) return fail(`expected ${kind} with low < high, got [${low}, ${high}], which is empty`);
  if ((kind === "integer" || kind === "logInteger") && ![low, high].every(Number.isSafeInteger))
    return fail(`expected ${kind} between whole numbers, got [${low}, ${high}]`);
  if (kind === "log" && low <= 0) return fail(`expected log with low > 0, whose logarithm exists, got ${low}`);
  if (kind === "logInteger" && low < 1) return fail(`expected logInteger with low >= 1, got ${low}`);
  return range;
}

function parseConditions(when: unknown, earlier: readonly Parameter[], fail: Fail): Condition[] {
  if (when === undefined) return [];
  if (!isObject(when)) return fail(`expected when to be an object like { "optimizer": "adamw" }, got ${show(when)}`);
  return Object.entries(when).map(([parameter, value]): Condition => {
    const other = earlier.find(({ name }) => name === parameter);
    if (!other)
      return fail(
        `expected when to name a parameter that stands before it${earlier.length > 0 ? `, one of ${earlier.map(({ name }) => name).join(", ")}` : ""}, got ${show(parameter)}`,
      );
    if (!isObject(value)) return canHold({ parameter, values: Array.isArray(value) ? value : [value] }, other, fail);
    const { min, max, ...rest } = value as { min?: number; max?: number };
    const isBound = (bound: unknown): boolean => bound === undefined || Number.isFinite(bound);
    const isEmpty = min === undefined && max === undefined;
    if (Object.keys(rest).length > 0 || !isBound(min) || !isBound(max) || isEmpty)
      return fail(`expected a value, a list of values or { "min": …, "max": … } for ${parameter}, got ${show(value)}`);
    return canHold({ parameter, ...(min !== undefined && { min }), ...(max !== undefined && { max }) }, other, fail);
  });
}

/** A condition that never holds is a mistake. */
function canHold(condition: Condition, { name, range }: Parameter, fail: Fail): Condition {
  const { values, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = condition;
  const holds =
    range.kind === "choice"
      ? range.values.some((one) => isActive({ name, range, when: [condition] }, { [name]: one }))
      : (values?.some((one) => (one as number) >= range.low && (one as number) <= range.high) ?? true) &&
        range.high >= min &&
        range.low <= max;
  return holds ? condition : fail(`its condition on ${name} never holds`);
}

/** The JSON that {@link parseSpace} reads. */
export function formatSpace({ settings, parameters }: Space): Json {
  const entries = parameters.map(({ name, range, when }) => {
    const conditions = when.map(({ parameter, values, ...bounds }) => [parameter, values ?? bounds] as const);
    const list = range.kind === "choice" ? range.values : [range.low, range.high];
    return [name, { [range.kind]: list, ...(when.length > 0 && { when: Object.fromEntries(conditions) }) }] as const;
  });
  return { settings, parameters: Object.fromEntries(entries) };
}

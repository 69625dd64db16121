/**
 * The errors a caller can cause, each saying who complains, what was expected with numbers, and what came:
 * `fcForward: expected x of shape (N, D) with D=3072, got (64, 3, 32, 32)`.
 */

/** Sizes that do not fit together. */
export class ShapeError extends RangeError {
  override name = "ShapeError";
}

/** A setting outside its range: a negative size, a NaN learning rate, an unknown name. */
export class SettingError extends RangeError {
  override name = "SettingError";
}

/** Bytes that are not what they should be: a truncated file, a foreign format, numbers that make no sense. */
export class FormatError extends Error {
  override name = "FormatError";
}

/** Something outside the program that cannot be used as asked: a missing file, an empty folder, no network. */
export class UserError extends Error {
  override name = "UserError";
}

/**
 * Runs `work`, which reads bytes: what is wrong with them becomes a {@link FormatError} that starts with `who` was called,
 * or with the file they come from.
 */
export function readAs<T>(who: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isOurs = [FormatError, SettingError, ShapeError].some((kind) => error instanceof kind);
    throw isOurs ? new FormatError(`${who}: ${(error as Error).message}`) : error;
  }
}

/** `(2, 3)`; `()` for a single number; `(3)` for a vector. */
export function formatShape(shape: readonly number[]): string {
  return `(${shape.join(", ")})`;
}

/** A value of whatever kind as an error quotes it: JSON, or the name of its type; never long, never an error of its own. */
export function show(value: unknown): string {
  let text: string | undefined;
  try {
    text = typeof value === "number" ? String(value) : JSON.stringify(value);
  } catch {} // nested too deep, or in a circle
  text ??= typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** @throws {SettingError} unless `value` is a whole number from `min` to `max` */
export function checkInteger(who: string, what: string, value: number, min: number, max: number = 2 ** 31 - 1): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range =
    max === 2 ** 31 - 1 && !(value > max) ? `a whole number >= ${min}` : `a whole number from ${min} to ${max}`;
  throw new SettingError(`${who}: expected ${what} to be ${range}, got ${show(value)}`);
}

/** @throws {SettingError} unless `value` is finite and `>= 0` (or `> 0` with `positive`) */
export function checkNumber(
  who: string,
  what: string,
  value: number,
  { positive = false }: { positive?: boolean } = {},
): void {
  if (Number.isFinite(value) && (positive ? value > 0 : value >= 0)) return;
  throw new SettingError(`${who}: expected ${what} ${positive ? ">" : ">="} 0, got ${show(value)}`);
}

/** @throws {SettingError} unless `value` is a number from 0 to below 1 */
export function checkShare(who: string, what: string, value: number): void {
  if (Number.isFinite(value) && value >= 0 && value < 1) return;
  throw new SettingError(`${who}: expected ${what} from 0 to below 1, got ${show(value)}`);
}

/** @throws {SettingError} unless `value` is one of `names` */
export function checkName<T extends string>(who: string, what: string, value: string, names: readonly T[]): T {
  if ((names as readonly string[]).includes(value)) return value as T;
  throw new SettingError(`${who}: unknown ${what} ${show(value)}; expected one of ${names.join(", ")}`);
}

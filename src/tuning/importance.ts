/**
 * Which parameters mattered: how much of the variance of the values each explains on its own, by a regression on at most five bins
 * of it (Kelley's ε², 1935, the correlation ratio corrected for the number of bins), with a bootstrap spread.
 */
import { SettingError } from "../errors.ts";
import { createRng, type Rng } from "../tensor/index.ts";
import { type Range, toLine } from "./ranges.ts";
import type { Point, Space } from "./space.ts";
import { searched } from "./space-settings.ts";

/** With fewer, the figures would be noise. */
export const fewestTrials = 20;

export interface Importance {
  readonly parameter: string;
  /** share of the variance, 0 … 1 */
  readonly share: number;
  /** the middle 90% of 200 bootstrap samples, moved by their bias */
  readonly spread: readonly [low: number, high: number];
}

export interface Sample {
  readonly point: Point;
  readonly value: number;
}

/**
 * The most important parameter first.
 * @throws {SettingError} for fewer than {@link fewestTrials} samples
 */
export function importances(space: Space, samples: readonly Sample[], seed: number): Importance[] {
  if (samples.length < fewestTrials)
    throw new SettingError(
      `which settings mattered takes ${fewestTrials} finished trials to say, and there are ${samples.length}: fewer would show noise`,
    );
  const values = samples.map(({ value }) => value);
  const parameters = searched(space);
  return parameters
    .map(({ name, range }, index): Importance => {
      const bins = binsOf(
        range,
        samples.map(({ point }) => point[name]),
      );
      const share = explained(bins, values);
      const spread = bootstrap(bins, values, share, createRng(seed, index + 1));
      return { parameter: name, share, spread };
    })
    .toSorted((a, b) => b.share - a.share);
}

/** The bin of each value: a choice's index; fifths of what numbers there are; a bin of its own for trials without one. */
function binsOf(range: Range, values: readonly unknown[]): number[] {
  if (range.kind === "choice") {
    const names = [...new Set(values.map((value) => JSON.stringify(value)))];
    return values.map((value) => names.indexOf(JSON.stringify(value)));
  }
  const places = values.map((value) => (value === undefined ? Number.NaN : toLine(range, value as number)));
  const sorted = places.filter((place) => !Number.isNaN(place)).sort((a, b) => a - b);
  const count = Math.max(2, Math.min(5, Math.floor(sorted.length / 5)));
  const edges = Array.from({ length: count - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / count)]!);
  return places.map((place) => (Number.isNaN(place) ? -1 : edges.filter((edge) => place >= edge).length));
}

/** ε² = 1 − (within / (n − k)) / (total / (n − 1)), at least 0. */
function explained(bins: readonly number[], values: readonly number[]): number {
  const n = values.length;
  const groups = new Map<number, { count: number; sum: number; squares: number }>();
  let [sum, squares] = [0, 0];
  const origin = values[0]!;
  for (const [i, bin] of bins.entries()) {
    const value = values[i]! - origin; // keeps digits
    const group = groups.get(bin) ?? { count: 0, sum: 0, squares: 0 };
    groups.set(bin, { count: group.count + 1, sum: group.sum + value, squares: group.squares + value * value });
    sum += value;
    squares += value * value;
  }
  const total = squares - (sum * sum) / n;
  const within = [...groups.values()].reduce((all, one) => all + one.squares - (one.sum * one.sum) / one.count, 0);
  const k = groups.size;
  return total <= 0 || n <= k ? 0 : Math.max(0, 1 - within / (n - k) / (total / (n - 1)));
}

function bootstrap(bins: readonly number[], values: readonly number[], share: number, rng: Rng): [number, number] {
  const n = values.length;
  const shares = Array.from({ length: 200 }, () => {
    const rows = Array.from({ length: n }, () => rng.integer(0, n - 1));
    return explained(
      rows.map((row) => bins[row]!),
      rows.map((row) => values[row]!),
    );
  }).sort((a, b) => a - b);
  const bias = shares.reduce((all, one) => all + one, 0) / shares.length - share; // repeated rows look like structure
  const clip = (x: number): number => Math.min(1, Math.max(0, x - bias));
  return [clip(shares[9]!), clip(shares[190]!)];
}

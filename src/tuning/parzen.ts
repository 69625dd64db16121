/** Densities estimated from a few observations, as TPE compares them. */
import type { Rng } from "../tensor/index.ts";
import { type ChoiceRange, isSame, lineOf, type NumberRange, toLine, type Value } from "./ranges.ts";

export interface Density {
  /** a place on the line, or the index of a choice */
  draw(rng: Rng): number;
  /** the logarithm of the density there */
  logAt(place: number): number;
}

/**
 * A mixture of normal distributions, cut at the ends of the line: one around every observation, as wide as the larger distance to
 * its neighbours, and one around the middle as wide as the line, which is the prior (Bergstra et al. 2011, section 4.2).
 */
export function numberDensity(range: NumberRange, values: readonly number[]): Density {
  const [low, high] = lineOf(range);
  const width = high - low;
  const middle = (low + high) / 2;
  const centres = [...values.map((value) => toLine(range, value)), middle].sort((a, b) => a - b);
  const n = centres.length;
  const narrowest = width / Math.min(100, n + 1);
  const prior = centres.indexOf(middle);
  const widths = centres.map((centre, i) => {
    if (i === prior) return width;
    const neighbours = Math.max(centre - (centres[i - 1] ?? low), (centres[i + 1] ?? high) - centre);
    return Math.min(width, Math.max(narrowest, neighbours));
  });
  // The share of each normal distribution that lies on the line.
  const logScales = centres.map((centre, i) => {
    const inside = normalBelow((high - centre) / widths[i]!) - normalBelow((low - centre) / widths[i]!);
    return -Math.log(n * widths[i]! * inside * Math.sqrt(2 * Math.PI));
  });
  return {
    draw(rng) {
      const i = rng.integer(0, n - 1);
      for (let tries = 0; tries < 100; tries++) {
        const place = centres[i]! + widths[i]! * rng.normal();
        if (place >= low && place <= high) return place;
      }
      return centres[i]!;
    },
    logAt(place) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const z = (place - centres[i]!) / widths[i]!;
        if (z * z < 72) sum += Math.exp(logScales[i]! - 0.5 * z * z); // the rest is below 10⁻¹⁵ of it
      }
      return Math.log(sum);
    },
  };
}

/** How often each choice was observed, plus one observation spread over all of them. */
export function choiceDensity({ values }: ChoiceRange, observed: readonly Value[]): Density {
  const counts = values.map((value) => observed.filter((one) => isSame(one, value)).length + 1 / values.length);
  const total = observed.length + 1;
  return {
    draw(rng) {
      let left = rng.uniform() * total;
      const at = counts.findIndex((count) => {
        left -= count;
        return left < 0;
      });
      return at < 0 ? values.length - 1 : at;
    },
    logAt: (index) => Math.log(counts[index]! / total),
  };
}

/** The standard normal distribution function, within 1.5·10⁻⁷ (Abramowitz and Stegun 1964, 7.1.26). */
function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-z * z)) / 2;
  return x > 0 ? 1 - tail : tail;
}

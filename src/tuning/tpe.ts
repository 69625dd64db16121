/**
 * The tree-structured Parzen estimator, TPE (Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization", section 4): the
 * best trials so far give a density l, the others a density g, and the next value of a parameter is the one of a few drawn from l
 * where l/g is highest. A parameter that only some trials have learns from these.
 */
import type { Rng } from "../tensor/index.ts";
import { choiceDensity, numberDensity } from "./parzen.ts";
import { randomPoint } from "./random.ts";
import { fromLine, type Value } from "./ranges.ts";
import { fillPoint, type Parameter, type Point, type Space } from "./space.ts";
import { ranked } from "./successive-halving.ts";

export interface Observation {
  readonly trial: number;
  readonly point: Point;
  /** higher is better; null when it came to nothing */
  readonly value: number | null;
}

export interface TpeOptions {
  /** so many trials are random before anything is estimated; default 10 */
  readonly startup?: number;
  /** candidates for each parameter; default 24 */
  readonly candidates?: number;
}

/**
 * @param observations - trials that are done
 * @param pending - points of trials in flight: each counts among the bad ones, a constant liar (Ginsbourger et al. 2010) that says
 *   the lowest value, so that trials that start together go to different places
 */
export function tpePoint(
  space: Space,
  rng: Rng,
  observations: readonly Observation[],
  pending: readonly Point[] = [],
  { startup = 10, candidates = 24 }: TpeOptions = {},
): Point {
  if (observations.length < startup) return randomPoint(space, rng);
  const sorted = ranked(observations);
  const count = goodCount(sorted.length);
  const good = sorted.slice(0, count).filter(({ value }) => value !== null);
  const bad = [...sorted.filter((one) => !good.includes(one)).map(({ point }) => point), ...pending];
  const goodPoints = good.map(({ point }) => point);
  return fillPoint(space, (parameter) => bestCandidate(parameter, rng, candidates, goodPoints, bad));
}

/** A tenth of the trials, at least two, at most 25. */
function goodCount(n: number): number {
  return Math.min(25, Math.max(2, Math.ceil(0.1 * n)));
}

function bestCandidate(
  { name, range }: Parameter,
  rng: Rng,
  candidates: number,
  good: readonly Point[],
  bad: readonly Point[],
): Value {
  const valuesOf = (points: readonly Point[]): Value[] =>
    points.flatMap((point) => (Object.hasOwn(point, name) ? [point[name]] : []));
  const densityOf = (values: readonly Value[]) =>
    range.kind === "choice" ? choiceDensity(range, values) : numberDensity(range, values as number[]);
  const [l, g] = [densityOf(valuesOf(good)), densityOf(valuesOf(bad))];
  let best = { place: Number.NaN, score: Number.NEGATIVE_INFINITY };
  for (let i = 0; i < candidates; i++) {
    const place = l.draw(rng);
    const score = l.logAt(place) - g.logAt(place);
    if (i === 0 || score > best.score) best = { place, score };
  }
  return range.kind === "choice" ? range.values[best.place] : fromLine(range, best.place);
}

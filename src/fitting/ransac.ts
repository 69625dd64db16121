/**
 * An affine transform that most of the correspondences agree on, whatever the others say.
 *
 * Three correspondences fix a transform. Random triples are tried; each is scored by its inliers, the points it sends
 * to within `threshold` of their targets; the best one is refitted to its inliers by least squares. With an inlier share
 * w, a triple is clean with chance w³, so `log(1 − confidence) / log(1 − w³)` triples contain a clean one with that
 * confidence; w is what the best triple so far suggests, so the count falls as better ones are found.
 *
 * Source: Fischler and Bolles 1981, "Random sample consensus: a paradigm for model fitting …".
 */
import { checkInteger, checkNumber, FormatError, SettingError } from "../errors.ts";
import { createRng, type DType, type Rng, type Tensor } from "../tensor/index.ts";
import { type AffineFit, meanSquaredDistance, type SixNumbers, transformOf } from "./affine-transform.ts";
import { checkCorrespondences } from "./check-points.ts";
import { countInliers, pick, refit, throughThree } from "./consensus.ts";
import { checkFixed } from "./least-squares.ts";
import { targetNoise } from "./target-noise.ts";

export interface RansacSettings {
  /** Where the triples come from; default a new one with seed 442. */
  readonly rng?: Rng;
  /** Distance from the target up to which a point agrees; by default three times the noise measured in the targets. */
  readonly threshold?: number;
  /** Chance of having tried a triple without outliers, above 0 and below 1, default 0.999. */
  readonly confidence?: number;
  /** Triples at most, >= 1, default 10,000. */
  readonly maxTrials?: number;
}

export interface RansacFit extends AffineFit {
  /** Rows that agree with the transform, ascending. */
  readonly inliers: Int32Array;
  /** Mean squared distance over the inliers. */
  readonly inlierLoss: number;
  readonly threshold: number;
  /** Triples tried. */
  readonly trials: number;
}

/**
 * @param p - points, (N, 2), at least three that are not on one line
 * @param pPrime - their targets, (N, 2)
 * @throws {ShapeError} when a shape is another, or N < 3
 * @throws {FormatError} when a coordinate is NaN or infinite, or all points lie on one line
 * @throws {SettingError} for a setting outside its range
 */
export function fitAffineRansac(p: Tensor<DType>, pPrime: Tensor<DType>, settings: RansacSettings = {}): RansacFit {
  const who = "fitAffineRansac";
  const [from, to] = checkCorrespondences(who, p, pPrime, 3);
  const { rng = createRng(442), confidence = 0.999, maxTrials = 10_000 } = settings;
  if (!(confidence > 0 && confidence < 1))
    throw new SettingError(`${who}: expected confidence above 0 and below 1, got ${confidence}`);
  checkInteger(who, "maxTrials", maxTrials, 1);
  if (settings.threshold !== undefined) checkNumber(who, "threshold", settings.threshold, { positive: true });
  const N = from.length / 2;
  checkFixed(who, from, to);
  const threshold = settings.threshold ?? Math.max(3 * targetNoise(from, to, rng), roundingFloor(from, to));

  let best: SixNumbers | undefined;
  let bestCount = 0;
  let needed = maxTrials;
  let trials = 0;
  while (trials < needed) {
    trials++;
    const transform = throughThree(from, to, rng);
    if (!transform) continue; // three points on a line
    const count = countInliers(from, to, transform, threshold);
    if (count <= bestCount) continue;
    [best, bestCount] = [transform, count];
    needed = Math.min(maxTrials, trialsFor(count / N, confidence));
  }
  if (!best)
    throw new FormatError(
      `${who}: expected three points that are not on one line, found none in ${trials} random triples`,
    );

  const { six, inliers } = refit(from, to, best, threshold);
  return {
    ...transformOf(six),
    loss: meanSquaredDistance(from, to, six),
    inliers,
    inlierLoss: meanSquaredDistance(pick(from, inliers), pick(to, inliers), six),
    threshold,
    trials,
  };
}

/** How many triples contain one without outliers with the given confidence. */
function trialsFor(inlierShare: number, confidence: number): number {
  const clean = inlierShare ** 3;
  return clean >= 1 ? 1 : Math.ceil(Math.log(1 - confidence) / Math.log1p(-clean));
}

/** Distances that rounding alone explains. */
function roundingFloor(from: Float64Array, to: Float64Array): number {
  let largest = 0;
  for (const points of [from, to]) for (const v of points) largest = Math.max(largest, Math.abs(v));
  return 1e-12 * largest;
}

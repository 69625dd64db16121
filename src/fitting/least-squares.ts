/**
 * The affine transform of least mean squared distance, in one go: the triangular factor that the {@link Summary} holds is
 * solved from the bottom up. Squaring the points instead (the normal equations) would square their condition number.
 */
import { FormatError } from "../errors.ts";
import type { DType, Tensor } from "../tensor/index.ts";
import { type AffineFit, type SixNumbers, transformOf } from "./affine-transform.ts";
import { checkCorrespondences } from "./check-points.ts";
import { bestTransform, type Summary, summarize } from "./summary.ts";

/**
 * @param p - points, (N, 2), at least three that are not on one line
 * @param pPrime - their targets, (N, 2)
 * @throws {ShapeError} when a shape is another, or N < 3
 * @throws {FormatError} when a coordinate is NaN, infinite or beyond ±1e100, or all points lie on one line
 */
export function fitAffineLeastSquares(p: Tensor<DType>, pPrime: Tensor<DType>): AffineFit {
  const [from, to] = checkCorrespondences("fitAffineLeastSquares", p, pPrime, 3);
  const summary = checkFixed("fitAffineLeastSquares", from, to);
  return { ...transformOf(bestTransform(summary)), loss: summary.smallestLoss };
}

/** The summary of points that fix a transform. @throws {FormatError} for points on one line */
export function checkFixed(who: string, from: Float64Array, to: Float64Array): Summary {
  const summary = summarize(from, to);
  if (summary.r11 > 0) return summary;
  throw new FormatError(
    `${who}: expected three points that are not on one line, got ${from.length / 2} that are; ` +
      "they leave the transform across the line open: add a point beside it",
  );
}

/** Least squares on points that may be on one line: then `undefined`. */
export function leastSquares(from: Float64Array, to: Float64Array): SixNumbers | undefined {
  const summary = summarize(from, to);
  return summary.r11 > 0 ? bestTransform(summary) : undefined;
}

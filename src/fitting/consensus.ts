/** Transforms through three correspondences, the fewest that fix one, and the points that agree with a transform. */
import type { Rng } from "../tensor/index.ts";
import type { SixNumbers } from "./affine-transform.ts";
import { leastSquares } from "./least-squares.ts";

/** A transform through three random correspondences; undefined when their points lie on a line. */
export function throughThree(from: Float64Array, to: Float64Array, rng: Rng): SixNumbers | undefined {
  const [a, b, c] = sampleThree(from.length / 2, rng);
  const ux = from[2 * b]! - from[2 * a]!;
  const uy = from[2 * b + 1]! - from[2 * a + 1]!;
  const vx = from[2 * c]! - from[2 * a]!;
  const vy = from[2 * c + 1]! - from[2 * a + 1]!;
  const area = ux * vy - uy * vx;
  if (!(Math.abs(area) > 1e-9 * (ux * ux + uy * uy + vx * vx + vy * vy))) return undefined;
  const row = (axis: number): [number, number, number] => {
    const base = to[2 * a + axis]!;
    const du = to[2 * b + axis]! - base;
    const dv = to[2 * c + axis]! - base;
    const sx = (du * vy - dv * uy) / area; // Cramer's rule on [u; v]·row = (du, dv)
    const sy = (dv * ux - du * vx) / area;
    return [sx, sy, base - sx * from[2 * a]! - sy * from[2 * a + 1]!];
  };
  const [sxx, sxy, tx] = row(0);
  const [syx, syy, ty] = row(1);
  return Float64Array.of(sxx, sxy, syx, syy, tx, ty);
}

/** Three different rows out of N. */
function sampleThree(N: number, rng: Rng): [number, number, number] {
  const a = rng.integer(0, N - 1);
  let b = rng.integer(0, N - 2);
  if (b >= a) b++;
  let c = rng.integer(0, N - 3);
  if (c >= Math.min(a, b)) c++;
  if (c >= Math.max(a, b)) c++;
  return [a, b, c];
}

/** From where the transform puts point i to its target. */
export function squaredDistance(from: Float64Array, to: Float64Array, six: SixNumbers, i: number): number {
  const x = from[2 * i]!;
  const y = from[2 * i + 1]!;
  const rx = six[0]! * x + six[1]! * y + six[4]! - to[2 * i]!;
  const ry = six[2]! * x + six[3]! * y + six[5]! - to[2 * i + 1]!;
  return rx * rx + ry * ry;
}

/** How many points the transform sends to within `threshold` of their targets. */
export function countInliers(from: Float64Array, to: Float64Array, six: SixNumbers, threshold: number): number {
  const limit = threshold * threshold;
  let count = 0;
  for (let i = 0; i < from.length / 2; i++) if (squaredDistance(from, to, six, i) <= limit) count++;
  return count;
}

export interface Consensus {
  readonly six: SixNumbers;
  /** Rows that agree with it, ascending. */
  readonly inliers: Int32Array;
}

/** Least squares on the inliers until they stay the same: a triple carries its own points' noise, their mean hardly any. */
export function refit(from: Float64Array, to: Float64Array, six: SixNumbers, threshold: number): Consensus {
  let found = { six, inliers: findInliers(from, to, six, threshold) };
  for (let round = 0; round < 10; round++) {
    const refitted = leastSquares(pick(from, found.inliers), pick(to, found.inliers));
    if (!refitted) break; // the inliers are on a line: keep what there is
    const before = found.inliers;
    found = { six: refitted, inliers: findInliers(from, to, refitted, threshold) };
    if (found.inliers.length === before.length && found.inliers.every((row, k) => row === before[k])) break;
  }
  return found;
}

function findInliers(from: Float64Array, to: Float64Array, six: SixNumbers, threshold: number): Int32Array {
  const inliers = new Int32Array(countInliers(from, to, six, threshold));
  const limit = threshold * threshold;
  for (let i = 0, k = 0; i < from.length / 2; i++) if (squaredDistance(from, to, six, i) <= limit) inliers[k++] = i;
  return inliers;
}

/** The points of some rows. */
export function pick(points: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from({ length: 2 * rows.length }, (_, i) => points[2 * rows[i >> 1]! + (i & 1)]!);
}

/** Transforms through three correspondences, the fewest that fix one, and what random ones tell about the noise. */
import type { Rng } from "../tensor/index.ts";

/** Rows of three correspondences. */
export type Triple = readonly [number, number, number];

/** Three different rows out of N. */
export function sampleThree(N: number, rng: Rng): Triple {
  const a = rng.integer(0, N - 1);
  let b = rng.integer(0, N - 2);
  if (b >= a) b++;
  let c = rng.integer(0, N - 3);
  if (c >= Math.min(a, b)) c++;
  if (c >= Math.max(a, b)) c++;
  return [a, b, c];
}

/** The transform that takes three points exactly to their targets; undefined for points on a line. */
export function throughThree(from: Float64Array, to: Float64Array, [a, b, c]: Triple): Float64Array | undefined {
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

/** From where the transform puts point i to its target. */
export function squaredDistance(from: Float64Array, to: Float64Array, m: Float64Array, i: number): number {
  const x = from[2 * i]!;
  const y = from[2 * i + 1]!;
  const rx = m[0]! * x + m[1]! * y + m[4]! - to[2 * i]!;
  const ry = m[2]! * x + m[3]! * y + m[5]! - to[2 * i + 1]!;
  return rx * rx + ry * ry;
}

const noiseTrials = 256;
const noisePoints = 256;
const noiseQuantile = 0.3;

/**
 * Standard deviation of the targets' noise per coordinate, measured although most targets may be outliers: over random
 * triples, the smallest value of the 30 % quantile of the squared distances. Normal noise σ has `−2·ln(1 − 0.3)·σ²`
 * there. Works up to 70 % of outliers, whose presence makes the answer up to twice too large.
 *
 * After the least quantile of squares: Rousseeuw 1984, "Least median of squares regression".
 */
export function targetNoise(from: Float64Array, to: Float64Array, rng: Rng): number {
  const N = from.length / 2;
  const looked = N <= noisePoints ? range(N) : Int32Array.from({ length: noisePoints }, () => rng.integer(0, N - 1));
  const distances = new Float64Array(looked.length);
  let least = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < noiseTrials; trial++) {
    const triple = sampleThree(N, rng);
    const transform = throughThree(from, to, triple);
    if (!transform) continue;
    let count = 0;
    for (const row of looked) if (!triple.includes(row)) distances[count++] = squaredDistance(from, to, transform, row);
    if (count === 0) return 0; // nothing but the triple itself
    const sorted = distances.subarray(0, count).sort();
    least = Math.min(least, sorted[Math.floor(noiseQuantile * (count - 1))]!);
  }
  return Number.isFinite(least) ? Math.sqrt(least / (-2 * Math.log(1 - noiseQuantile))) : 0;
}

function range(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i);
}

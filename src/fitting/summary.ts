/**
 * All that the mean squared distance depends on, in a few numbers.
 *
 * The loss is quadratic in (S, t), so its value and gradient anywhere follow from the centroids of points and targets and
 * from the triangular factor R of the centred points, `P = Q·R`: with the mean residual `ρ = S·c + t − c'`,
 *
 *     loss = |ρ|² + |R·Sᵀ − Qᵀ·P'|² / N + smallestLoss
 *
 * Every term is a square, so nothing cancels, and R keeps the digits that the products of coordinates, its square, would
 * lose. After one look at the points a step of gradient descent costs the same for ten points as for a million.
 * {@link lossAndGradients} is the definition that this must agree with.
 *
 * Source: modified Gram–Schmidt, Golub and Van Loan, "Matrix Computations", 4th ed., sections 5.2.8 and 5.3.5.
 */
import type { SixNumbers } from "./affine-transform.ts";

export interface Summary {
  /** Centroid of the points. */
  readonly x: number;
  readonly y: number;
  /** Centroid of the targets. */
  readonly u: number;
  readonly v: number;
  /** The coordinate that spreads more, 0 for x and 1 for y: the first column of the factor. */
  readonly first: 0 | 1;
  /** R / √N: the length of the first column, and of the second along and across it. A direction that is only rounding is 0. */
  readonly r00: number;
  readonly r01: number;
  readonly r11: number;
  /** Qᵀ·P' / √N: the targets' coordinates u and v along the first column, and along what is left of the second. */
  readonly u0: number;
  readonly u1: number;
  readonly v0: number;
  readonly v1: number;
  /** The loss of the best transform, {@link bestTransform}. */
  readonly smallestLoss: number;
}

/** @param from - x₀ y₀ x₁ y₁ …, at least one point, finite; `to` as many */
export function summarize(from: Float64Array, to: Float64Array): Summary {
  const N = from.length / 2;
  const ones = new Float64Array(N).fill(1);
  const px = column(from, 0);
  const py = column(from, 1);
  const qu = column(to, 0);
  const qv = column(to, 1);
  const x = from[0]! + project(px, ones, N);
  const y = from[1]! + project(py, ones, N);
  const u = to[0]! + project(qu, ones, N);
  const v = to[1]! + project(qv, ones, N);

  const [xx, yy] = [dot(px, px), dot(py, py)];
  const first = xx >= yy ? 0 : 1;
  const [p0, p1] = first === 0 ? [px, py] : [py, px];
  const spread = Math.sqrt(Math.max(xx, yy) / N);
  // How coarse coordinates of this size are: a narrower cloud cannot be told from a line or a single place.
  const rounding = 8 * Number.EPSILON * (Math.abs(x) + Math.abs(y) + spread);
  const r00 = spread > rounding ? spread : 0;
  const [r01, u0, v0] = [p1, qu, qv].map((c) => (r00 > 0 ? r00 * project(c, p0, N * r00 * r00) : 0)) as Three;
  const width = Math.sqrt(dot(p1, p1) / N);
  const r11 = width > rounding ? width : 0;
  const [u1, v1] = [qu, qv].map((c) => (r11 > 0 ? r11 * project(c, p1, N * r11 * r11) : 0)) as [number, number];
  return { x, y, u, v, first, r00, r01, r11, u0, u1, v0, v1, smallestLoss: (dot(qu, qu) + dot(qv, qv)) / N };
}

type Three = [number, number, number];

/** One coordinate of all points, counted from the first, so that a cloud far from the origin keeps its digits. */
function column(points: Float64Array, axis: 0 | 1): Float64Array {
  const out = new Float64Array(points.length / 2);
  const start = points[axis]!;
  for (let i = 0; i < out.length; i++) out[i] = points[2 * i + axis]! - start;
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Subtracts from `column` its multiple of `direction`, of the given squared length, and returns the factor. */
function project(column: Float64Array, direction: Float64Array, squaredLength: number): number {
  const factor = dot(column, direction) / squaredLength;
  for (let i = 0; i < column.length; i++) column[i]! -= factor * direction[i]!;
  return factor;
}

/** Least squares: the transform of smallest loss; where directions are open, the one that ignores them. */
export function bestTransform({ x, y, u, v, first, r00, r01, r11, u0, u1, v0, v1 }: Summary): SixNumbers {
  const row = (along: number, across: number): [number, number] => {
    const b = r11 > 0 ? across / r11 : 0;
    const a = r00 > 0 ? (along - r01 * b) / r00 : 0;
    return first === 0 ? [a, b] : [b, a];
  };
  const [s0, s1] = row(u0, u1);
  const [s2, s3] = row(v0, v1);
  return Float64Array.of(s0, s1, s2, s3, u - (s0 * x + s1 * y), v - (s2 * x + s3 * y));
}

/** How far the loss is above the smallest one, and its gradients into `grads`, as {@link lossAndGradients} gives them. */
export function excessLoss(m: Summary, six: SixNumbers, grads: SixNumbers): number {
  return rowExcess(m, 0, six, m.u, m.u0, m.u1, grads) + rowExcess(m, 1, six, m.v, m.v0, m.v1, grads);
}

/** The part of one coordinate of the targets, which one row of S and one number of t decide. */
function rowExcess(
  { x, y, first, r00, r01, r11 }: Summary,
  row: 0 | 1,
  six: SixNumbers,
  mean: number,
  targetAlong: number,
  targetAcross: number,
  grads: SixNumbers,
): number {
  const [i, j, k] = [2 * row + first, 2 * row + 1 - first, 4 + row];
  const [c, d] = first === 0 ? [x, y] : [y, x];
  const residual = six[i]! * c + six[j]! * d + six[k]! - mean;
  const along = r00 * six[i]! + r01 * six[j]! - targetAlong;
  const across = r11 * six[j]! - targetAcross;
  grads[i] = 2 * (r00 * along + residual * c);
  grads[j] = 2 * (r01 * along + r11 * across + residual * d);
  grads[k] = 2 * residual;
  return residual * residual + along * along + across * across;
}

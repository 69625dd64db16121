/**
 * All that the mean squared distance depends on, in thirteen numbers.
 *
 * The loss is quadratic in (S, t), so its value and gradient anywhere follow from the centroids and the second moments
 * of points and targets. One pass over N points finds them; after it a step of gradient descent costs the same for ten
 * points as for a million. {@link lossAndGradients} is the definition that this must agree with.
 *
 * With `r̄ = S·c + t − c'` for the centroids c and c', and the moments about them (`Cpp = 1/N · Σ (p − c)(p − c)ᵀ`, …):
 *
 *     loss = |r̄|² + tr(S·Cpp·Sᵀ − 2·S·Cpq + Cqq)        gradS = 2·(S·Cpp − Cqp + r̄·cᵀ)        gradT = 2·r̄
 *
 * Moments about the centroid keep their digits when the cloud is far from the origin (Chan, Golub and LeVeque 1983,
 * "Algorithms for computing the sample variance").
 */
import { sumMoments } from "./moments.ts";

export interface Summary {
  readonly count: number;
  /** Centroids: of the points (x, y) and of the targets (u, v). */
  readonly x: number;
  readonly y: number;
  readonly u: number;
  readonly v: number;
  /** Mean products about the centroids. */
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
  readonly xu: number;
  readonly yu: number;
  readonly xv: number;
  readonly yv: number;
  readonly uu: number;
  readonly vv: number;
}

/** @param from - x₀ y₀ x₁ y₁ …, at least one point; `to` as many. A NaN or infinity among them makes `uu` or `xx` one. */
export function summarize(from: Float64Array, to: Float64Array): Summary {
  // About the first point for now: the centroid is within √N standard deviations of it.
  const count = from.length / 2;
  const sums = sumMoments(from, to);
  const x = sums[0]! / count;
  const y = sums[1]! / count;
  const u = sums[2]! / count;
  const v = sums[3]! / count;
  const xx = sums[4]! / count;
  const xy = sums[5]! / count;
  const yy = sums[6]! / count;
  const xu = sums[7]! / count;
  const yu = sums[8]! / count;
  const xv = sums[9]! / count;
  const yv = sums[10]! / count;
  const uu = sums[11]! / count;
  const vv = sums[12]! / count;
  return {
    count,
    x: from[0]! + x,
    y: from[1]! + y,
    u: to[0]! + u,
    v: to[1]! + v,
    xx: Math.max(0, xx - x * x),
    xy: xy - x * y,
    yy: Math.max(0, yy - y * y),
    xu: xu - x * u,
    yu: yu - y * u,
    xv: xv - x * v,
    yv: yv - y * v,
    uu: Math.max(0, uu - u * u),
    vv: Math.max(0, vv - v * v),
  };
}

/** The mean squared distance, and its gradients into `grads`, as {@link lossAndGradients} gives them. */
export function summaryLoss(m: Summary, s: Float64Array, t: Float64Array, grads: Float64Array): number {
  return (
    rowLoss(m, 0, s[0]!, s[1]!, t[0]! - m.u, m.xu, m.yu, m.uu, grads) +
    rowLoss(m, 1, s[2]!, s[3]!, t[1]! - m.v, m.xv, m.yv, m.vv, grads)
  );
}

/** The share of one coordinate of the targets: a row (a, b) of S, the shift to its mean, its moments with x, y and itself. */
function rowLoss(
  m: Summary,
  row: 0 | 1,
  a: number,
  b: number,
  shift: number,
  xTarget: number,
  yTarget: number,
  square: number,
  grads: Float64Array,
): number {
  const residual = a * m.x + b * m.y + shift;
  const alongX = a * m.xx + b * m.xy - xTarget;
  const alongY = a * m.xy + b * m.yy - yTarget;
  grads[2 * row] = 2 * (alongX + residual * m.x);
  grads[2 * row + 1] = 2 * (alongY + residual * m.y);
  grads[4 + row] = 2 * residual;
  return residual * residual + Math.max(0, a * (alongX - xTarget) + b * (alongY - yTarget) + square);
}

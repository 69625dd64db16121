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
  const x0 = from[0]!;
  const y0 = from[1]!;
  const u0 = to[0]!;
  const v0 = to[1]!;
  let x = 0;
  let y = 0;
  let u = 0;
  let v = 0;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let xu = 0;
  let yu = 0;
  let xv = 0;
  let yv = 0;
  let uu = 0;
  let vv = 0;
  for (let i = 0; i < from.length; i += 2) {
    const dx = from[i]! - x0;
    const dy = from[i + 1]! - y0;
    const du = to[i]! - u0;
    const dv = to[i + 1]! - v0;
    x += dx;
    y += dy;
    u += du;
    v += dv;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
    xu += dx * du;
    yu += dy * du;
    xv += dx * dv;
    yv += dy * dv;
    uu += du * du;
    vv += dv * dv;
  }
  const count = from.length / 2;
  x /= count;
  y /= count;
  u /= count;
  v /= count;
  return {
    count,
    x: x0 + x,
    y: y0 + y,
    u: u0 + u,
    v: v0 + v,
    xx: Math.max(0, xx / count - x * x),
    xy: xy / count - x * y,
    yy: Math.max(0, yy / count - y * y),
    xu: xu / count - x * u,
    yu: yu / count - y * u,
    xv: xv / count - x * v,
    yv: yv / count - y * v,
    uu: Math.max(0, uu / count - u * u),
    vv: Math.max(0, vv / count - v * v),
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

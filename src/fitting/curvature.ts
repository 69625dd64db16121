/**
 * How the loss of an affine fit curves, and which learning rates follow from it.
 *
 * The mean squared distance is quadratic in (S, t). Along each row of [S t] its Hessian is the same 3×3 matrix
 * `H = 2/N · Σ qᵢqᵢᵀ` with `qᵢ = (xᵢ, yᵢ, 1)`. Gradient descent multiplies the error along an eigenvector of H with
 * eigenvalue λ by `1 − learningRate · λ` per step, so it converges below `2 / λmax`, and fastest at `2 / (λmin + λmax)`.
 *
 * Source: Polyak 1964, "Some methods of speeding up the convergence of iteration methods" (the formulas with momentum).
 */
import type { DType, Tensor } from "../tensor/index.ts";
import { checkCorrespondences } from "./check-points.ts";
import { type Summary, summarize } from "./summary.ts";

export interface Curvature {
  /** Largest eigenvalue of H. */
  readonly largest: number;
  /** Smallest eigenvalue of H that is not zero; a direction without curvature never gets a gradient. */
  readonly smallest: number;
  /** Directions without curvature: 0 for points that fix the transform, 1 on a line, 2 for a single place. */
  readonly openDirections: number;
}

/** Below this share of the largest, an eigenvalue is rounding. */
const zeroShare = 1e-13;

/** @param m - of the points; their targets do not matter */
export function curvatureOf(m: Summary): Curvature {
  const eigenvalues = symmetricEigenvalues([
    [2 * (m.xx + m.x * m.x), 2 * (m.xy + m.x * m.y), 2 * m.x],
    [2 * (m.xy + m.x * m.y), 2 * (m.yy + m.y * m.y), 2 * m.y],
    [2 * m.x, 2 * m.y, 2],
  ]);
  const largest = eigenvalues.at(-1)!;
  const smallest = eigenvalues.find((value) => value > zeroShare * largest)!;
  return { largest, smallest, openDirections: openDirections(m) };
}

/**
 * The curvature of {@link fitAffineTransform}'s loss.
 * @param p - points, (N, 2)
 * @throws {ShapeError} for another shape, or N = 0
 * @throws {FormatError} when a coordinate is NaN or infinite
 */
export function affineCurvature(p: Tensor<DType>): Curvature {
  const [from] = checkCorrespondences("affineCurvature", p, p);
  return curvatureOf(summarize(from, from));
}

/** How many dimensions the cloud lacks: 2 − the rank of its second moments about the centroid. */
function openDirections({ x, y, xx, xy, yy }: Summary): number {
  const spread = xx + yy;
  const rounding = Number.EPSILON * Math.hypot(x, y);
  if (spread <= 16 * rounding * rounding) return 2;
  const [narrow = 0] = symmetricEigenvalues([
    [xx, xy],
    [xy, yy],
  ]);
  return narrow <= 1e-14 * spread ? 1 : 0;
}

/** How many times steeper the steepest direction is than the flattest: the step count grows with it (with its root under momentum). */
export function conditionNumber({ largest, smallest }: Curvature): number {
  return largest / smallest;
}

/** From this rate on, gradient descent (with heavy-ball momentum) does not converge. */
export function largestStableRate({ largest }: Curvature, momentum = 0): number {
  return (2 * (1 + momentum)) / largest;
}

/** The momentum that converges fastest, with the rate from {@link bestRate}. */
export function bestMomentum(curvature: Curvature): number {
  const root = Math.sqrt(conditionNumber(curvature));
  return ((root - 1) / (root + 1)) ** 2;
}

/** The constant rate that converges fastest under a given momentum. */
export function bestRate(curvature: Curvature, momentum = 0): number {
  const { largest, smallest } = curvature;
  return momentum < bestMomentum(curvature)
    ? (2 * (1 + momentum)) / (largest + smallest)
    : (1 + Math.sqrt(momentum)) ** 2 / largest;
}

/**
 * The momentum and rate that converge fast while the loss stays near or below its start.
 *
 * Polyak's rate approaches `4/λmax`, and on the way the error along the steepest direction swells by as much as the condition
 * number. Up to `2/λmax`, where plain descent ends too, the roots √momentum·e^{±iθ} of that direction keep θ <= 90°, and no
 * squared error exceeds twice its start. The price is a factor of √2 in steps at most; without momentum there is none.
 * @param momentum - by default the one under which the flattest direction shrinks fastest at that rate
 */
export function calmSettings(
  curvature: Curvature,
  momentum: number = Math.max(bestMomentum(curvature), Math.max(0, 1 - Math.sqrt(2 / conditionNumber(curvature))) ** 2),
): { momentum: number; learningRate: number } {
  return { momentum, learningRate: Math.min(bestRate(curvature, momentum), 2 / curvature.largest) };
}

/** Ascending, by Jacobi's rotations; the matrix is small and is overwritten. */
function symmetricEigenvalues(a: number[][]): number[] {
  const n = a.length;
  for (let sweep = 0; sweep < 30; sweep++) {
    let offDiagonal = 0;
    let diagonal = 0;
    for (let i = 0; i < n; i++) {
      diagonal += a[i]![i]! ** 2;
      for (let j = 0; j < i; j++) offDiagonal += a[i]![j]! ** 2;
    }
    if (offDiagonal <= 1e-32 * diagonal) break;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) rotate(a, i, j);
  }
  return a.map((row, i) => row[i]!).sort((x, y) => x - y);
}

/** Turns the plane of axes i and j so that `a[i][j]` becomes zero. */
function rotate(a: number[][], i: number, j: number): void {
  const off = a[i]![j]!;
  if (off === 0) return;
  const theta = (a[j]![j]! - a[i]![i]!) / (2 * off);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (let k = 0; k < a.length; k++) {
    const ki = a[k]![i]!;
    const kj = a[k]![j]!;
    a[k]![i] = cosine * ki - sine * kj;
    a[k]![j] = sine * ki + cosine * kj;
  }
  for (let k = 0; k < a.length; k++) {
    const ik = a[i]![k]!;
    const jk = a[j]![k]!;
    a[i]![k] = cosine * ik - sine * jk;
    a[j]![k] = sine * ik + cosine * jk;
  }
}

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
import { checkFinitePoints } from "./check-points.ts";
import { type Summary, summarize } from "./summary.ts";

export interface Curvature {
  /** Largest eigenvalue of H. */
  readonly largest: number;
  /** Smallest eigenvalue of H that is not zero; a direction without curvature never gets a gradient. */
  readonly smallest: number;
  /** Directions without curvature: 0 for points that fix the transform, 1 on a line, 2 for a single place. */
  readonly openDirections: number;
}

/**
 * The curvature of {@link fitAffineTransform}'s loss. A rate below `2 / largest` converges; how many steps that takes grows
 * with `largest / smallest`.
 * @param p - points, (N, 2)
 * @throws {ShapeError} for another shape, or N = 0
 * @throws {FormatError} when a coordinate is NaN, infinite or beyond ±1e100
 */
export function affineCurvature(p: Tensor<DType>): Curvature {
  const from = checkFinitePoints("affineCurvature", "p", p);
  return curvatureOf(summarize(from, from));
}

/**
 * `H = 2·AᵀA` for the triangular A made of the factor of the centred points and the row (centroid, 1). The largest
 * eigenvalue follows from A, the smallest from its inverse: both to full precision, however far apart they are.
 */
export function curvatureOf({ x, y, first, r00, r01, r11 }: Summary): Curvature {
  const [a, b] = first === 0 ? [x, y] : [y, x];
  if (r00 === 0) {
    const only = 2 * (a * a + b * b + 1);
    return { largest: only, smallest: only, openDirections: 2 };
  }
  if (r11 === 0) {
    const length = Math.hypot(r00, r01);
    const along = (a * r00 + b * r01) / length; // of the centroid, in the direction of the line
    const across = Math.hypot((a * r01 - b * r00) / length, 1);
    return {
      largest: 2 * squaredNorm([[length, 0], [along, across]]), // biome-ignore format: a matrix
      smallest: 2 / squaredNorm([[1 / length, 0], [-along / length / across, 1 / across]]), // biome-ignore format: a matrix
      openDirections: 1,
    };
  }
  return {
    largest: 2 * squaredNorm([[r00, r01, 0], [0, r11, 0], [a, b, 1]]), // biome-ignore format: a matrix
    smallest: 2 / squaredNorm([[1 / r00, -r01 / r00 / r11, 0], [0, 1 / r11, 0], [-a / r00, (a * (r01 / r00) - b) / r11, 1]]), // biome-ignore format: a matrix
    openDirections: 0,
  };
}

/**
 * The square of a matrix's largest singular value. The k-th squaring turns it into its 2ᵏ-th power, next to which the
 * others vanish, so that the trace is that power, up to a factor of at most 3 whose 2ᵏ-th root soon is 1.
 */
function squaredNorm(rows: readonly (readonly number[])[]): number {
  let [power, norm] = [rows, 1];
  for (let root = 1; root > Number.EPSILON; root /= 2) {
    const products = power.map((a) => power.map((b) => a.reduce((sum, value, k) => sum + value * b[k]!, 0)));
    const trace = products.reduce((sum, row, i) => sum + row[i]!, 0);
    norm *= trace ** root;
    if (root < 1 && trace === 1) break; // one direction is left
    power = products.map((row) => row.map((value) => value / trace));
  }
  return norm;
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
 * The momentum and rate that converge fast while the loss stays within twice its distance from the minimum at the start.
 *
 * Polyak's rate approaches `4/λmax`, and on the way the error along the steepest direction swells by as much as the condition
 * number. Up to `2/λmax`, where plain descent ends too, the roots √momentum·e^{±iθ} of that direction keep θ <= 90°, and no
 * squared error exceeds twice its start; it still swings, so that the loss may rise from one step to the next. The price is
 * a factor of √2 in steps at most; without momentum there is none.
 * @param momentum - by default the one under which the flattest direction shrinks fastest at that rate
 */
export function boundedSettings(
  curvature: Curvature,
  momentum: number = Math.max(bestMomentum(curvature), Math.max(0, 1 - Math.sqrt(2 / conditionNumber(curvature))) ** 2),
): { momentum: number; learningRate: number } {
  return { momentum, learningRate: Math.min(bestRate(curvature, momentum), 2 / curvature.largest) };
}

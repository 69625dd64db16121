/**
 * The affine transform of least mean squared distance, in one go.
 *
 * Both clouds are moved to their centroids and scaled to unit size, which leaves a two-column problem `A·Sᵀ ≈ B` that
 * is as well conditioned as the points allow; Householder reflections with column pivoting make A triangular.
 * Squaring A (the normal equations) would square its condition number.
 *
 * Source: Golub and Van Loan, "Matrix Computations", 4th ed., sections 5.2 and 5.4.
 */
import { FormatError } from "../errors.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import { type AffineFit, lossAndGradients } from "./affine-transform.ts";
import { checkCorrespondences } from "./check-points.ts";

/** Points whose width is below this share of their length lie on a line as far as a fit is concerned. */
const flatShare = 1e-9;

/**
 * @param p - points, (N, 2), at least three that are not on one line
 * @param pPrime - their targets, (N, 2)
 * @throws {ShapeError} when a shape is another, or N < 3
 * @throws {FormatError} when a coordinate is NaN or infinite, or all points lie on one line
 */
export function fitAffineLeastSquares(p: Tensor<DType>, pPrime: Tensor<DType>): AffineFit {
  const who = "fitAffineLeastSquares";
  const [from, to] = checkCorrespondences(who, p, pPrime, 3);
  const solution = leastSquares(from, to);
  if (!solution) throw new FormatError(collinearMessage(who, from.length / 2));
  const s = new Tensor(solution.slice(0, 4), [2, 2], "float64");
  const t = new Tensor(solution.slice(4), [2], "float64");
  return { s, t, loss: meanSquaredDistance(from, to, solution) };
}

export function collinearMessage(who: string, count: number): string {
  return (
    `${who}: expected three points that are not on one line, got ${count} that are; ` +
    "they leave the transform across the line open: add a point beside it"
  );
}

/** Mean squared distance under S (row by row) and t, six numbers. */
export function meanSquaredDistance(from: Float64Array, to: Float64Array, transform: Float64Array): number {
  return lossAndGradients(from, to, transform, transform.subarray(4), Number.POSITIVE_INFINITY, new Float64Array(6));
}

/** @returns S row by row, then t; undefined for points on one line */
export function leastSquares(from: Float64Array, to: Float64Array): Float64Array | undefined {
  const a = centre(from);
  const b = centre(to);
  if (a.scale === 0) return undefined;
  const solution = solveTriangular(a.columns, b.columns, (16 * Number.EPSILON * a.offset) / a.scale);
  if (!solution) return undefined;
  const ratio = b.scale / a.scale;
  const [s0, s1, s2, s3] = [solution[0]! * ratio, solution[1]! * ratio, solution[2]! * ratio, solution[3]! * ratio];
  const [cx, cy] = a.centroid;
  return Float64Array.of(s0, s1, s2, s3, b.centroid[0] - (s0 * cx + s1 * cy), b.centroid[1] - (s2 * cx + s3 * cy));
}

interface Centred {
  readonly centroid: readonly [number, number];
  readonly scale: number; // root mean square distance from the centroid
  readonly offset: number; // largest coordinate of the centroid: its rounding is the noise floor of the columns
  readonly columns: readonly [Float64Array, Float64Array]; // (coordinate − centroid) / scale
}

function centre(points: Float64Array): Centred {
  const count = points.length / 2;
  const centroid = mean(points);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  let squares = 0;
  for (let i = 0; i < count; i++) {
    x[i] = points[2 * i]! - centroid[0];
    y[i] = points[2 * i + 1]! - centroid[1];
    squares += x[i]! * x[i]! + y[i]! * y[i]!;
  }
  const scale = Math.sqrt(squares / count);
  if (scale > 0)
    for (let i = 0; i < count; i++) {
      x[i]! /= scale;
      y[i]! /= scale;
    }
  return { centroid, scale, offset: Math.max(Math.abs(centroid[0]), Math.abs(centroid[1])), columns: [x, y] };
}

/** Summed relative to the first point, so that a cloud far from the origin keeps its digits. */
function mean(points: Float64Array): [number, number] {
  const [x0, y0] = [points[0]!, points[1]!];
  let x = 0;
  let y = 0;
  for (let i = 0; i < points.length; i += 2) {
    x += points[i]! - x0;
    y += points[i + 1]! - y0;
  }
  const count = points.length / 2;
  return [x0 + x / count, y0 + y / count];
}

type Columns = readonly [Float64Array, Float64Array];

/**
 * Least squares of `A·Sᵀ ≈ B`, both (N, 2), overwriting both.
 * @param rounding - error of a column's entries
 * @returns S row by row; undefined when A has rank < 2
 */
function solveTriangular(columns: Columns, b: Columns, rounding: number): number[] | undefined {
  const swapped = norm(columns[1], 0) > norm(columns[0], 0); // the longer column first
  const [first, second] = swapped ? [columns[1], columns[0]] : columns;
  const r00 = reflect(first, 0, [second, ...b]);
  const r01 = second[0]!;
  const r11 = reflect(second, 1, b);
  if (!(Math.abs(r11) > Math.max(flatShare, rounding) * Math.abs(r00))) return undefined;
  const rows = b.map((target) => {
    const along = target[1]! / r11;
    const across = (target[0]! - r01 * along) / r00;
    return swapped ? [along, across] : [across, along];
  });
  return rows.flat();
}

/** Reflects `column` from row k on into a single number, which it returns, and the other columns along with it. */
function reflect(column: Float64Array, k: number, others: readonly Float64Array[]): number {
  const length = norm(column, k);
  if (length === 0) return 0;
  const pivot = column[k]! > 0 ? -length : length; // away from the entry, so that nothing cancels
  column[k]! -= pivot; // the column is now the reflection's normal v
  const scale = 1 / (pivot * column[k]!); // −2 / |v|²
  for (const other of others) {
    let dot = 0;
    for (let i = k; i < column.length; i++) dot += column[i]! * other[i]!;
    dot *= scale;
    for (let i = k; i < column.length; i++) other[i]! += dot * column[i]!;
  }
  return pivot;
}

function norm(column: Float64Array, from: number): number {
  let squares = 0;
  for (let i = from; i < column.length; i++) squares += column[i]! * column[i]!;
  return Math.sqrt(squares);
}

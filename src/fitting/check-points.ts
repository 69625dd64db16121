import { FormatError, formatShape, ShapeError } from "../errors.ts";
import { type DType, Tensor } from "../tensor/index.ts";

/** Beyond this, squares and their sums leave float64. */
const largestCoordinate = 1e100;

/**
 * The coordinates x₀ y₀ x₁ y₁ … of an (N, 2) tensor in float64; a float64 tensor's own data, not a copy.
 * @throws {ShapeError} for another shape
 */
export function checkPoints(who: string, what: string, points: Tensor<DType>): Float64Array {
  if (points.shape.length !== 2 || points.shape[1] !== 2)
    throw new ShapeError(
      `${who}: expected ${what} of shape (N, 2), got ${formatShape(points.shape)}; one row x, y per point`,
    );
  return points.data instanceof Float64Array ? points.data : Float64Array.from(points.data);
}

/**
 * @param minimum - the least N this caller can use
 * @returns the coordinates of points and targets in float64
 * @throws {ShapeError} unless both are (N, 2) with the same N >= `minimum`
 */
export function checkPairs(
  who: string,
  p: Tensor<DType>,
  pPrime: Tensor<DType>,
  minimum = 1,
): [from: Float64Array, to: Float64Array] {
  const from = checkPoints(who, "p", p);
  const to = checkPoints(who, "pPrime", pPrime);
  if (from.length !== to.length)
    throw new ShapeError(
      `${who}: expected one target per point, got ${from.length / 2} points and ${to.length / 2} targets`,
    );
  if (from.length / 2 < minimum)
    throw new ShapeError(
      `${who}: expected at least ${minimum} correspondence${minimum === 1 ? "" : "s"}, got ${from.length / 2}`,
    );
  return [from, to];
}

/** {@link checkPairs}, and @throws {FormatError} for a coordinate that is NaN, infinite or beyond ±1e100, saying which */
export function checkCorrespondences(
  who: string,
  p: Tensor<DType>,
  pPrime: Tensor<DType>,
  minimum = 1,
): [from: Float64Array, to: Float64Array] {
  const pairs = checkPairs(who, p, pPrime, minimum);
  checkFinite(who, ...pairs);
  return pairs;
}

/** @throws {FormatError} for a coordinate that is NaN, infinite or beyond ±1e100, saying which */
export function checkFinite(who: string, from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < from.length; i++) {
    const [what, value] = Math.abs(from[i]!) <= largestCoordinate ? ["pPrime", to[i]!] : ["p", from[i]!];
    if (!(Math.abs(value) <= largestCoordinate))
      throw new FormatError(
        `${who}: expected finite coordinates within ±${largestCoordinate}, ` +
          `got ${what}[${i >> 1}, ${i & 1}] = ${value}; drop that row or mend it`,
      );
  }
}

/**
 * Points and targets from one table with the columns x, y, x', y'.
 * @param table - (N, 4)
 * @throws {ShapeError} for another shape
 */
export function splitCorrespondences(table: Tensor<DType>): [p: Tensor<"float64">, pPrime: Tensor<"float64">] {
  if (table.shape.length !== 2 || table.shape[1] !== 4)
    throw new ShapeError(
      `splitCorrespondences: expected a table of shape (N, 4) with columns x, y, x', y', got ${formatShape(table.shape)}`,
    );
  const N = table.shape[0]!;
  const p = new Float64Array(2 * N);
  const pPrime = new Float64Array(2 * N);
  for (let i = 0; i < N; i++) {
    p[2 * i] = table.data[4 * i]!;
    p[2 * i + 1] = table.data[4 * i + 1]!;
    pPrime[2 * i] = table.data[4 * i + 2]!;
    pPrime[2 * i + 1] = table.data[4 * i + 3]!;
  }
  return [new Tensor(p, [N, 2], "float64"), new Tensor(pPrime, [N, 2], "float64")];
}

import { FormatError, formatShape, ShapeError } from "../errors.ts";
import type { DType, Tensor } from "../tensor/index.ts";

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
 * {@link checkPoints} for points whose coordinates can be computed with.
 * @param minimum - the smallest N that this caller can use
 * @throws {ShapeError} for another shape, or N < `minimum`
 * @throws {FormatError} for a coordinate that is NaN, infinite or beyond ±1e100, saying which
 */
export function checkFinitePoints(who: string, what: string, points: Tensor<DType>, minimum = 1): Float64Array {
  const data = checkPoints(who, what, points);
  if (data.length / 2 < minimum)
    throw new ShapeError(
      `${who}: expected at least ${minimum} correspondence${minimum === 1 ? "" : "s"}, got ${data.length / 2}`,
    );
  for (let i = 0; i < data.length; i++)
    if (!(Math.abs(data[i]!) <= largestCoordinate))
      throw new FormatError(
        `${who}: expected finite coordinates within ±${largestCoordinate}, ` +
          `got ${what}[${i >> 1}, ${i & 1}] = ${data[i]}; remove or correct that row`,
      );
  return data;
}

/** {@link checkFinitePoints} for points and targets. @throws {ShapeError} also when one is longer than the other */
export function checkCorrespondences(
  who: string,
  p: Tensor<DType>,
  pPrime: Tensor<DType>,
  minimum = 1,
): [from: Float64Array, to: Float64Array] {
  const from = checkFinitePoints(who, "p", p, minimum);
  const to = checkFinitePoints(who, "pPrime", pPrime, 0);
  if (from.length !== to.length)
    throw new ShapeError(
      `${who}: expected one target per point, got ${from.length / 2} points and ${to.length / 2} targets`,
    );
  return [from, to];
}

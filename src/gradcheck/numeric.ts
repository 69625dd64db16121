/**
 * Gradients by measuring: nudge one number, see how the result moves.
 *
 * The five-point rule `f′(x) ≈ (8·(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h` has an error of h⁴·f⁽⁵⁾/30, so a step as
 * wide as 1e-4 is still exact to rounding, and rounding costs about 1e-12: enough to tell a right gradient from a nearly right one.
 * Source: Fornberg 1988, "Generation of finite difference formulas on arbitrarily spaced grids", table 1.
 */
import { checkNumber, formatShape, ShapeError } from "../errors.ts";
import { type FloatDType, Tensor } from "../tensor/index.ts";

/** The step that suits float64 and values around 1. */
export const defaultStep = 1e-4;

/** Where the five-point rule looks around a point, in steps. */
export const fivePoints: readonly number[] = [1, -1, 2, -2];

/** The slope from four values in the order of {@link fivePoints}, which start at `values[at]`. */
export function fivePointSlope(values: ArrayLike<number>, at: number, h: number): number {
  return (8 * (values[at]! - values[at + 1]!) - (values[at + 2]! - values[at + 3]!)) / (12 * h);
}

/**
 * How much the slope to the right and the slope to the left of a point differ over two steps, less twice what they
 * differ over one: near 0 (h³·f⁗/2) on a smooth function, as large as the jump of the slope at a kink within two steps.
 * @param center - the value at the point itself
 */
export function fivePointBend(center: number, values: ArrayLike<number>, at: number, h: number): number {
  const narrow = (values[at]! - 2 * center + values[at + 1]!) / h;
  const wide = (values[at + 2]! - 2 * center + values[at + 3]!) / (2 * h);
  return wide - 2 * narrow;
}

/**
 * @param f - a function of one tensor that returns a number; it sees `x` itself with one element nudged, and must not keep it
 * @param x - where the gradient is wanted; unchanged afterwards
 * @param h - step, default 1e-4
 * @returns `∂f/∂x`, of the shape of x, in float64
 */
export function numericGradient<F extends FloatDType>(
  f: (x: Tensor<F>) => number,
  x: Tensor<F>,
  h: number = defaultStep,
): Tensor<"float64"> {
  checkNumber("numericGradient", "h", h, { positive: true });
  const grad = new Float64Array(x.size);
  for (let i = 0; i < x.size; i++) {
    grad[i] = fivePointSlope(around(f, x, i, h), 0, h);
  }
  return new Tensor(grad, x.shape, "float64");
}

/**
 * The vector–Jacobian product by measuring: `gradX = Σ gradY · ∂y/∂x`, what a layer's backward should return.
 *
 * @param f - a function from a tensor to a tensor
 * @param gradY - gradient of the loss with respect to `f(x)`, of its shape
 * @throws {ShapeError} when `gradY` is not of the shape of `f(x)`
 */
export function numericBackward<F extends FloatDType>(
  f: (x: Tensor<F>) => Tensor<F>,
  x: Tensor<F>,
  gradY: Tensor<F>,
  h: number = defaultStep,
): Tensor<"float64"> {
  const weights = gradY.clone(); // it may be x itself, which is about to be nudged
  return numericGradient((nudgedX) => weightedSum(f(nudgedX), weights), x, h);
}

/** `Σ y · gradY`: a loss whose gradient with respect to y is gradY. */
export function weightedSum<F extends FloatDType>(y: Tensor<F>, gradY: Tensor<F>): number {
  if (y.shape.join() !== gradY.shape.join())
    throw new ShapeError(
      `numericBackward: expected gradY of the shape of f(x), ${formatShape(y.shape)}, got ${formatShape(gradY.shape)}`,
    );
  let sum = 0;
  for (let i = 0; i < y.size; i++) sum += y.data[i]! * gradY.data[i]!;
  return sum;
}

/** `f` with element `i` of `x` moved by each of the {@link fivePoints}; `x` is put back even when `f` throws. */
export function around<F extends FloatDType>(
  f: (x: Tensor<F>) => number,
  x: Tensor<F>,
  i: number,
  h: number,
): number[] {
  const before = x.data[i]!;
  try {
    return fivePoints.map((step) => {
      x.data[i] = before + step * h;
      return f(x);
    });
  } finally {
    x.data[i] = before;
  }
}

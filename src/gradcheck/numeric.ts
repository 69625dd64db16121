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
    const at = (offset: number): number => nudged(x, i, offset, f);
    grad[i] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
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

/** `f` with element `i` of `x` moved by `offset`; `x` is put back even when `f` throws. */
export function nudged<F extends FloatDType>(
  x: Tensor<F>,
  i: number,
  offset: number,
  f: (x: Tensor<F>) => number,
): number {
  const kept = x.data[i]!;
  try {
    x.data[i] = kept + offset;
    return f(x);
  } finally {
    x.data[i] = kept;
  }
}

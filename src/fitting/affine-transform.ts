/**
 * Affine transforms of the plane, `p ↦ S·p + t`, and the loss that fitting one minimizes.
 *
 * Sizes: N correspondences; points and targets are (N, 2), S is (2, 2), t is (2).
 *
 * With the residual `rᵢ = S·pᵢ + t − p'ᵢ` the loss is the mean squared distance `1/N · Σ |rᵢ|²`, and
 *
 *     gradS = 2/N · Σ rᵢ·pᵢᵀ        gradT = 2/N · Σ rᵢ
 */
import { checkShape, type DType, Tensor } from "../tensor/index.ts";
import { checkCorrespondences, checkPoints } from "./check-points.ts";

/** `p ↦ S·p + t` in float64. */
export interface AffineTransform {
  readonly s: Tensor<"float64">; // (2, 2)
  readonly t: Tensor<"float64">; // (2)
}

export interface AffineFit extends AffineTransform {
  /** Mean squared distance over all correspondences. */
  readonly loss: number;
}

export interface AffineTransformLoss {
  /** Mean squared distance between prediction and target. */
  readonly loss: number;
  /** `S·p + t` for every point, (N, 2). */
  readonly prediction: Tensor<"float64">;
  /** Gradient of the loss with respect to S, (2, 2). */
  readonly gradS: Tensor<"float64">;
  /** Gradient of the loss with respect to t, (2). */
  readonly gradT: Tensor<"float64">;
}

/**
 * The mean squared distance of `S·p + t` from `p'`, with its gradients.
 * @param p - points, (N, 2)
 * @param pPrime - their targets, (N, 2)
 * @param s - the linear part S, (2, 2)
 * @param t - the shift t, (2)
 * @throws {ShapeError} when a shape is another, or N = 0
 * @throws {FormatError} when a coordinate is NaN, infinite or beyond ±1e100
 */
export function affineTransformLoss(
  p: Tensor<DType>,
  pPrime: Tensor<DType>,
  s: Tensor<DType>,
  t: Tensor<DType>,
): AffineTransformLoss {
  const [from, to] = checkCorrespondences("affineTransformLoss", p, pPrime);
  const six = sixNumbers("affineTransformLoss", s, t);
  const grads = new Float64Array(6);
  const loss = lossAndGradients(from, to, six, Number.POSITIVE_INFINITY, grads);
  const { s: gradS, t: gradT } = transformOf(grads);
  return { loss, prediction: new Tensor(predict(from, six), p.shape, "float64"), gradS, gradT };
}

/**
 * `S·p + t` for every point.
 * @param p - points, (N, 2)
 * @throws {ShapeError} for other shapes
 */
export function applyAffineTransform(p: Tensor<DType>, { s, t }: AffineTransform): Tensor<"float64"> {
  const from = checkPoints("applyAffineTransform", "p", p);
  return new Tensor(predict(from, sixNumbers("applyAffineTransform", s, t)), p.shape, "float64");
}

/** S row by row, then t: how a transform, or its gradient, is passed around in this folder. */
export type SixNumbers = Float64Array;

/** The transform that moves nothing: where gradient descent starts. */
export function identityNumbers(): SixNumbers {
  return Float64Array.of(1, 0, 0, 1, 0, 0);
}

/** A copy of six numbers as S and t. */
export function transformOf(six: SixNumbers): AffineTransform {
  return { s: new Tensor(six.slice(0, 4), [2, 2], "float64"), t: new Tensor(six.slice(4), [2], "float64") };
}

function sixNumbers(who: string, s: Tensor<DType>, t: Tensor<DType>): SixNumbers {
  checkShape(who, "s", s, "(2, 2)", [2, 2]);
  checkShape(who, "t", t, "(2)", [2]);
  return Float64Array.of(...s.data, ...t.data);
}

/** x₀ y₀ x₁ y₁ … under the transform. */
export function predict(p: Float64Array, six: SixNumbers): Float64Array {
  const out = new Float64Array(p.length);
  for (let i = 0; i < p.length; i += 2) {
    out[i] = six[0]! * p[i]! + six[1]! * p[i + 1]! + six[4]!;
    out[i + 1] = six[2]! * p[i]! + six[3]! * p[i + 1]! + six[5]!;
  }
  return out;
}

/** Mean squared distance between prediction and target. */
export function meanSquaredDistance(p: Float64Array, pPrime: Float64Array, six: SixNumbers): number {
  return lossAndGradients(p, pPrime, six, Number.POSITIVE_INFINITY, new Float64Array(6));
}

/**
 * One pass over the points: returns the loss and fills `grads` with gradS (row by row) and gradT.
 *
 * With a finite `delta` this is the Huber (1964) loss of the distance, scaled to agree with the squared one near zero:
 * `|r|²` up to δ and `2δ|r| − δ²` beyond, so that a far point pulls with the constant force 2δ.
 */
export function lossAndGradients(
  p: Float64Array,
  pPrime: Float64Array,
  six: SixNumbers,
  delta: number,
  grads: SixNumbers,
): number {
  const [s0, s1, s2, s3, t0, t1] = six as unknown as [number, number, number, number, number, number];
  let loss = 0;
  let g0 = 0;
  let g1 = 0;
  let g2 = 0;
  let g3 = 0;
  let g4 = 0;
  let g5 = 0;
  for (let i = 0; i < p.length; i += 2) {
    const x = p[i]!;
    const y = p[i + 1]!;
    let rx = s0 * x + s1 * y + t0 - pPrime[i]!;
    let ry = s2 * x + s3 * y + t1 - pPrime[i + 1]!;
    const squared = rx * rx + ry * ry;
    if (squared > delta * delta) {
      const distance = Math.sqrt(squared);
      loss += delta * (2 * distance - delta);
      rx *= delta / distance;
      ry *= delta / distance;
    } else {
      loss += squared;
    }
    g0 += rx * x;
    g1 += rx * y;
    g2 += ry * x;
    g3 += ry * y;
    g4 += rx;
    g5 += ry;
  }
  const count = p.length / 2;
  grads.set([g0, g1, g2, g3, g4, g5]);
  for (let k = 0; k < 6; k++) grads[k]! *= 2 / count;
  return loss / count;
}

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
 * @throws {FormatError} when a coordinate is NaN or infinite
 */
export function affineTransformLoss(
  p: Tensor<DType>,
  pPrime: Tensor<DType>,
  s: Tensor<DType>,
  t: Tensor<DType>,
): AffineTransformLoss {
  const [from, to] = checkCorrespondences("affineTransformLoss", p, pPrime);
  checkTransform("affineTransformLoss", s, t);
  const grads = new Float64Array(6);
  const prediction = new Float64Array(from.length);
  const loss = lossAndGradients(from, to, s.data, t.data, Number.POSITIVE_INFINITY, grads, prediction);
  return {
    loss,
    prediction: new Tensor(prediction, p.shape, "float64"),
    gradS: new Tensor(grads.slice(0, 4), [2, 2], "float64"),
    gradT: new Tensor(grads.slice(4), [2], "float64"),
  };
}

/**
 * `S·p + t` for every point.
 * @param p - points, (N, 2)
 * @throws {ShapeError} for other shapes
 */
export function applyAffineTransform(p: Tensor<DType>, { s, t }: AffineTransform): Tensor<"float64"> {
  const from = checkPoints("applyAffineTransform", "p", p);
  checkTransform("applyAffineTransform", s, t);
  return new Tensor(predict(from, s.data, t.data), p.shape, "float64");
}

/** The transform that moves nothing: where gradient descent starts. */
export function identityTransform(): AffineTransform {
  return {
    s: new Tensor(Float64Array.of(1, 0, 0, 1), [2, 2], "float64"),
    t: new Tensor(new Float64Array(2), [2], "float64"),
  };
}

function checkTransform(who: string, s: Tensor<DType>, t: Tensor<DType>): void {
  checkShape(who, "s", s, "(2, 2)", [2, 2]);
  checkShape(who, "t", t, "(2)", [2]);
}

/** x₀ y₀ x₁ y₁ … under the transform. */
export function predict(p: Float64Array, s: ArrayLike<number>, t: ArrayLike<number>): Float64Array {
  const out = new Float64Array(p.length);
  for (let i = 0; i < p.length; i += 2) {
    out[i] = s[0]! * p[i]! + s[1]! * p[i + 1]! + t[0]!;
    out[i + 1] = s[2]! * p[i]! + s[3]! * p[i + 1]! + t[1]!;
  }
  return out;
}

/**
 * One pass over the points: returns the loss and fills `grads` with gradS (row by row) and gradT.
 *
 * With a finite `delta` this is the Huber (1964) loss of the distance, scaled to agree with the squared one near zero:
 * `|r|²` up to δ and `2δ|r| − δ²` beyond, so that a far point pulls with the constant force 2δ.
 * @param prediction - filled with `S·p + t` when given
 */
export function lossAndGradients(
  p: Float64Array,
  pPrime: Float64Array,
  s: ArrayLike<number>,
  t: ArrayLike<number>,
  delta: number,
  grads: Float64Array,
  prediction?: Float64Array,
): number {
  const s0 = s[0]!;
  const s1 = s[1]!;
  const s2 = s[2]!;
  const s3 = s[3]!;
  const t0 = t[0]!;
  const t1 = t[1]!;
  const deltaSquared = delta * delta;
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
    const u = s0 * x + s1 * y + t0;
    const v = s2 * x + s3 * y + t1;
    if (prediction !== undefined) {
      prediction[i] = u;
      prediction[i + 1] = v;
    }
    let rx = u - pPrime[i]!;
    let ry = v - pPrime[i + 1]!;
    const squared = rx * rx + ry * ry;
    if (squared > deltaSquared) {
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
  const scale = 2 / count;
  grads[0] = scale * g0;
  grads[1] = scale * g1;
  grads[2] = scale * g2;
  grads[3] = scale * g3;
  grads[4] = scale * g4;
  grads[5] = scale * g5;
  return loss / count;
}

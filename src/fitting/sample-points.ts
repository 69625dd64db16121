/** Points to fit when there is no file: a letter F, whose turned, sheared or mirrored image the eye recognizes. */
import { checkInteger, checkNumber, SettingError } from "../errors.ts";
import { type DType, type Rng, Tensor } from "../tensor/index.ts";
import { type AffineTransform, predict, transformOf } from "./affine-transform.ts";
import { checkFinitePoints } from "./check-points.ts";

export interface SampleCorrespondences {
  readonly p: Tensor<"float64">; // (N, 2), within −0.6 … 0.6
  readonly pPrime: Tensor<"float64">; // (N, 2)
  /** What the targets were made with, before the noise. */
  readonly truth: AffineTransform;
}

/** The strokes of the letter: left, bottom, width, height. */
const strokes = [
  [-0.3, -0.6, 0.2, 1.2],
  [-0.1, 0.4, 0.6, 0.2],
  [-0.1, -0.1, 0.4, 0.2],
] as const;

/** A turn by 50°, stretched and sheared, then moved: nothing about it is special. */
const truth = Float64Array.of(0.9, -1.1, 1.2, 0.4, 0.6, -0.9);

/**
 * Points spread evenly over a letter F, and their images under one fixed transform with normal noise.
 * @param settings.count - N, >= 1, default 600
 * @param settings.noise - standard deviation per coordinate, default 0.01
 */
export function sampleCorrespondences(
  rng: Rng,
  { count = 600, noise = 0.01 }: { count?: number; noise?: number } = {},
): SampleCorrespondences {
  checkInteger("sampleCorrespondences", "count", count, 1);
  checkNumber("sampleCorrespondences", "noise", noise);
  const area = strokes.reduce((sum, stroke) => sum + areaOf(stroke), 0);
  const p = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [left, bottom, width, height] = strokeAt(area * rng.uniform());
    p[2 * i] = left + width * rng.uniform();
    p[2 * i + 1] = bottom + height * rng.uniform();
  }
  const pPrime = predict(p, truth);
  const deviations = new Float64Array(2 * count);
  rng.fillNormal(deviations, noise);
  for (let i = 0; i < pPrime.length; i++) pPrime[i]! += deviations[i]!;
  return {
    p: new Tensor(p, [count, 2], "float64"),
    pPrime: new Tensor(pPrime, [count, 2], "float64"),
    truth: transformOf(truth),
  };
}

function areaOf([, , width, height]: (typeof strokes)[number]): number {
  return width * height;
}

/** The stroke in which the ink reaches `area`, so that larger strokes get more points. */
function strokeAt(area: number): (typeof strokes)[number] {
  let rest = area;
  for (const stroke of strokes) {
    if (rest < areaOf(stroke)) return stroke;
    rest -= areaOf(stroke);
  }
  return strokes[0];
}

/**
 * Replaces a share of the targets by noise, uniform over the box around all targets.
 * @param share - 0 … 1
 * @returns new targets, and which rows were replaced
 */
export function replaceTargets(
  pPrime: Tensor<DType>,
  share: number,
  rng: Rng,
): { pPrime: Tensor<"float64">; replaced: Int32Array } {
  const targets = checkFinitePoints("replaceTargets", "pPrime", pPrime);
  if (!(share >= 0 && share <= 1)) throw new SettingError(`replaceTargets: expected share from 0 to 1, got ${share}`);
  const N = targets.length / 2;
  const replaced = rng
    .permutation(N)
    .slice(0, Math.round(share * N))
    .sort();
  const box = [bounds(targets, 0), bounds(targets, 1)] as const;
  const out = targets.slice();
  for (const row of replaced)
    for (const axis of [0, 1] as const)
      out[2 * row + axis] = box[axis].low + (box[axis].high - box[axis].low) * rng.uniform();
  return { pPrime: new Tensor(out, [N, 2], "float64"), replaced };
}

function bounds(points: Float64Array, axis: 0 | 1): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = axis; i < points.length; i += 2) {
    low = Math.min(low, points[i]!);
    high = Math.max(high, points[i]!);
  }
  return { low, high };
}

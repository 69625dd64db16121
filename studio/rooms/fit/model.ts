/** What the Fit room computes: the points, the descent step by step, its rivals, and slices of the loss. */
import { affineTransformLoss } from "../../../src/fitting/affine-transform.ts";
import { affineCurvature, largestStableRate } from "../../../src/fitting/curvature.ts";
import {
  type AffineTransform,
  fitAffineLeastSquares,
  fitAffineRansac,
  fitAffineTransform,
  replaceTargets,
  sampleCorrespondences,
} from "../../../src/fitting/index.ts";
import { createRng, Tensor } from "../../../src/tensor/index.ts";

export interface Points {
  readonly p: Tensor<"float64">; // (N, 2)
  readonly pPrime: Tensor<"float64">; // (N, 2)
}

/** The six parameters, in the order in which they are named. */
export const parameterNames = ["S₁₁", "S₁₂", "S₂₁", "S₂₂", "t₁", "t₂"] as const;
export type Six = readonly [number, number, number, number, number, number];

export function sixOf({ s, t }: AffineTransform): Six {
  const [a, b, c, d] = s.data;
  const [e, f] = t.data;
  return [a!, b!, c!, d!, e!, f!];
}

export function transformOf([a, b, c, d, e, f]: Six): AffineTransform {
  return {
    s: new Tensor(Float64Array.of(a, b, c, d), [2, 2], "float64"),
    t: new Tensor(Float64Array.of(e, f), [2], "float64"),
  };
}

/** The letter F, with a share of its targets thrown anywhere. */
export function samplePoints(count: number, outliers: number, seed: number): Points {
  const { p, pPrime } = sampleCorrespondences(createRng(seed), { count, noise: 0.02 });
  return { p, pPrime: replaceTargets(pPrime, outliers, createRng(seed + 1)).pPrime };
}

/** Some targets at other places: `[row, x, y]`. */
export function moveTargets(points: Points, moves: readonly (readonly [row: number, x: number, y: number])[]): Points {
  const data = Float64Array.from(points.pPrime.data);
  for (const [row, x, y] of moves) {
    if (row < 0 || row >= data.length / 2) continue;
    data[2 * row] = x;
    data[2 * row + 1] = y;
  }
  return { p: points.p, pPrime: new Tensor(data, points.pPrime.shape, "float64") };
}

export interface DescentSettings {
  /** As a share of the largest rate that is stable. */
  readonly share: number;
  readonly momentum: number;
  readonly huber: number; // δ; 0 for the squared distance
  readonly steps: number;
}

export interface Descent {
  readonly rate: number;
  readonly limit: number;
  readonly path: readonly Six[]; // steps + 1
  readonly losses: readonly number[];
  readonly diverged: boolean;
}

/** Gradient descent from the identity, every step kept; it ends early where it diverges. */
export function descend(points: Points, settings: DescentSettings): Descent {
  const { share, momentum, huber, steps } = settings;
  const limit = largestStableRate(affineCurvature(points.p), momentum);
  const rate = share * limit;
  if (share >= 1) return { rate, limit, ...overshoot(points, rate, settings) };
  const path: Six[] = [];
  const losses: number[] = [];
  fitAffineTransform(points.p, points.pPrime, {
    ...{ learningRate: rate, steps, method: momentum > 0 ? "momentum" : "gd" },
    ...(momentum > 0 && { momentum }),
    ...(huber > 0 && { huberDelta: huber }),
    onStep(step) {
      path.push(sixOf(step));
      losses.push(step.loss);
    },
  });
  return { rate, limit, path, losses, diverged: false };
}

/** What the library refuses: steps at a rate beyond the limit, on the squared distance, until they are far away. */
function overshoot(
  { p, pPrime }: Points,
  rate: number,
  { momentum, steps }: DescentSettings,
): Pick<Descent, "path" | "losses" | "diverged"> {
  const six = [1, 0, 0, 1, 0, 0] as [...Six];
  const velocity = [0, 0, 0, 0, 0, 0];
  const [path, losses]: [Six[], number[]] = [[], []];
  for (let step = 0; step <= steps && six.every((value) => Math.abs(value) < 1e6); step++) {
    const { s, t } = transformOf(six);
    const { loss, gradS, gradT } = affineTransformLoss(p, pPrime, s, t);
    path.push([...six]);
    losses.push(loss);
    [...gradS.data, ...gradT.data].forEach((grad, k) => {
      velocity[k] = momentum * velocity[k]! + grad;
      six[k] = six[k]! - rate * velocity[k]!;
    });
  }
  return { path, losses, diverged: losses.at(-1)! > losses[0]! };
}

export interface Rival {
  readonly name: string;
  readonly six: Six;
  readonly loss: number;
  readonly note: string;
}

export function rivals({ p, pPrime }: Points): Rival[] {
  const found: Rival[] = [];
  try {
    const fit = fitAffineLeastSquares(p, pPrime);
    found.push({ name: "least squares", six: sixOf(fit), loss: fit.loss, note: "the smallest loss there is" });
  } catch {
    // points on a line fix no transform; the table says so by leaving it out
  }
  try {
    const fit = fitAffineRansac(p, pPrime, { rng: createRng(442) });
    const share = Math.round((100 * fit.inliers.length) / p.shape[0]!);
    found.push({ name: "RANSAC", six: sixOf(fit), loss: fit.loss, note: `${share}% of the points agree with it` });
  } catch {
    // likewise
  }
  return found;
}

export function lossAt({ p, pPrime }: Points, six: Six): number {
  const { s, t } = transformOf(six);
  return affineTransformLoss(p, pPrime, s, t).loss;
}

export interface Slice {
  readonly size: number; // rows and columns
  readonly values: Float64Array; // losses, row by row from the top
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
}

/**
 * The mean squared distance over two of the six parameters, the others as at `centre`: a quadratic, so six losses fix it and the
 * grid costs nothing.
 */
export function sliceOf(
  points: Points,
  centre: Six,
  [i, j]: readonly [number, number],
  path: readonly Six[],
  size = 64,
): Slice {
  const range = (k: number): [number, number] => {
    const values = [...path.map((six) => six[k]!), centre[k]!];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = 0.25 * Math.max(high - low, 0.4);
    return [low - room, high + room];
  };
  const at = (di: number, dj: number): number => {
    const six = [...centre] as [...Six];
    six[i] = six[i]! + di;
    six[j] = six[j]! + dj;
    return lossAt(points, six);
  };
  const base = at(0, 0);
  const [iPlus, iMinus, jPlus, jMinus, both] = [at(1, 0), at(-1, 0), at(0, 1), at(0, -1), at(1, 1)];
  const [gi, gj] = [(iPlus - iMinus) / 2, (jPlus - jMinus) / 2];
  const [hii, hjj] = [iPlus + iMinus - 2 * base, jPlus + jMinus - 2 * base];
  const hij = both - base - gi - gj - hii / 2 - hjj / 2;
  const [x, y] = [range(i), range(j)];
  const values = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const di = x[0] + ((column + 0.5) / size) * (x[1] - x[0]) - centre[i]!;
      const dj = y[1] - ((row + 0.5) / size) * (y[1] - y[0]) - centre[j]!;
      values[row * size + column] = base + gi * di + gj * dj + (hii * di * di + hjj * dj * dj) / 2 + hij * di * dj;
    }
  return { size, values, x, y };
}

/** Four ways to fit the same points while more and more of the targets are replaced by noise. */
import { checkInteger, checkNumber, SettingError } from "../errors.ts";
import { createRng, type DType, Tensor } from "../tensor/index.ts";
import { type AffineTransform, applyAffineTransform, transformOf } from "./affine-transform.ts";
import { checkCorrespondences } from "./check-points.ts";
import { type DescentFit, fitAffineTransform } from "./gradient-descent.ts";
import { checkFixed, fitAffineLeastSquares } from "./least-squares.ts";
import { fitAffineRansac } from "./ransac.ts";
import { replaceTargets } from "./sample-points.ts";
import { bestTransform } from "./summary.ts";

export const comparedMethods = ["gradient descent", "Huber descent", "least squares", "RANSAC"] as const;
export type ComparedMethod = (typeof comparedMethods)[number];

export interface ComparisonSettings {
  /** Shares of replaced targets, each 0 … 1, default 0, 0.1 … 0.6. */
  readonly shares?: readonly number[];
  /** How often each share is drawn anew; the rows hold medians. >= 1, default 5. */
  readonly repeats?: number;
  /** Steps of both descents, >= 0, default 500. */
  readonly steps?: number;
  /** δ of the Huber loss and RANSAC's threshold; by default RANSAC's own for the data as given. */
  readonly threshold?: number;
  readonly seed?: number; // default 442
}

export interface ComparisonRow {
  readonly share: number;
  readonly method: ComparedMethod;
  /** Largest absolute difference of the six numbers of S and t from those of the reference. */
  readonly parameterError: number;
  /** Root mean square distance from the targets that were not replaced. */
  readonly inlierError: number;
  readonly milliseconds: number;
  /** In what part of the draws the descent converged, 0 … 1; missing for methods that take no steps. */
  readonly converged?: number;
}

/** One draw of one share, kept for a picture: what each method found. */
export interface ComparisonCase {
  readonly share: number;
  readonly pPrime: Tensor<"float64">;
  readonly replaced: Int32Array;
  readonly fits: Readonly<Record<ComparedMethod, AffineTransform & { readonly parameterError: number }>>;
}

export interface Comparison {
  readonly rows: readonly ComparisonRow[];
  /** The first draw of each share. */
  readonly cases: readonly ComparisonCase[];
  readonly reference: AffineTransform;
  /** The reference is least squares on the clean targets: without outliers that method has no error to measure. */
  readonly isReferenceLeastSquares: boolean;
  readonly threshold: number;
  readonly steps: number;
}

/**
 * @param p - points, (N, 2)
 * @param pPrime - clean targets, (N, 2); shares of them are replaced by {@link replaceTargets}
 * @param truth - the transform that counts as right; by default least squares on the clean targets
 * @throws {ShapeError} when a shape is another, or N < 3
 * @throws {FormatError} when a coordinate is NaN, infinite or beyond ±1e100, or all points lie on one line
 * @throws {SettingError} for a setting outside its range
 */
export function compareAffineFits(
  p: Tensor<DType>,
  pPrime: Tensor<DType>,
  settings: ComparisonSettings = {},
  truth?: AffineTransform,
): Comparison {
  const who = "compareAffineFits";
  const [from, to] = checkCorrespondences(who, p, pPrime, 3);
  const { shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], repeats = 5, steps = 500, seed = 442 } = settings;
  for (const share of shares)
    if (!(share >= 0 && share <= 1)) throw new SettingError(`${who}: expected shares from 0 to 1, got ${share}`);
  checkInteger(who, "repeats", repeats, 1);
  checkInteger(who, "steps", steps, 0);
  checkInteger(who, "seed", seed, 0, 2 ** 32 - 1);
  if (settings.threshold !== undefined) checkNumber(who, "threshold", settings.threshold, { positive: true });
  const reference = truth ?? transformOf(bestTransform(checkFixed(who, from, to)));
  const rng = createRng(seed);
  const threshold = settings.threshold ?? fitAffineRansac(p, pPrime, { rng }).threshold;
  const methods: Record<ComparedMethod, (targets: Tensor<"float64">) => AffineTransform | DescentFit> = {
    "gradient descent": (targets) => fitAffineTransform(p, targets, { steps }),
    // Far from its target every point pulls with the same small force 2δ: momentum is what gets there in time.
    "Huber descent": (targets) =>
      fitAffineTransform(p, targets, { steps, huberDelta: threshold, method: "momentum", momentum: 0.9 }),
    "least squares": (targets) => fitAffineLeastSquares(p, targets),
    RANSAC: (targets) => fitAffineRansac(p, targets, { rng, threshold }),
  };
  const clean = new Tensor(to, pPrime.shape, "float64");
  for (let round = 0; round < 3; round++) for (const fit of Object.values(methods)) fit(clean); // compiled before it is timed

  const rows: ComparisonRow[] = [];
  const cases: ComparisonCase[] = [];
  for (const share of shares) {
    const draws = Array.from({ length: repeats }, () => {
      const { pPrime: targets, replaced } = replaceTargets(pPrime, share, rng);
      const fits = comparedMethods.map((method) => {
        const start = performance.now();
        const fit = methods[method](targets);
        const milliseconds = performance.now() - start;
        const parameterError = largestDifference(fit, reference);
        return { ...fit, parameterError, inlierError: inlierError(p, to, replaced, fit), milliseconds };
      });
      return { targets, replaced, fits };
    });
    for (const [m, method] of comparedMethods.entries()) {
      const fits = draws.map((draw) => draw.fits[m]!);
      rows.push({
        share,
        method,
        parameterError: median(fits.map((fit) => fit.parameterError)),
        inlierError: median(fits.map((fit) => fit.inlierError)),
        milliseconds: median(fits.map((fit) => fit.milliseconds)),
        ...("converged" in fits[0]! && {
          converged: fits.filter((fit) => "converged" in fit && fit.converged).length / repeats,
        }),
      });
    }
    const { targets, replaced, fits } = draws[0]!;
    const named = Object.fromEntries(comparedMethods.map((method, m) => [method, fits[m]!]));
    cases.push({ share, pPrime: targets, replaced, fits: named as unknown as ComparisonCase["fits"] });
  }
  return { rows, cases, reference, isReferenceLeastSquares: truth === undefined, threshold, steps };
}

function largestDifference(a: AffineTransform, b: AffineTransform): number {
  const [ours, theirs] = [a, b].map(({ s, t }) => [...s.data, ...t.data]);
  return Math.max(...ours!.map((value, k) => Math.abs(value - theirs![k]!)));
}

/** Root mean square distance from the clean targets of the rows that were not replaced; NaN when all were. */
function inlierError(p: Tensor<DType>, to: Float64Array, replaced: Int32Array, fit: AffineTransform): number {
  const outliers = new Set(replaced);
  const { data } = applyAffineTransform(p, fit);
  let sum = 0;
  for (let i = 0; i < data.length; i++) if (!outliers.has(i >> 1)) sum += (data[i]! - to[i]!) ** 2;
  return Math.sqrt(sum / (data.length / 2 - outliers.size));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What the numbers of a comparison say, as data: who is best where, and which method withstands how many outliers. */
import { type ComparedMethod, type Comparison, type ComparisonRow, comparedMethods, median } from "./compare.ts";

/** Errors within this factor of the smallest count as equally good. */
export const tieFactor = 1.25;
/** A method withstands a share of outliers while its error is below this part of least squares' error there. */
const withstoodPart = 0.2;

export interface ComparisonVerdicts {
  /** Neighbouring shares with the same best methods, by parameter error. */
  readonly best: readonly { readonly from: number; readonly to: number; readonly methods: readonly ComparedMethod[] }[];
  /** The largest relative difference between the errors of gradient descent and least squares, under outliers; 0 without. */
  readonly descentGap: number;
  /** Up to which share the method withstands outliers, and at which it fails: one of them is missing for all or none. */
  readonly robust: Readonly<Record<"Huber descent" | "RANSAC", { readonly until?: number; readonly failsAt?: number }>>;
  /** Rows of descents that did not converge in every draw. */
  readonly unfinished: readonly ComparisonRow[];
  /** Median over all shares, fastest first. */
  readonly milliseconds: readonly (readonly [method: ComparedMethod, milliseconds: number])[];
}

export function judgeComparison({ rows, isReferenceLeastSquares }: Comparison): ComparisonVerdicts {
  const shares = [...new Set(rows.map((row) => row.share))].sort((a, b) => a - b);
  const spoiled = shares.filter((share) => share > 0);
  const error = (share: number, method: ComparedMethod): number => errorAt(rows, share, method);

  const best: { from: number; to: number; methods: ComparedMethod[] }[] = [];
  for (const share of isReferenceLeastSquares ? spoiled : shares) {
    const least = Math.min(...comparedMethods.map((method) => error(share, method)));
    const methods = comparedMethods.filter((method) => error(share, method) <= tieFactor * least);
    const last = best.at(-1);
    if (last?.methods.join() === methods.join()) last.to = share;
    else best.push({ from: share, to: share, methods });
  }

  const robust = (method: ComparedMethod): { until?: number; failsAt?: number } => {
    const failsAt = spoiled.find((share) => error(share, method) > withstoodPart * error(share, "least squares"));
    const until = spoiled.filter((share) => failsAt === undefined || share < failsAt).at(-1);
    return { ...(until !== undefined && { until }), ...(failsAt !== undefined && { failsAt }) };
  };
  const gaps = spoiled.map((share) => Math.abs(error(share, "gradient descent") / error(share, "least squares") - 1));
  const times = comparedMethods.map(
    (method) => [method, median(rows.filter((row) => row.method === method).map((row) => row.milliseconds))] as const,
  );
  return {
    best,
    descentGap: Math.max(0, ...gaps),
    robust: { "Huber descent": robust("Huber descent"), RANSAC: robust("RANSAC") },
    unfinished: rows.filter(({ converged = 1 }) => converged < 1),
    milliseconds: times.sort(([, a], [, b]) => a - b),
  };
}

export function errorAt(rows: readonly ComparisonRow[], share: number, method: ComparedMethod): number {
  return rows.find((row) => row.share === share && row.method === method)!.parameterError;
}

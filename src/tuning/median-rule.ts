import { median } from "../fitting/compare.ts";

/** The median stopping rule (Golovin et al. 2017, "Google Vizier", section 3.2.2). */

export interface MedianRuleOptions {
  /** no trial is stopped before this epoch; default 2 */
  readonly minEpochs?: number;
  /** nor before so many others have come as far; default 5 */
  readonly minTrials?: number;
}

/**
 * Whether a trial should stop after the last epoch of its curve: its best value so far is below the median, over the completed
 * trials, of their mean up to the same epoch.
 *
 * @param curve - values after epoch 1, 2, …; higher is better
 * @param others - curves of completed trials
 */
export function isBelowMedian(
  curve: readonly number[],
  others: readonly (readonly number[])[],
  { minEpochs = 2, minTrials = 5 }: MedianRuleOptions = {},
): boolean {
  const epoch = curve.length;
  if (epoch < minEpochs) return false;
  const means = others.filter((other) => other.length >= epoch).map((other) => mean(other.slice(0, epoch)));
  if (means.length < minTrials) return false;
  return Math.max(...curve) < median(means);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Asynchronous successive halving, ASHA (Li et al. 2018, "A System for Massively Parallel Hyperparameter Tuning", algorithm 2):
 * every trial gets a few epochs, the best third of those at a rung goes on to the next, and nobody waits for a rung to fill.
 */

export interface RungOptions {
  readonly epochs: number; // of a whole run: the last rung
  readonly minEpochs: number; // of the first rung, at least
  readonly eta: number; // one in so many goes on
  readonly trials: number;
}

/**
 * The epochs of the rungs: epochs·η⁻ˢ, …, epochs·η⁻¹, epochs, rounded. No more rungs than there are trials to fill the last one.
 */
export function rungEpochs({ epochs, minEpochs, eta, trials }: RungOptions): number[] {
  const rungs = [epochs];
  for (let s = 1; epochs / eta ** s >= minEpochs && eta ** s <= trials; s++) {
    const next = Math.round(epochs / eta ** s);
    if (next >= 1 && next < rungs[0]!) rungs.unshift(next);
  }
  return rungs;
}

export interface RungResult {
  readonly trial: number;
  /** higher is better; null when it came to nothing */
  readonly value: number | null;
}

/**
 * The promotion to make next, from the highest rung that has one: a trial among the best ⌊n/η⌋ of the n results at its rung that
 * has not been promoted yet; the best of these.
 *
 * @param rungs - results at each rung; nobody is promoted from the last one
 * @param isPromoted - whether the trial was started at the rung after this one
 */
export function findPromotion(
  rungs: readonly (readonly RungResult[])[],
  isPromoted: (trial: number, rung: number) => boolean,
  eta: number,
): { readonly trial: number; readonly rung: number } | undefined {
  for (let rung = rungs.length - 2; rung >= 0; rung--) {
    const results = rungs[rung]!;
    const best = ranked(results).slice(0, Math.floor(results.length / eta));
    const next = best.find(({ trial, value }) => value !== null && !isPromoted(trial, rung));
    if (next) return { trial: next.trial, rung: rung + 1 };
  }
  return undefined;
}

/** The best first; the earlier trial of equals. */
export function ranked<T extends RungResult>(results: readonly T[]): T[] {
  const order = (value: number | null): number => value ?? Number.NEGATIVE_INFINITY;
  return results.toSorted((a, b) => {
    const [x, y] = [order(a.value), order(b.value)];
    return x === y ? a.trial - b.trial : x > y ? -1 : 1;
  });
}

/**
 * The learning-rate range test: steps at a rate that grows from tiny to huge, and the loss at each. Where it falls fastest, or a
 * tenth of where it turns, is a rate worth starting from.
 *
 * Source: Smith 2017, "Cyclical learning rates for training neural networks", section 3.3.
 */
import { createRng } from "../tensor/index.ts";
import { createExecutor } from "./executor.ts";
import type { Run } from "./run.ts";

export interface RateTest {
  readonly learningRates: readonly number[]; // growing by the same factor
  readonly losses: readonly number[]; // smoothed, one per rate; the data loss with the penalty
  /** A tenth of the rate with the lowest loss; undefined where the loss never fell. */
  readonly suggestion: number | undefined;
}

export interface RateTestOptions {
  readonly steps?: number; // default 100
  readonly lowest?: number; // default 1e-6
  readonly highest?: number; // default 10
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param run - of fresh weights, which are changed; not to be trained afterwards
 * @returns up to where the loss has grown to four times its lowest
 */
export function rateTest(
  run: Run,
  { steps = 100, lowest = 1e-6, highest = 10, signal }: RateTestOptions = {},
): RateTest {
  const { model, optimizer, train, rng, settings } = run;
  const { reg, clip, labelSmoothing, batchSize, seed } = settings;
  const stepper = createExecutor(model, optimizer, {
    reg,
    clip: clip > 0 ? clip : undefined,
    smoothing: labelSmoothing,
  });
  const learningRates: number[] = [];
  const losses: number[] = [];
  let [order, at] = [rng.permutation(train.count), 0];
  let [average, weight] = [0, 0];
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    if (at >= order.length) [order, at] = [rng.permutation(train.count), 0];
    const batch = train.batch(order.slice(at, at + batchSize), createRng(seed, 2 * step + 1));
    at += batchSize;
    const { loss } = stepper.loss(batch, { training: true, rng: createRng(seed, 2 * step + 2) });
    optimizer.learningRate = lowest * (highest / lowest) ** (step / Math.max(1, steps - 1));
    stepper.update();
    // An exponential average of about ten steps, corrected for its start at 0.
    average = 0.9 * average + 0.1 * loss;
    weight = 0.9 * weight + 0.1;
    if (!Number.isFinite(loss)) break;
    learningRates.push(optimizer.learningRate);
    losses.push(average / weight);
    if (losses.at(-1)! > 4 * Math.min(...losses)) break;
  }
  const best = losses.indexOf(Math.min(...losses));
  const fell = best > 0 && losses[best]! < 0.99 * losses[0]!;
  return { learningRates, losses, suggestion: fell ? Number((learningRates[best]! / 10).toPrecision(2)) : undefined };
}

import { checkInteger, checkShare, SettingError } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { type Classifier, copyModel, tensorsOf } from "../models/index.ts";

export interface WeightAverageSettings {
  readonly decay: number; // per step, 0 … <1, for instance 0.995
  /** Steps from one update to the next, >= 1; default 8, because a pass over all weights costs a twentieth of a step. */
  readonly interval?: number;
}

/**
 * The exponential moving average of a model's weights. Minibatch steps jump around the minimum; their average stands
 * nearer to it, and sooner:
 *
 *     average ← keep · average + (1 − keep) · w        keep = min(decay^interval, n / (n + 9)) at the n-th update
 *
 * so that it is about the mean of the last 1 / (1 − decay) steps, but early on of no more than the last tenth of them: the
 * first weights, which are random, are soon forgotten.
 *
 * Running statistics are averaged like weights.
 *
 * Source: Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging"; the share of early updates is
 * that of TensorFlow's ExponentialMovingAverage.
 */
export class WeightAverage {
  /** The same kind of model with the averaged weights. */
  readonly model: Classifier;
  readonly source: Classifier;
  readonly decay: number;
  readonly interval: number;

  /**
   * @param source - the model being trained; the average starts with its weights
   * @throws {SettingError} for a decay or interval out of range, or a model of a kind that cannot be copied
   */
  constructor(source: Classifier, { decay, interval = 8 }: WeightAverageSettings) {
    checkShare("weightAverage", "decay", decay);
    checkInteger("weightAverage", "interval", interval, 1);
    const model = copyModel(source);
    if (!model)
      throw new SettingError(
        `weightAverage: expected a model of this library, got ${source.constructor.name}, which cannot be copied; train it without an average`,
      );
    this.source = source;
    this.model = model;
    this.decay = decay;
    this.interval = interval;
  }

  /** @param step - how many updates the weights have seen: 1, 2, … */
  update(step: number): void {
    if (step % this.interval !== 0) return;
    const n = step / this.interval;
    const keep = Math.min(this.decay ** this.interval, n / (n + 9));
    const weights = tensorsOf(this.source);
    for (const [name, average] of Object.entries(tensorsOf(this.model)))
      kernels().addScaled<FloatArray>(weights[name]!.data, 1 - keep, average.data, keep);
  }
}

import { SettingError } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { type Classifier, copyModel } from "../models/index.ts";

const interval = 8; // steps: a pass over all weights costs a twentieth of a step, and neighbouring steps are alike

/**
 * The exponential moving average of a model's weights. Minibatch steps jump around the minimum; their average stands
 * nearer to it, and sooner:
 *
 *     average ← keep · average + (1 − keep) · w        every 8 steps, keep = min(decay⁸, n / (n + 9)) the n-th time
 *
 * so that it is about the mean of the last 1 / (1 − decay) steps, or of all while there are fewer.
 *
 * Source: Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging".
 */
export class WeightAverage {
  /** The same kind of model with the averaged weights. */
  readonly model: Classifier;
  private readonly source: Classifier;
  private readonly decay: number;

  /**
   * @param source - the model being trained; the average starts with its weights
   * @param decay - 0 … <1, for instance 0.99
   * @throws {SettingError} for another decay
   */
  constructor(source: Classifier, decay: number) {
    if (!(decay >= 0 && decay < 1))
      throw new SettingError(`weightAverage: expected a decay from 0 to below 1, got ${decay}`);
    this.source = source;
    this.decay = decay;
    this.model = copyModel(source);
  }

  /** @param step - how many updates the weights have seen: 1, 2, … */
  update(step: number): void {
    if (step % interval !== 0) return;
    const n = step / interval;
    const keep = Math.min(this.decay ** interval, n / (n + 9));
    const weights = this.source.parameters();
    for (const [name, average] of Object.entries(this.model.parameters()))
      kernels().addScaled<FloatArray>(weights[name]!.data, 1 - keep, average.data, keep);
  }
}

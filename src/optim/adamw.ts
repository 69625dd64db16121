import { checkNumber } from "../errors.ts";
import type { FloatDType } from "../tensor/index.ts";
import { Adam, type AdamSettings } from "./adam.ts";
import type { Tensors } from "./optimizer.ts";

export interface AdamWSettings extends AdamSettings {
  readonly weightDecay?: number; // >= 0, default 0.01
  /** Names of the parameters that decay; default those of two dimensions or more: weights, not biases. */
  readonly decayed?: ReadonlySet<string> | undefined;
}

/**
 * Adam with weight decay apart from the gradient, so that the mean square does not divide it: before each step of
 * {@link Adam}
 *
 *     w ← w − learningRate · weightDecay · w
 *
 * Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
 */
export class AdamW<F extends FloatDType = "float32"> extends Adam<F> {
  readonly #weightDecay: number;
  readonly #decayed: ReadonlySet<string>;

  /** @throws {SettingError} for a negative weight decay, and as {@link Adam} does */
  constructor(parameters: Tensors<F>, { weightDecay = 0.01, decayed, ...settings }: AdamWSettings = {}) {
    super(parameters, settings, "adamw");
    checkNumber("adamw", "weightDecay", weightDecay);
    this.#weightDecay = weightDecay;
    const matrices = Object.entries(parameters).filter(([, w]) => w.shape.length >= 2);
    this.#decayed = decayed ?? new Set(matrices.map(([name]) => name));
  }

  protected override decayOf(name: string): number {
    return this.#decayed.has(name) ? this.#weightDecay : 0;
  }
}

/**
 * A network of two fully-connected layers with a relu between them: `scores = max(0, x·W1 + b1)·W2 + b2`.
 *
 * Sizes: N examples, D inputs, H hidden units, C classes. Use your own layers.
 */
import { type Rng, randn, type Tensor, zeros } from "chainrule";
import { fcBackward, fcForward, reluBackward, reluForward } from "./layers.ts";

type T = Tensor<"float64">;

export interface Options {
  inputDim: number; // D
  hiddenDim: number; // H
  numClasses: number; // C
  /** Standard deviation of the normal weights; `randn(shape, { rng, scale, dtype: "float64" })` draws them. */
  weightScale: number;
  rng: Rng;
}

export class TwoLayerNet {
  /** W1 (D, H) and W2 (H, C) normal, b1 (H) and b2 (C) zero. */
  constructor(options: Options) {
    throw new Error("TwoLayerNet: not implemented yet");
  }

  /** The tensors themselves, not copies: an optimizer changes them in place. */
  parameters(): Record<"W1" | "b1" | "W2" | "b2", T> {
    throw new Error("parameters: not implemented yet");
  }

  /** @returns `[scores, cache]`: scores (N, C), and whatever your backward needs */
  forward(x: T): [scores: T, cache: unknown] {
    throw new Error("forward: not implemented yet");
  }

  /** @returns one gradient per parameter, under the same names */
  backward(gradScores: T, cache: unknown): Record<"W1" | "b1" | "W2" | "b2", T> {
    throw new Error("backward: not implemented yet");
  }
}

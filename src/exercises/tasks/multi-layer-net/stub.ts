/** Optional: any number of hidden layers, with a relu between each two layers. */
import { type Rng, randn, type Tensor, zeros } from "chainrule";
import { fcBackward, fcForward, reluBackward, reluForward } from "./layers.ts";

type T = Tensor<"float64">;

export interface Options {
  inputDim: number;
  hiddenDims: readonly number[];
  numClasses: number;
  weightScale: number;
  rng: Rng;
}

export class MultiLayerNet {
  constructor(options: Options) {
    throw new Error("MultiLayerNet: not implemented yet");
  }

  /** `W1`, `b1`, `W2`, … as in the two-layer network. */
  parameters(): Record<string, T> {
    throw new Error("parameters: not implemented yet");
  }

  forward(x: T): [scores: T, cache: unknown] {
    throw new Error("forward: not implemented yet");
  }

  backward(gradScores: T, cache: unknown): Record<string, T> {
    throw new Error("backward: not implemented yet");
  }
}

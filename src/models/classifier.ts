import type { Tensors } from "../optim/index.ts";
import type { FloatDType, Rng, Tensor } from "../tensor/index.ts";

/** What a model is made of, in plain JSON: enough to build an empty one of the same kind. */
export interface ModelSettings {
  readonly kind: string; // "linear", "two-layer", …
  readonly inputDim: number; // D: numbers per example
  readonly numClasses: number; // C
  readonly hiddenDim?: number; // H: hidden units, where there is a hidden layer
  readonly dtype: FloatDType;
}

/** How the weights of a new model start; biases start at zero. */
export interface InitOptions<F extends FloatDType = "float32"> {
  readonly rng: Rng;
  /** Standard deviation of the normal weights; `"he"` (the default) takes √(2 / inputs of the layer). */
  readonly weightScale?: number | "he";
  readonly dtype?: F; // default float32
}

/** He et al. 2015, "Delving deep into rectifiers": keeps the variance of relu layers from one to the next. */
export function initialScale(weightScale: number | "he", inputs: number): number {
  return weightScale === "he" ? Math.sqrt(2 / Math.max(1, inputs)) : weightScale;
}

/**
 * A function from examples to class scores, with parameters to learn.
 *
 * Sizes: N examples in the batch, D numbers per example, C classes.
 */
export abstract class Classifier<F extends FloatDType = "float32", Cache = unknown> {
  abstract readonly settings: ModelSettings;

  /** The learned tensors by name; weight matrices have two dimensions, biases one. */
  abstract parameters(): Tensors<F>;

  /**
   * @param x - examples, (N, D)
   * @returns scores before the softmax, (N, C), and what {@link Classifier.backward} needs
   */
  abstract forward(x: Tensor<F>): [scores: Tensor<F>, cache: Cache];

  /**
   * @param gradScores - gradient of the loss with respect to the scores, (N, C)
   * @returns one gradient per parameter, under the same names
   */
  abstract backward(gradScores: Tensor<F>, cache: Cache): Tensors<F>;

  /** The class with the highest score for each example; the first of equals. */
  predict(x: Tensor<F>): Int32Array {
    const [scores] = this.forward(x);
    const [N = 0, C = 0] = scores.shape;
    return Int32Array.from({ length: N }, (_, i) => {
      let best = 0;
      for (let c = 1; c < C; c++) if (scores.data[i * C + c]! > scores.data[i * C + best]!) best = c;
      return best;
    });
  }
}

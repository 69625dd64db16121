import { evaluation, type Layer, type LayerSettings, type Pass, type Tensors } from "../layers/index.ts";
import type { FloatDType, Rng, Tensor } from "../tensor/index.ts";
import type { InitName } from "./initialization.ts";

/** What a model is made of, in plain JSON: enough to build an empty one of the same kind. */
export interface ModelSettings {
  readonly kind: string; // "linear", "two-layer", "sequential"
  readonly inputDim: number; // D: numbers per example
  readonly numClasses: number; // C
  readonly hiddenDim?: number; // H: hidden units of a two-layer net
  readonly layers?: readonly LayerSettings[]; // of a list of layers, in their order
  readonly dtype: FloatDType;
}

/** How the weights of a new model start; biases start at zero. */
export interface InitOptions<F extends FloatDType = "float32"> {
  readonly rng: Rng;
  /** A rule, or the standard deviation of normal weights; default `"he"`, √(2 / inputs of the layer). */
  readonly weightScale?: number | InitName;
  readonly dtype?: F; // default float32
}

/** A layer of a model, and what the model calls its tensors: local name → the model's. */
export interface NamedLayer<F extends FloatDType = "float32"> {
  readonly layer: Layer<F>;
  readonly names: Readonly<Record<string, string>>;
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
   * @param pass - training or evaluation, which is the default
   * @returns scores before the softmax, (N, C), and what {@link Classifier.backward} needs
   */
  abstract forward(x: Tensor<F>, pass?: Pass): [scores: Tensor<F>, cache: Cache];

  /**
   * @param gradScores - gradient of the loss with respect to the scores, (N, C)
   * @returns one gradient per parameter, under the same names
   */
  abstract backward(gradScores: Tensor<F>, cache: Cache): Tensors<F>;

  /** What is kept but not learned, by name: running statistics. */
  buffers(): Tensors<F> {
    return {};
  }

  /**
   * The same model as a list of layers over the same tensors, which training runs faster; undefined where `forward` and
   * `backward` do something else.
   */
  layers(): readonly NamedLayer<F>[] | undefined {
    return undefined;
  }

  /** Names of the parameters under the L2 penalty and weight decay. Default: those of two dimensions. */
  decayed(): ReadonlySet<string> {
    const matrices = Object.entries(this.parameters()).filter(([, w]) => w.shape.length === 2);
    return new Set(matrices.map(([name]) => name));
  }

  /** The class with the highest score for each example; the first of equals. */
  predict(x: Tensor<F>): Int32Array {
    return highest(this.forward(x, evaluation)[0]);
  }
}

/** The column of the highest number in each row of (N, C); the first of equals. */
export function highest<F extends FloatDType>(scores: Tensor<F>): Int32Array {
  const [N = 0, C = 0] = scores.shape;
  return Int32Array.from({ length: N }, (_, i) => {
    let best = 0;
    for (let c = 1; c < C; c++) if (scores.data[i * C + c]! > scores.data[i * C + best]!) best = c;
    return best;
  });
}

/** Whether a model's passes are those of `kind`: a subclass with passes of its own is no list of layers. */
export function hasPassesOf(model: object, kind: { readonly prototype: object }): boolean {
  const [own, theirs] = [model, kind.prototype] as [Classifier, Classifier];
  return own.forward === theirs.forward && own.backward === theirs.backward;
}

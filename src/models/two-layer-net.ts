import { checkInteger } from "../errors.ts";
import {
  ActivationLayer,
  type FcCache,
  FcLayer,
  fcBackward,
  fcBackwardParameters,
  fcForward,
  type ReluCache,
  reluBackward,
  reluForward,
  type Tensors,
} from "../layers/index.ts";
import { type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { Classifier, hasPassesOf, type InitOptions, type ModelSettings, type NamedLayer } from "./classifier.ts";
import { initialWeights } from "./initialization.ts";

export interface TwoLayerNetOptions<F extends FloatDType = "float32"> extends InitOptions<F> {
  readonly inputDim: number;
  readonly hiddenDim: number;
  readonly numClasses: number;
}

export interface TwoLayerCache<F extends FloatDType = "float32"> {
  readonly fc1: FcCache<F>;
  readonly relu: ReluCache<F>;
  readonly fc2: FcCache<F>;
}

/** Fully-connected, relu, fully-connected: `scores = max(0, x·W1 + b1)·W2 + b2`. */
export class TwoLayerNet<F extends FloatDType = "float32"> extends Classifier<F, TwoLayerCache<F>> {
  readonly settings: ModelSettings;
  readonly W1: Tensor<F>; // (D, H)
  readonly b1: Tensor<F>; // (H)
  readonly W2: Tensor<F>; // (H, C)
  readonly b2: Tensor<F>; // (C)

  /** @throws {SettingError} for sizes that are not whole numbers >= 1 */
  constructor({
    inputDim,
    hiddenDim,
    numClasses,
    rng,
    weightScale = "he",
    dtype = "float32" as F,
  }: TwoLayerNetOptions<F>) {
    super();
    checkInteger("TwoLayerNet", "inputDim", inputDim, 1);
    checkInteger("TwoLayerNet", "hiddenDim", hiddenDim, 1);
    checkInteger("TwoLayerNet", "numClasses", numClasses, 1);
    checkInteger("TwoLayerNet", "inputDim · hiddenDim", inputDim * hiddenDim, 1);
    this.settings = { kind: "two-layer", inputDim, hiddenDim, numClasses, dtype };
    this.W1 = initialWeights(weightScale, inputDim, hiddenDim, rng, dtype);
    this.b1 = toKernelMemory(zeros([hiddenDim], { dtype }));
    this.W2 = initialWeights(weightScale, hiddenDim, numClasses, rng, dtype);
    this.b2 = toKernelMemory(zeros([numClasses], { dtype }));
  }

  parameters(): Tensors<F> {
    return { W1: this.W1, b1: this.b1, W2: this.W2, b2: this.b2 };
  }

  forward(x: Tensor<F>): [scores: Tensor<F>, cache: TwoLayerCache<F>] {
    const [hidden, fc1] = fcForward(x, this.W1, this.b1);
    const [active, relu] = reluForward(hidden);
    const [scores, fc2] = fcForward(active, this.W2, this.b2);
    return [scores, { fc1, relu, fc2 }];
  }

  backward(gradScores: Tensor<F>, cache: TwoLayerCache<F>): Tensors<F> {
    const [gradActive, W2, b2] = fcBackward(gradScores, cache.fc2);
    const [W1, b1] = fcBackwardParameters(reluBackward(gradActive, cache.relu), cache.fc1);
    return { W1, b1, W2, b2 };
  }

  override layers(): NamedLayer<F>[] | undefined {
    if (!hasPassesOf(this, TwoLayerNet)) return undefined;
    return [
      { layer: new FcLayer({ w: this.W1, b: this.b1 }), names: { w: "W1", b: "b1" } },
      { layer: new ActivationLayer({ activation: "relu" }), names: {} },
      { layer: new FcLayer({ w: this.W2, b: this.b2 }), names: { w: "W2", b: "b2" } },
    ];
  }
}

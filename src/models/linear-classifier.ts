import { checkInteger } from "../errors.ts";
import { type FcCache, FcLayer, fcBackwardParameters, fcForward, type Tensors } from "../layers/index.ts";
import { type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { Classifier, hasPassesOf, type InitOptions, type ModelSettings, type NamedLayer } from "./classifier.ts";
import { initialWeights } from "./initialization.ts";

export interface LinearClassifierOptions<F extends FloatDType = "float32"> extends InitOptions<F> {
  readonly inputDim: number;
  readonly numClasses: number;
}

/** One fully-connected layer: `scores = x·W + b`. */
export class LinearClassifier<F extends FloatDType = "float32"> extends Classifier<F, FcCache<F>> {
  readonly settings: ModelSettings;
  readonly W: Tensor<F>; // (D, C)
  readonly b: Tensor<F>; // (C)

  /** @throws {SettingError} for sizes that are not whole numbers >= 1 */
  constructor({ inputDim, numClasses, rng, weightScale = "he", dtype = "float32" as F }: LinearClassifierOptions<F>) {
    super();
    checkInteger("LinearClassifier", "inputDim", inputDim, 1);
    checkInteger("LinearClassifier", "numClasses", numClasses, 1);
    this.settings = { kind: "linear", inputDim, numClasses, dtype };
    this.W = initialWeights(weightScale, inputDim, numClasses, rng, dtype);
    this.b = toKernelMemory(zeros([numClasses], { dtype }));
  }

  parameters(): Tensors<F> {
    return { W: this.W, b: this.b };
  }

  forward(x: Tensor<F>): [scores: Tensor<F>, cache: FcCache<F>] {
    return fcForward(x, this.W, this.b);
  }

  backward(gradScores: Tensor<F>, cache: FcCache<F>): Tensors<F> {
    const [W, b] = fcBackwardParameters(gradScores, cache);
    return { W, b };
  }

  override layers(): NamedLayer<F>[] | undefined {
    if (!hasPassesOf(this, LinearClassifier)) return undefined;
    return [{ layer: new FcLayer({ w: this.W, b: this.b }), names: { w: "W", b: "b" } }];
  }
}

import { checkInteger, checkName } from "../errors.ts";
import { ActivationLayer, BatchNormLayer, DropoutLayer, FcLayer, type Layer, LayerNormLayer } from "../layers/index.ts";
import { type FloatDType, toKernelMemory, zeros } from "../tensor/index.ts";
import type { InitOptions } from "./classifier.ts";
import { initialWeights } from "./initialization.ts";
import { Sequential } from "./sequential.ts";

export const normNames = ["none", "batch", "layer"] as const;
export type NormName = (typeof normNames)[number];

export interface MultiLayerNetOptions<F extends FloatDType = "float32"> extends InitOptions<F> {
  readonly inputDim: number; // D
  readonly hiddenDims: readonly number[]; // units of each hidden layer; none makes a linear classifier
  readonly numClasses: number; // C
  readonly activation?: string; // see `activationNames`; default relu
  readonly norm?: NormName; // before each activation; default none
  readonly dropout?: number; // after each activation, 0 … <1; default 0
}

/**
 * Any number of hidden layers, each fully-connected, normalised, activated and thinned out, then one more fully-connected
 * layer: a {@link Sequential} of `[fc, norm, activation, dropout] · hidden layers, fc`. A layer before batch normalisation has
 * no bias, which the mean would take away again.
 */
export class MultiLayerNet<F extends FloatDType = "float32"> extends Sequential<F> {
  /** @throws {SettingError} for sizes that are not whole numbers >= 1, an unknown name or a rate outside 0 … <1 */
  constructor({
    inputDim,
    hiddenDims,
    numClasses,
    activation = "relu",
    norm = "none",
    dropout = 0,
    weightScale = "he",
    rng,
    dtype = "float32" as F,
  }: MultiLayerNetOptions<F>) {
    checkInteger("MultiLayerNet", "inputDim", inputDim, 1);
    checkInteger("MultiLayerNet", "numClasses", numClasses, 1);
    checkName("MultiLayerNet", "norm", norm, normNames);
    for (const dim of hiddenDims) checkInteger("MultiLayerNet", "hiddenDims", dim, 1);
    const fc = (inputs: number, outputs: number, bias: boolean): FcLayer<F> => {
      checkInteger("MultiLayerNet", "inputs · outputs of a layer", inputs * outputs, 1);
      const w = initialWeights(weightScale, inputs, outputs, rng, dtype);
      return new FcLayer({ w, b: bias ? toKernelMemory(zeros([outputs], { dtype })) : undefined });
    };
    const layers: Layer<F>[] = [];
    let inputs = inputDim;
    for (const dim of hiddenDims) {
      layers.push(fc(inputs, dim, norm !== "batch") as Layer<F>);
      if (norm === "batch") layers.push(new BatchNormLayer({ dim, dtype }) as Layer<F>);
      if (norm === "layer") layers.push(new LayerNormLayer({ dim, dtype }) as Layer<F>);
      layers.push(new ActivationLayer({ activation }));
      if (dropout > 0) layers.push(new DropoutLayer({ rate: dropout }) as Layer<F>);
      inputs = dim;
    }
    layers.push(fc(inputs, numClasses, true) as Layer<F>);
    super({ layers, inputDim, numClasses, dtype });
  }
}

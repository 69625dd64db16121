import type { FloatDType } from "../tensor/index.ts";
import type { Classifier } from "./classifier.ts";
import { LinearClassifier } from "./linear-classifier.ts";
import { MultiLayerNet, type MultiLayerNetOptions } from "./multi-layer-net.ts";
import { TwoLayerNet } from "./two-layer-net.ts";

/** The plainest model of these sizes: a linear classifier, the two-layer net, or a net of any depth. */
export function createModel<F extends FloatDType = "float32">(options: MultiLayerNetOptions<F>): Classifier<F> {
  const { hiddenDims, activation = "relu", norm = "none", dropout = 0, ...sizes } = options;
  const isPlain = activation === "relu" && norm === "none" && dropout === 0;
  const [hiddenDim] = hiddenDims;
  if (hiddenDim === undefined) return new LinearClassifier(sizes) as Classifier<F>;
  if (isPlain && hiddenDims.length === 1) return new TwoLayerNet({ ...sizes, hiddenDim }) as Classifier<F>;
  return new MultiLayerNet(options) as Classifier<F>;
}

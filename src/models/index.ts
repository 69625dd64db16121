export { Classifier, highest, type InitOptions, type ModelSettings, type NamedLayer } from "./classifier.ts";
export { createModel } from "./create-model.ts";
export { type InitName, initializations } from "./initialization.ts";
export { LinearClassifier, type LinearClassifierOptions } from "./linear-classifier.ts";
export { MultiLayerNet, type MultiLayerNetOptions, type NormName, normNames } from "./multi-layer-net.ts";
export { formatSafetensors, parseSafetensors, type SafetensorsFile } from "./safetensors.ts";
export { Sequential, type SequentialOptions } from "./sequential.ts";
export { copyModel, deserializeModel, serializeModel, tensorsOf } from "./serialize.ts";
export { type TwoLayerCache, TwoLayerNet, type TwoLayerNetOptions } from "./two-layer-net.ts";

export { Classifier, type InitOptions, type ModelSettings } from "./classifier.ts";
export { LinearClassifier, type LinearClassifierOptions } from "./linear-classifier.ts";
export { formatSafetensors, parseSafetensors, type SafetensorsFile } from "./safetensors.ts";
export { copyModel, deserializeModel, serializeModel } from "./serialize.ts";
export { type TwoLayerCache, TwoLayerNet, type TwoLayerNetOptions } from "./two-layer-net.ts";

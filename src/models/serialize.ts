/**
 * Models as safetensors bytes: parameters and running statistics under their names, the settings as JSON text in the
 * metadata. A model is built from its settings: the list of its layers, or one of the two kinds with sizes only.
 */
import { FormatError, formatShape, readAs, show } from "../errors.ts";
import { createLayer, type LayerSettings, type Tensors } from "../layers/index.ts";
import { createRng, type DType, type FloatDType, type Tensor } from "../tensor/index.ts";
import type { Classifier, ModelSettings } from "./classifier.ts";
import { LinearClassifier } from "./linear-classifier.ts";
import { MultiLayerNet } from "./multi-layer-net.ts";
import { formatSafetensors, readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { Sequential } from "./sequential.ts";
import { TwoLayerNet } from "./two-layer-net.ts";

type Build = (settings: ModelSettings) => Classifier<FloatDType>;

/** Every kind of model: its name in a file, and how an empty one is built. */
const kinds: Readonly<Record<string, Build>> = {
  linear: (settings) => new LinearClassifier({ ...settings, weightScale: 0, rng: createRng(0) }),
  "two-layer": ({ hiddenDim = 1, ...sizes }) =>
    new TwoLayerNet({ ...sizes, hiddenDim, weightScale: 0, rng: createRng(0) }),
  sequential: ({ layers = [], ...sizes }) =>
    new Sequential({ ...sizes, layers: layers.map((layer) => createLayer(layer, sizes.dtype)) }),
};

/** Another model of the same kind with the same weights, which then go their own way; undefined for a kind of the caller's own. */
export function copyModel<F extends FloatDType>(model: Classifier<F>): Classifier<F> | undefined {
  const isOurs = [LinearClassifier, TwoLayerNet, Sequential, MultiLayerNet].some((kind) => model.constructor === kind);
  const copy = isOurs && (kinds[model.settings.kind]?.(model.settings) as Classifier<F> | undefined);
  if (!copy) return undefined;
  const tensors = tensorsOf(model);
  for (const [name, w] of Object.entries(tensorsOf(copy))) w.data.set(tensors[name]!.data);
  return copy;
}

/** Everything of a model that a file must hold: parameters and buffers. */
export function tensorsOf<F extends FloatDType>(model: Classifier<F>): Tensors<F> {
  return { ...model.parameters(), ...model.buffers() };
}

/** @returns safetensors bytes with metadata `model`; other programs read the tensors as they are */
export function serializeModel(model: Classifier<FloatDType>): Uint8Array {
  return formatSafetensors({ tensors: tensorsOf(model), metadata: { model: JSON.stringify(model.settings) } });
}

/**
 * A model with a layer of the caller's own needs a call of `registerLayer` before.
 * @throws {FormatError} for bytes that are not a model of known layers, or weights that are not finite
 */
export function deserializeModel(bytes: Uint8Array): Classifier {
  return readAs("deserializeModel", () => modelFrom(readSafetensors(bytes)) as Classifier);
}

/** The model in a file that may hold more than a model, a checkpoint for instance. */
export function modelFrom({ tensors, metadata }: SafetensorsFile): Classifier<FloatDType> {
  const settings = parseSettings(metadata.model);
  // Checked before anything is built: a file cannot ask for more memory than a few times its own size.
  const asked = sizeOf(settings);
  const there = Object.values(tensors).reduce((sum, x) => sum + x.size, 0);
  if (asked > there) throw new FormatError(`expected weights for a model of ${asked} parameters, got ${there}`);
  const model = kinds[settings.kind]!(settings);
  fillParameters(model, tensors);
  return model;
}

/** How many parameters a model of these settings has, by the sizes of its fully-connected layers. */
function sizeOf({ inputDim, numClasses, hiddenDim, layers }: ModelSettings): number {
  if (hiddenDim !== undefined) return (inputDim + numClasses) * hiddenDim;
  if (!layers) return inputDim * numClasses;
  const sizes = layers.map((layer) => Number(layer.inputDim ?? 1) * Number(layer.outputDim ?? layer.dim ?? 0));
  return sizes.reduce((sum, size) => sum + (size > 0 ? size : 0), 0);
}

/** Copies the tensor of the same name into each parameter and buffer. */
export function fillParameters(model: Classifier<FloatDType>, tensors: Readonly<Record<string, Tensor<DType>>>): void {
  const weights = parametersFor(model, tensors);
  for (const [name, w] of Object.entries(tensorsOf(model))) w.data.set(weights[name]!.data);
}

/**
 * `prefix + name` for each parameter and buffer of the model.
 * @throws {FormatError} when one is missing, unlike the parameter, or not finite
 */
export function parametersFor<F extends FloatDType>(
  model: Classifier<F>,
  tensors: Readonly<Record<string, Tensor<DType>>>,
  prefix = "",
): Tensors<F> {
  const found: Tensors<F> = {};
  for (const [name, w] of Object.entries(tensorsOf(model))) {
    const from = tensors[prefix + name];
    if (!from) throw new FormatError(`expected a tensor ${prefix}${name}, got ${show(Object.keys(tensors))}`);
    if (from.dtype !== w.dtype || from.shape.join() !== w.shape.join())
      throw new FormatError(
        `expected ${prefix}${name} of shape ${formatShape(w.shape)} in ${w.dtype}, got ${show(from.shape)} in ${from.dtype}`,
      );
    if (!from.data.every(Number.isFinite))
      throw new FormatError(`expected finite weights, got NaN or Infinity in ${prefix}${name}`);
    found[name] = from as Tensor<F>;
  }
  return found;
}

const mostLayers = 1000;

function parseSettings(text: string | undefined): ModelSettings {
  if (text === undefined) throw new FormatError("expected metadata `model`, got a safetensors file without it");
  const settings = parseJson("model", text) as Partial<ModelSettings> | null;
  const { kind, inputDim, numClasses, hiddenDim, layers, dtype } = settings ?? {};
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind))
    throw new FormatError(`unknown kind of model ${show(kind)}; expected one of ${Object.keys(kinds).join(", ")}`);
  const sizes = [inputDim, numClasses, hiddenDim ?? 1];
  if (!sizes.every((n) => Number.isSafeInteger(n) && n! >= 1))
    throw new FormatError(`expected model sizes of whole numbers >= 1, got ${show(sizes)}`);
  if (dtype !== "float32" && dtype !== "float64")
    throw new FormatError(`expected dtype float32 or float64, got ${show(dtype)}`);
  const base = { kind, inputDim: inputDim!, numClasses: numClasses!, dtype };
  if (kind === "two-layer") return { ...base, hiddenDim: hiddenDim ?? 1 };
  return kind === "sequential" ? { ...base, layers: readLayers(layers) } : base;
}

function readLayers(value: unknown): LayerSettings[] {
  const isList = Array.isArray(value) && value.length >= 1 && value.length <= mostLayers;
  if (isList && value.every((layer) => typeof layer === "object" && layer !== null && typeof layer.kind === "string"))
    return value;
  throw new FormatError(`expected 1 to ${mostLayers} layers, each with a kind, got ${show(value)}`);
}

/** @throws {FormatError} when metadata `name` is not JSON */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`expected JSON in metadata ${name}, got ${show(text)}`);
  }
}

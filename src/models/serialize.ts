/** Models as safetensors bytes: the parameters under their names, the settings as JSON text in the metadata. */
import { FormatError, formatShape, readAs, show } from "../errors.ts";
import type { Tensors } from "../optim/index.ts";
import { createRng, type DType, type FloatDType, type Tensor } from "../tensor/index.ts";
import type { Classifier, ModelSettings } from "./classifier.ts";
import { LinearClassifier } from "./linear-classifier.ts";
import { formatSafetensors, readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { TwoLayerNet } from "./two-layer-net.ts";

/** Every kind of model: its name in a file, and how an empty one is built. */
const kinds: Readonly<Record<string, (settings: Required<ModelSettings>) => Classifier<FloatDType>>> = {
  linear: (settings) => new LinearClassifier({ ...settings, weightScale: 0, rng: createRng(0) }),
  "two-layer": (settings) => new TwoLayerNet({ ...settings, weightScale: 0, rng: createRng(0) }),
};

/** Another model of the same kind with the same weights, which then go their own way; undefined for a kind of the caller's own. */
export function copyModel<F extends FloatDType>(model: Classifier<F>): Classifier<F> | undefined {
  const { hiddenDim = 1, ...settings } = model.settings;
  const copy = kinds[settings.kind]?.({ ...settings, hiddenDim }) as Classifier<F> | undefined;
  if (copy?.constructor !== model.constructor) return undefined;
  const weights = model.parameters();
  for (const [name, w] of Object.entries(copy.parameters())) w.data.set(weights[name]!.data);
  return copy;
}

/** @returns safetensors bytes with metadata `model`; other programs read the tensors as they are */
export function serializeModel(model: Classifier<FloatDType>): Uint8Array {
  return formatSafetensors({ tensors: model.parameters(), metadata: { model: JSON.stringify(model.settings) } });
}

/** @throws {FormatError} for bytes that are not a model of a known kind, or weights that are not finite */
export function deserializeModel(bytes: Uint8Array): Classifier {
  return readAs("deserializeModel", () => modelFrom(readSafetensors(bytes)) as Classifier);
}

/** The model in a file that may hold more than a model, a checkpoint for instance. */
export function modelFrom({ tensors, metadata }: SafetensorsFile): Classifier<FloatDType> {
  const settings = parseSettings(metadata.model);
  const expected = shapesOf(settings); // checked before anything of that size is built
  for (const [name, shape] of Object.entries(expected))
    if (tensors[name]?.shape.join() !== shape.join())
      throw new FormatError(`expected ${name} of shape ${formatShape(shape)}, got ${show(tensors[name]?.shape)}`);
  const model = kinds[settings.kind]!(settings);
  fillParameters(model, tensors);
  return model;
}

/** The parameters a model of these settings has. */
function shapesOf({
  kind,
  inputDim: D,
  hiddenDim: H,
  numClasses: C,
}: Required<ModelSettings>): Record<string, number[]> {
  return kind === "linear" ? { W: [D, C], b: [C] } : { W1: [D, H], b1: [H], W2: [H, C], b2: [C] };
}

/** Copies the tensor of the same name into each parameter. */
export function fillParameters(model: Classifier<FloatDType>, tensors: Readonly<Record<string, Tensor<DType>>>): void {
  const weights = parametersFor(model, tensors);
  for (const [name, w] of Object.entries(model.parameters())) w.data.set(weights[name]!.data);
}

/**
 * `prefix + name` for each parameter of the model.
 * @throws {FormatError} when one is missing, unlike the parameter, or not finite
 */
export function parametersFor<F extends FloatDType>(
  model: Classifier<F>,
  tensors: Readonly<Record<string, Tensor<DType>>>,
  prefix = "",
): Tensors<F> {
  const found: Tensors<F> = {};
  for (const [name, w] of Object.entries(model.parameters())) {
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

function parseSettings(text: string | undefined): Required<ModelSettings> {
  if (text === undefined) throw new FormatError("expected metadata `model`, got a safetensors file without it");
  const settings = parseJson("model", text) as Partial<ModelSettings> | null;
  const { kind, inputDim, numClasses, hiddenDim = 1, dtype } = settings ?? {};
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind))
    throw new FormatError(`unknown kind of model ${show(kind)}; expected one of ${Object.keys(kinds).join(", ")}`);
  const sizes = [inputDim, numClasses, hiddenDim];
  if (!sizes.every((n) => Number.isSafeInteger(n) && n! >= 1))
    throw new FormatError(`expected model sizes of whole numbers >= 1, got ${show(sizes)}`);
  if (dtype !== "float32" && dtype !== "float64")
    throw new FormatError(`expected dtype float32 or float64, got ${show(dtype)}`);
  return { kind, inputDim: inputDim!, numClasses: numClasses!, hiddenDim, dtype };
}

/** @throws {FormatError} when metadata `name` is not JSON */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`expected JSON in metadata ${name}, got ${show(text)}`);
  }
}

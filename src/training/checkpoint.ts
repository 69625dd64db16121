/**
 * Checkpoints: safetensors with the model that did best on the validation images under its plain parameter names,
 * and beside it all that `test`, `predict` and resuming need. Where they differ from those, the parameters after the last
 * epoch are there as `last.W1` … and their moving average as `average.W1` …; what the optimizer remembers is there as
 * `velocity.W1` …; the losses of all steps as `history.losses`.
 */
import type { ImageSize, Normalization, Whitening } from "../data/index.ts";
import { FormatError, readAs, SettingError, show } from "../errors.ts";
import { kernels } from "../kernels/index.ts";
import { type Classifier, formatSafetensors, type SafetensorsFile } from "../models/index.ts";
import { maxSafetensorsBytes, readSafetensors } from "../models/safetensors.ts";
import { fillParameters, modelFrom, parametersFor, parseJson, tensorsOf } from "../models/serialize.ts";
import type { OptimizerState, Tensors } from "../optim/index.ts";
import { Rng, type Tensor, tensor } from "../tensor/index.ts";
import {
  type DatasetReference,
  readClassNames,
  readDataset,
  readHistory,
  readImage,
  readNormalization,
  readNumbers,
  readRngState,
  readSettings,
  readText,
  readWhitening,
  whiteningTensors,
} from "./checkpoint-metadata.ts";
import { bestEpoch, type History } from "./history.ts";
import type { Run } from "./run.ts";
import type { TrainSettings } from "./settings.ts";

export interface Checkpoint {
  readonly name: string; // starts messages about it: the file it was read from, if it was
  readonly model: Classifier; // the best epoch's
  readonly settings: TrainSettings;
  readonly dataset: DatasetReference;
  readonly image: ImageSize;
  readonly normalization: Normalization | undefined;
  readonly whitening: Whitening | undefined;
  readonly classNames: readonly string[];
  readonly epoch: number; // finished epochs
  readonly history: History;
  readonly kernels: string; // what computed it
  readonly rng: readonly number[]; // where the shuffling stands after that epoch
  readonly last: Tensors; // parameters after that epoch
  readonly average: Tensors | undefined; // and their moving average, if the settings have one
  readonly optimizer: OptimizerState;
}

/** A copy of the parameters and running statistics, to be kept while training goes on. */
export function copyParameters(model: Classifier): Tensors {
  return Object.fromEntries(Object.entries(tensorsOf(model)).map(([name, w]) => [name, w.clone()]));
}

/** @param best - parameters of the epoch that {@link bestEpoch} names */
export function formatCheckpoint(run: Run, best: Tensors): Uint8Array {
  const { losses, ...history } = run.history;
  const lastIsBest = bestEpoch(run.history)?.epoch === history.epochs.length;
  const { model, average } = run;
  const { numbers, tensors } = run.optimizer.state();
  const metadata = {
    model: run.model.settings,
    settings: run.settings,
    dataset: run.dataset,
    image: run.image,
    mean: run.normalization?.mean ?? null,
    std: run.normalization?.std ?? null,
    classNames: run.classNames,
    epoch: history.epochs.length,
    seed: run.settings.seed,
    rng: run.rng.state,
    optimizer: { name: run.settings.optimizer, numbers },
    kernels: kernels().name,
    history,
  };
  return formatSafetensors({
    tensors: {
      ...best,
      ...(lastIsBest && !average ? {} : named("last.", model)),
      ...(lastIsBest || !average ? {} : named("average.", average.model)),
      ...tensors,
      ...(run.whitening && whiteningTensors(run.whitening)),
      "history.losses": tensor(losses, { dtype: "float64" }),
    },
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, JSON.stringify(value)])),
  });
}

function named(prefix: string, model: Classifier): Tensors {
  return Object.fromEntries(Object.entries(tensorsOf(model)).map(([name, w]) => [prefix + name, w]));
}

/**
 * Refuses, before the training, a run whose checkpoints would be too large to be read back.
 * @throws {SettingError} saying the size
 */
export function checkCheckpointSize({ model, average, optimizer, settings, history, whitening }: Run): void {
  const bytesOf = (tensors: Tensors): number =>
    Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
  const weights = bytesOf(model.parameters());
  const losses = 8 * settings.epochs * history.stepsPerEpoch;
  const white = whitening ? whitening.components.data.byteLength : 0;
  const size = weights * (average ? 3 : 2) + bytesOf(optimizer.state().tensors) + losses + white; // best, last, average
  if (size > 0.99 * maxSafetensorsBytes)
    throw new SettingError(
      `train: expected checkpoints below 2 GiB, got ${(size / 2 ** 30).toFixed(1)} GiB for ${weights / 4} parameters; choose smaller hiddenDims`,
    );
}

/**
 * @param name - starts the messages of errors: the file that the bytes come from
 * @throws {FormatError} for a truncated or foreign file, metadata that contradicts the weights, weights that are not finite
 */
export function parseCheckpoint(bytes: Uint8Array, name = "parseCheckpoint"): Checkpoint {
  return readAs(name, () => ({ name, ...readCheckpoint(readSafetensors(bytes)) }));
}

function readCheckpoint(file: SafetensorsFile): Omit<Checkpoint, "name"> {
  for (const [name, { data }] of Object.entries(file.tensors))
    if (!data.every(Number.isFinite)) throw new FormatError(`expected finite numbers, got NaN or Infinity in ${name}`);
  const model = modelFrom(file) as Classifier;
  if (model.settings.dtype !== "float32")
    throw new FormatError(`expected a model in float32, got ${model.settings.dtype}`);
  const read = (name: string): unknown => {
    const text = file.metadata[name];
    if (text === undefined) throw new FormatError(`expected metadata ${name}; was it written by chainrule train?`);
    return parseJson(name, text);
  };

  const settings = readSettings(read("settings"), model.settings);
  const whitening = settings.whiten > 0 ? readWhitening(file.tensors, settings.whiten) : undefined;
  const image = readImage(read("image"), whitening ? whitening.mean.size : model.settings.inputDim);
  const history = readHistory(read("history"), file.tensors["history.losses"]);
  if (read("epoch") !== history.epochs.length)
    throw new FormatError(
      `expected epoch ${history.epochs.length}, as many as history records, got ${show(read("epoch"))}`,
    );
  return {
    model,
    settings,
    dataset: readDataset(read("dataset")),
    image,
    whitening,
    normalization: readNormalization(read("mean"), read("std"), image.channels),
    classNames: readClassNames(read("classNames"), model.settings.numClasses),
    epoch: history.epochs.length,
    history,
    kernels: readText("kernels", read("kernels")),
    rng: readRngState(read("rng")),
    last: parametersAs("last.", model, file, { required: settings.averageDecay > 0 }),
    average: settings.averageDecay > 0 ? parametersAs("average.", model, file) : undefined,
    optimizer: { numbers: readNumbers(read("optimizer")), tensors: file.tensors as Record<string, Tensor> },
  };
}

/** The parameters under that prefix; where there are none and they are not required, the best ones. */
function parametersAs(
  prefix: string,
  model: Classifier,
  { tensors }: SafetensorsFile,
  { required = false } = {},
): Tensors {
  const isThere = Object.keys(tensors).some((name) => name.startsWith(prefix));
  return parametersFor(model, tensors, required || isThere ? prefix : "");
}

/**
 * Puts a fresh run of the same settings where the checkpoint left off.
 * @throws {SettingError} when the images are not those of the checkpoint
 */
export function resumeRun(run: Run, checkpoint: Checkpoint): Run {
  const { name, dataset, history } = checkpoint;
  if (run.dataset.trainCount !== dataset.trainCount || run.dataset.fingerprint !== dataset.fingerprint)
    throw new SettingError(
      `${name}: expected the ${dataset.trainCount} training images and labels that the run was started with, ` +
        `got ${run.dataset.trainCount} others; start a new run`,
    );
  if (run.history.stepsPerEpoch !== history.stepsPerEpoch)
    throw new SettingError(
      `${name}: expected ${run.history.stepsPerEpoch} steps per epoch from its settings, got ${history.stepsPerEpoch} in its history`,
    );
  readAs(name, () => {
    fillParameters(run.model, checkpoint.last);
    if (run.average && checkpoint.average) fillParameters(run.average.model, checkpoint.average);
    run.optimizer.restore(checkpoint.optimizer);
  });
  // Copies: training goes on with them, and the checkpoint may be resumed again.
  const { losses, epochs, stepsPerEpoch } = history;
  return { ...run, rng: new Rng(checkpoint.rng), history: { stepsPerEpoch, losses: [...losses], epochs: [...epochs] } };
}

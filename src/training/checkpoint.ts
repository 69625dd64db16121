/**
 * Checkpoints: safetensors with the model that did best on the validation images under its plain parameter names,
 * and beside it all that `test`, `predict` and resuming need. When the last epoch was not the best one, its
 * parameters are there as `last.W1` …; what the optimizer remembers is there as `velocity.W1` ….
 */

import type { ImageSize, Normalization } from "../data/index.ts";
import { imageLength } from "../data/index.ts";
import { FormatError } from "../errors.ts";
import { type Classifier, formatSafetensors, parseSafetensors } from "../models/index.ts";
import { fillParameters, modelFrom, parseJson } from "../models/serialize.ts";
import type { OptimizerState, Tensors } from "../optim/index.ts";
import { Rng, type Tensor } from "../tensor/index.ts";
import { bestEpoch, type History } from "./history.ts";
import type { Run } from "./run.ts";
import { checkSettings, type TrainSettings } from "./settings.ts";

export interface Checkpoint {
  readonly model: Classifier; // the best epoch's
  readonly settings: TrainSettings;
  readonly dataset: string; // as given to --dataset
  readonly image: ImageSize;
  readonly normalization: Normalization | undefined;
  readonly classNames: readonly string[];
  readonly epoch: number; // finished epochs
  readonly history: History;
  readonly rng: readonly number[]; // where the shuffling stands after that epoch
  readonly last: Tensors; // parameters after that epoch
  readonly optimizer: OptimizerState;
}

/** A copy of the parameters, to be kept while training goes on. */
export function copyParameters(model: Classifier): Tensors {
  return Object.fromEntries(Object.entries(model.parameters()).map(([name, w]) => [name, w.clone()]));
}

/**
 * @param best - parameters of the epoch that {@link bestEpoch} names
 * @param dataset - the name that finds the images again
 */
export function formatCheckpoint(run: Run, best: Tensors, dataset: string): Uint8Array {
  const { history } = run;
  const lastIsBest = bestEpoch(history)?.epoch === history.epochs.length;
  const { numbers, tensors } = run.optimizer.state();
  const metadata = {
    model: run.model.settings,
    settings: run.settings,
    dataset,
    image: run.image,
    mean: run.normalization?.mean ?? null,
    std: run.normalization?.std ?? null,
    classNames: run.classNames,
    epoch: history.epochs.length,
    seed: run.settings.seed,
    rng: run.rng.state,
    optimizer: { name: "sgd", numbers },
    history,
  };
  return formatSafetensors({
    tensors: { ...best, ...(lastIsBest ? {} : withPrefix("last.", run.model.parameters())), ...tensors },
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, JSON.stringify(value)])),
  });
}

/** @throws {FormatError} for a truncated or foreign file, metadata that contradicts the weights, weights that are not finite */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint {
  const file = parseSafetensors(bytes);
  for (const [name, { data }] of Object.entries(file.tensors))
    if (!data.every(Number.isFinite))
      throw new FormatError(`checkpoint: expected finite numbers, got NaN or Infinity in ${name}`);
  const model = modelFrom(file) as Classifier;
  const read = (name: string): unknown => {
    const text = file.metadata[name];
    if (text === undefined)
      throw new FormatError(`checkpoint: expected metadata ${name}; was it written by chainrule train?`);
    return parseJson(name, text);
  };
  const image = readImage(read("image"), model);
  const normalization = readNormalization(read("mean"), read("std"), image.channels);
  const classNames = read("classNames");
  if (!Array.isArray(classNames) || classNames.length !== model.settings.numClasses || !classNames.every(isText))
    throw new FormatError(`checkpoint: expected ${model.settings.numClasses} class names`);
  const dataset = read("dataset");
  const history = readHistory(read("history"));
  const rng = read("rng");
  if (!isText(dataset) || !isNumbers(rng) || rng.length !== 4 || read("epoch") !== history.epochs.length)
    throw new FormatError("checkpoint: expected a dataset name, four rng numbers, and one history record per epoch");

  const lastIsBest = file.tensors["last.W"] === undefined && file.tensors["last.W1"] === undefined;
  const lastModel = modelFrom(file) as Classifier;
  if (!lastIsBest) fillParameters(lastModel, file.tensors, "last.");
  return {
    model,
    settings: readSettings(read("settings")),
    dataset,
    image,
    normalization,
    classNames,
    epoch: history.epochs.length,
    history,
    rng,
    last: lastModel.parameters(),
    optimizer: { numbers: {}, tensors: file.tensors as Record<string, Tensor> },
  };
}

/** Puts a fresh run of the same settings where the checkpoint left off. */
export function resumeRun(run: Run, checkpoint: Checkpoint): Run {
  for (const [name, w] of Object.entries(run.model.parameters())) w.data.set(checkpoint.last[name]!.data);
  run.optimizer.restore(checkpoint.optimizer);
  return { ...run, rng: new Rng(checkpoint.rng), history: checkpoint.history };
}

function withPrefix(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, w]) => [prefix + name, w]));
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isFinite);

function readImage(value: unknown, model: Classifier): ImageSize {
  const { channels, height, width } = (value ?? {}) as ImageSize;
  const isSize = [channels, height, width].every((n) => Number.isSafeInteger(n) && n >= 1);
  if (!isSize || imageLength({ channels, height, width }) !== model.settings.inputDim)
    throw new FormatError(
      `checkpoint: expected an image size of ${model.settings.inputDim} numbers, got ${JSON.stringify(value)}`,
    );
  return { channels, height, width };
}

function readNormalization(mean: unknown, std: unknown, channels: number): Normalization | undefined {
  if (mean === null && std === null) return undefined;
  if (
    isNumbers(mean) &&
    isNumbers(std) &&
    mean.length === channels &&
    std.length === channels &&
    std.every((s) => s > 0)
  )
    return { mean, std };
  throw new FormatError(`checkpoint: expected mean and std > 0 of ${channels} channels`);
}

function readHistory(value: unknown): History {
  const { stepsPerEpoch, losses, epochs } = (value ?? {}) as Partial<History>;
  const isComplete =
    Number.isSafeInteger(stepsPerEpoch) &&
    isNumbers(losses) &&
    Array.isArray(epochs) &&
    losses.length === epochs.length * stepsPerEpoch! &&
    epochs.every((record, i) => record?.epoch === i + 1);
  if (!isComplete) throw new FormatError("checkpoint: expected a history of losses per step and records per epoch");
  return { stepsPerEpoch: stepsPerEpoch!, losses, epochs };
}

function readSettings(value: unknown): TrainSettings {
  try {
    return checkSettings((value ?? {}) as TrainSettings);
  } catch (error) {
    throw new FormatError(`checkpoint: ${(error as Error).message}`);
  }
}

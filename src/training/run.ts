/** A run: a dataset and settings become a model, an optimizer and examples, ready for {@link train}. */

import {
  channelStatistics,
  checkClassNames,
  type Dataset,
  type Examples,
  formatImageSize,
  type ImageSize,
  imageExamples,
  imageLength,
  type Normalization,
  splitTrainVal,
} from "../data/index.ts";
import { SettingError } from "../errors.ts";
import { type Classifier, LinearClassifier, TwoLayerNet } from "../models/index.ts";
import { SGD } from "../optim/index.ts";
import { createRng, type Rng } from "../tensor/index.ts";
import { type DatasetReference, referTo } from "./checkpoint-metadata.ts";
import type { History } from "./history.ts";
import { checkSettings, type TrainSettings } from "./settings.ts";
import { WeightAverage } from "./weight-average.ts";

export interface Run {
  readonly dataset: DatasetReference;
  readonly settings: TrainSettings;
  readonly image: ImageSize;
  readonly normalization: Normalization | undefined;
  readonly classNames: readonly string[];
  readonly model: Classifier;
  readonly average: WeightAverage | undefined;
  readonly optimizer: SGD;
  readonly train: Examples;
  readonly val: Examples;
  readonly rng: Rng; // shuffles the batches
  readonly history: History;
}

/**
 * One seed starts three streams: the split, the first weights, the shuffling. So the split stays the same when the
 * hidden size changes.
 *
 * @throws {SettingError} for settings out of range, or more images asked for than the dataset has
 * @throws {FormatError} for class names with line breaks or other control characters, blank or twice the same
 */
export function startRun(dataset: Dataset, settings: TrainSettings): Run {
  checkSettings(settings);
  checkClassNames("train", dataset.classNames); // a checkpoint has to hold them
  const { numVal, hiddenDim, weightScale, learningRate, momentum, averageDecay } = settings;
  const numTrain = settings.numTrain === "all" ? dataset.train.count - numVal : settings.numTrain;
  if (numTrain < 1 || numTrain + numVal > dataset.train.count)
    throw new SettingError(
      `train: expected numTrain + numVal <= ${dataset.train.count} images of ${dataset.name}, got ${settings.numTrain} + ${numVal}`,
    );
  const rng = createRng(settings.seed);
  const split = splitTrainVal(dataset.train, { numTrain, numVal, rng: rng.fork() });
  const normalization = settings.normalize ? channelStatistics(dataset.train, dataset, split.train) : undefined;
  const sizes = { inputDim: imageLength(dataset), numClasses: dataset.classNames.length, weightScale, rng: rng.fork() };
  const model: Classifier =
    hiddenDim === 0 ? new LinearClassifier(sizes) : (new TwoLayerNet({ ...sizes, hiddenDim }) as Classifier);
  const { channels, height, width } = dataset;
  const stepsPerEpoch = Math.ceil(numTrain / settings.batchSize);
  return {
    dataset: referTo(dataset),
    settings,
    image: { channels, height, width },
    normalization,
    classNames: dataset.classNames,
    model,
    average:
      averageDecay > 0
        ? new WeightAverage(model, { decay: averageDecay, interval: Math.min(8, stepsPerEpoch) })
        : undefined,
    optimizer: new SGD(model.parameters(), { learningRate, momentum }),
    train: imageExamples(dataset.train, dataset, split.train, normalization),
    val: imageExamples(dataset.train, dataset, split.val, normalization),
    rng: rng.fork(),
    history: { stepsPerEpoch, losses: [], epochs: [] },
  };
}

/**
 * Settings for this dataset: image counts that nobody asked for shrink to what a small dataset has.
 *
 * @param settings - a preset, for instance
 * @param given - settings that somebody did ask for; they replace the others and are taken at their word
 */
export function settingsFor(
  { train: { count } }: Dataset,
  settings: TrainSettings,
  given: Partial<TrainSettings> = {},
): TrainSettings {
  const numVal = given.numVal ?? Math.min(settings.numVal, Math.max(1, Math.floor(count / 5)));
  const fewer = settings.numTrain === "all" ? "all" : Math.max(1, Math.min(settings.numTrain, count - numVal));
  return checkSettings({ ...settings, ...given, numVal, numTrain: given.numTrain ?? fewer });
}

/** The model that is evaluated and kept: the average, where there is one. */
export function evaluatedModel({
  model,
  average,
}: {
  model: Classifier;
  average?: WeightAverage | undefined;
}): Classifier {
  return average?.model ?? model;
}

/** @throws {SettingError} when a model made for other images or classes is given this dataset */
export function checkDatasetFits(
  dataset: Dataset,
  { name, image, classNames }: { name: string; image: ImageSize; classNames: readonly string[] },
): void {
  if (formatImageSize(image) !== formatImageSize(dataset))
    throw new SettingError(
      `${name}: expected images of ${formatImageSize(image)}, got ${dataset.name} with ${formatImageSize(dataset)}; choose the dataset it was trained on`,
    );
  if (classNames.join() !== dataset.classNames.join())
    throw new SettingError(
      `${name}: expected the ${classNames.length} classes ${classNames.join(", ")}, got ${dataset.name} with ${dataset.classNames.join(", ")}`,
    );
}

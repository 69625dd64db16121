/** A run: a dataset and settings become a model, an optimizer and examples, ready for {@link train}. */

import {
  channelStatistics,
  checkClassNames,
  type Dataset,
  type Examples,
  fitWhitening,
  formatImageSize,
  type ImageSize,
  imageLength,
  inputLength,
  type Preprocessing,
  preprocessedExamples,
  splitTrainVal,
  type TrainingExamples,
  type TrainValSplit,
  trainingExamples,
  type Whitening,
} from "../data/index.ts";
import { SettingError } from "../errors.ts";
import { type Classifier, createModel } from "../models/index.ts";
import { createOptimizer, type Optimizer, type Schedule, scheduleWithWarmup } from "../optim/index.ts";
import { createRng, type Rng } from "../tensor/index.ts";
import { type DatasetReference, referTo } from "./checkpoint-metadata.ts";
import type { History } from "./history.ts";
import { checkSettings, mergeSettings, type TrainSettings } from "./settings.ts";
import { WeightAverage } from "./weight-average.ts";

export interface Run extends Preprocessing {
  readonly dataset: DatasetReference;
  readonly settings: TrainSettings;
  readonly image: ImageSize;
  readonly classNames: readonly string[];
  readonly model: Classifier;
  readonly average: WeightAverage | undefined;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Which of the dataset's training images are trained on, and which validate. */
  readonly split: TrainValSplit;
  readonly train: TrainingExamples;
  readonly val: Examples;
  readonly rng: Rng; // shuffles the batches
  readonly history: History;
}

export interface StartOptions {
  /** Fitted to the same images before, by the run that goes on; default: fit it now. */
  readonly whitening?: Whitening | undefined;
  /** Called now and then while images are prepared, which takes a while with whitening. */
  readonly onPreparing?: (what: "whitening" | "projecting", share: number) => void;
}

/**
 * One seed starts four streams: the split, the first weights, the shuffling, the whitening. So the split stays the same when
 * the hidden size changes. What happens in a step, augmentation and dropout, follows from the seed and the number of the step.
 *
 * @throws {SettingError} for settings out of range, or more images asked for than the dataset has
 * @throws {FormatError} for class names with line breaks or other control characters, blank or twice the same
 */
export function startRun(dataset: Dataset, settings: TrainSettings, options: StartOptions = {}): Run {
  checkSettings(settings);
  checkClassNames("train", dataset.classNames); // a checkpoint has to hold them
  const { numVal, weightScale, averageDecay, whiten, augment, optimizer: optimizerName, epochs } = settings;
  const { hiddenDims, activation, norm, dropout } = settings;
  const numTrain = settings.numTrain === "all" ? dataset.train.count - numVal : settings.numTrain;
  if (numTrain < 1 || numTrain + numVal > dataset.train.count)
    throw new SettingError(
      `train: expected numTrain + numVal <= ${dataset.train.count} images of ${dataset.name}, got ${settings.numTrain} + ${numVal}`,
    );
  if (whiten > imageLength(dataset))
    throw new SettingError(
      `train: expected whiten <= ${imageLength(dataset)}, the numbers of an image of ${formatImageSize(dataset)}, got ${whiten}`,
    );
  const rng = createRng(settings.seed);
  const split = splitTrainVal(dataset.train, { numTrain, numVal, rng: rng.fork() });
  const [weightsRng, shuffleRng, whiteningRng] = [rng.fork(), rng.fork(), rng.fork()];
  const [set, trained] = [dataset.train, split.train];
  const onProgress = (share: number): void => options.onPreparing?.("whitening", share);
  const fit = { components: whiten, rng: whiteningRng, onProgress };
  const preprocessing: Preprocessing =
    whiten > 0
      ? { whitening: options.whitening ?? fitWhitening(set, dataset, trained, fit) }
      : { normalization: settings.normalize ? channelStatistics(set, dataset, trained) : undefined };
  const numClasses = dataset.classNames.length;
  const model = createModel({
    ...{ inputDim: inputLength(dataset, preprocessing), hiddenDims, activation, norm, dropout, numClasses },
    ...{ weightScale, rng: weightsRng },
  });
  const { channels, height, width } = dataset;
  const stepsPerEpoch = Math.ceil(numTrain / settings.batchSize);
  return {
    dataset: referTo(dataset),
    settings,
    image: { channels, height, width },
    ...preprocessing,
    classNames: dataset.classNames,
    model,
    average:
      averageDecay > 0
        ? new WeightAverage(model, { decay: averageDecay, interval: Math.min(8, stepsPerEpoch) })
        : undefined,
    optimizer: createOptimizer(optimizerName, model.parameters(), { ...settings, decayed: model.decayed() }),
    schedule: scheduleWithWarmup(settings.schedule, settings.warmup, epochs * stepsPerEpoch),
    split,
    train: trainingExamples(set, dataset, trained, preprocessing, {
      augmentation: augment,
      numClasses,
      onProgress: (share) => options.onPreparing?.("projecting", share),
    }),
    val: preprocessedExamples(set, dataset, split.val, preprocessing),
    rng: shuffleRng,
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
  const numTrain = given.numTrain ?? fewer;
  return checkSettings({ ...mergeSettings(settings, given), numVal, numTrain });
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

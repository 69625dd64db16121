import { type Augmentation, checkAugmentation } from "../data/index.ts";
import { checkInteger, checkName, checkNumber, checkShare, SettingError, show } from "../errors.ts";
import { activationNames } from "../layers/index.ts";
import { type InitName, initializations, type NormName, normNames } from "../models/index.ts";
import { optimizerNames, type ScheduleName, schedules } from "../optim/index.ts";

/** All that decides a run, besides the images: the same settings and data give the same weights on the same kernels. */
export interface TrainSettings {
  readonly numTrain: number | "all"; // training images; "all" takes what validation leaves
  readonly numVal: number; // validation images, drawn from the training part of the dataset
  readonly hiddenDims: readonly number[]; // units of each hidden layer; none trains a linear classifier
  readonly activation: string; // of every hidden layer: relu, gelu, …
  readonly norm: NormName; // before each activation: none, batch or layer
  readonly dropout: number; // after each activation, 0 … <1
  readonly batchSize: number;
  readonly epochs: number;
  readonly patience: number; // stop after so many epochs without a better one; 0 never does
  readonly optimizer: string; // sgd, nesterov, adamw, …
  readonly learningRate: number; // the highest of the run
  readonly schedule: ScheduleName; // how the learning rate falls over the run
  readonly warmup: number; // share of the run during which it rises first, 0 … <1
  readonly momentum: number; // 0 … <1: sgd, nesterov and rmsprop
  readonly weightDecay: number; // adamw's own, per unit of learning rate
  readonly reg: number; // strength of the L2 penalty
  readonly clip: number; // largest norm of all gradients together; 0 for none
  readonly labelSmoothing: number; // share of every target that is spread over all classes, 0 … <1
  readonly averageDecay: number; // per step, 0 … <1: the moving average of the weights is evaluated and kept; 0 for none
  readonly weightScale: number | InitName; // standard deviation of the first weights, or a rule for it
  readonly normalize: boolean; // subtract the training images' mean and divide by their std, per channel
  readonly whiten: number; // this many whitened principal components instead; 0 for none
  readonly augment: Augmentation; // how images are changed at random in training
  readonly seed: number;
}

export type PresetName = "untuned" | "tuned" | "overfit" | "deep";

/** What the two-layer presets leave alone. */
const plain = {
  activation: "relu",
  norm: "none",
  dropout: 0,
  patience: 0,
  optimizer: "sgd",
  warmup: 0,
  weightDecay: 0,
  clip: 0,
  labelSmoothing: 0,
  whiten: 0,
  augment: {},
  seed: 442,
} as const;

/** Settings worth starting from. */
export const presets: Readonly<Record<PresetName, TrainSettings>> = {
  /** The homework's starting point: weights and steps so small that the loss only creeps. */
  untuned: {
    ...plain,
    numTrain: 20_000,
    numVal: 1000,
    hiddenDims: [16],
    batchSize: 128,
    epochs: 10,
    learningRate: 1e-4,
    schedule: "constant",
    momentum: 0,
    reg: 1,
    averageDecay: 0,
    weightScale: 1e-3,
    normalize: false,
  },
  /** The best two-layer settings we found; docs/training.md has the search. */
  tuned: {
    ...plain,
    numTrain: "all",
    numVal: 5000,
    hiddenDims: [512],
    batchSize: 128,
    epochs: 14,
    learningRate: 0.02,
    schedule: "linear",
    momentum: 0.9,
    reg: 5e-3,
    averageDecay: 0.995,
    weightScale: "he",
    normalize: true,
  },
  /** So few images that the network learns them by heart: train accuracy climbs, val accuracy does not follow. */
  overfit: {
    ...plain,
    numTrain: 500,
    numVal: 1000,
    hiddenDims: [128],
    batchSize: 50,
    epochs: 20,
    learningRate: 0.02,
    schedule: "constant",
    momentum: 0.9,
    reg: 0,
    averageDecay: 0,
    weightScale: "he",
    normalize: true,
  },
  /** The best that ten minutes on two cores give with nothing but fully-connected layers; docs/training.md has the search. */
  deep: {
    ...plain,
    numTrain: "all",
    numVal: 5000,
    hiddenDims: [1024, 1024],
    norm: "batch",
    dropout: 0.35,
    batchSize: 256,
    epochs: 150,
    optimizer: "nesterov",
    learningRate: 0.2,
    schedule: "cosine",
    momentum: 0.9,
    reg: 5e-4,
    labelSmoothing: 0.1,
    averageDecay: 0.999,
    weightScale: "he",
    normalize: false,
    whiten: 600,
    augment: { mirror: true, shift: 2 },
  },
};

const withMomentum = ["sgd", "nesterov", "rmsprop"];

/** @throws {SettingError} naming the first setting outside its range, or two that do not go together */
export function checkSettings(settings: TrainSettings): TrainSettings {
  const { numTrain, hiddenDims, weightScale, optimizer, momentum, weightDecay } = settings;
  if (numTrain !== "all") checkInteger("train", "numTrain", numTrain, 1);
  checkInteger("train", "numVal", settings.numVal, 1);
  if (!Array.isArray(hiddenDims) || hiddenDims.length > 100)
    throw new SettingError(`train: expected hiddenDims to be a list of at most 100 sizes, got ${show(hiddenDims)}`);
  for (const dim of hiddenDims) checkInteger("train", "hiddenDims", dim, 1);
  checkName("train", "activation", settings.activation, activationNames());
  checkName("train", "norm", settings.norm, normNames);
  checkShare("train", "dropout", settings.dropout);
  checkInteger("train", "batchSize", settings.batchSize, 1);
  checkInteger("train", "epochs", settings.epochs, 1);
  checkInteger("train", "patience", settings.patience, 0);
  checkName("train", "optimizer", optimizer, optimizerNames());
  checkNumber("train", "learningRate", settings.learningRate, { positive: true });
  checkName("train", "schedule", settings.schedule, Object.keys(schedules));
  checkShare("train", "warmup", settings.warmup);
  checkShare("train", "momentum", momentum);
  checkNumber("train", "weightDecay", weightDecay);
  checkNumber("train", "reg", settings.reg);
  checkNumber("train", "clip", settings.clip);
  checkShare("train", "labelSmoothing", settings.labelSmoothing);
  checkShare("train", "averageDecay", settings.averageDecay);
  if (typeof weightScale === "number") checkNumber("train", "weightScale", weightScale);
  else checkName("train", "weightScale", weightScale, Object.keys(initializations));
  checkInteger("train", "whiten", settings.whiten, 0);
  checkAugmentation(settings.augment);
  checkInteger("train", "seed", settings.seed, 0, 2 ** 32 - 1);
  if (momentum > 0 && !withMomentum.includes(optimizer))
    throw new SettingError(`train: expected momentum 0 with ${optimizer}, which has none, got ${momentum}`);
  if (momentum === 0 && optimizer === "nesterov")
    throw new SettingError("train: expected momentum > 0 with nesterov, got 0");
  if (weightDecay > 0 && optimizer !== "adamw")
    throw new SettingError(`train: expected weightDecay 0 with ${optimizer}, got ${weightDecay}; use reg, or adamw`);
  if (settings.warmup > 0 && settings.schedule === "one-cycle")
    throw new SettingError(`train: expected warmup 0 with one-cycle, which has its own, got ${settings.warmup}`);
  return settings;
}

/** Settings with some replaced by what somebody asked for; momentum goes where the optimizer asked for has none. */
export function mergeSettings(settings: TrainSettings, given: Partial<TrainSettings>): TrainSettings {
  const merged = { ...settings, ...given };
  const { optimizer } = merged;
  const momentum = given.momentum ?? (withMomentum.includes(optimizer) ? settings.momentum : 0);
  const weightDecay = given.weightDecay ?? (optimizer === "adamw" ? settings.weightDecay : 0);
  return { ...merged, momentum, weightDecay };
}

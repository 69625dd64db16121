import { checkInteger, checkName, checkNumber, checkShare } from "../errors.ts";
import { type ScheduleName, schedules } from "../optim/index.ts";

/** All that decides a run, besides the images: the same settings and data give the same weights on the same kernels. */
export interface TrainSettings {
  readonly numTrain: number | "all"; // training images; "all" takes what validation leaves
  readonly numVal: number; // validation images, drawn from the training part of the dataset
  readonly hiddenDim: number; // H; 0 trains a linear classifier
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly schedule: ScheduleName; // how the learning rate falls over the run
  readonly momentum: number; // 0 … <1
  readonly reg: number; // strength of the L2 penalty
  readonly averageDecay: number; // per step, 0 … <1: the moving average of the weights is evaluated and kept; 0 for none
  readonly weightScale: number | "he"; // standard deviation of the first weights
  readonly normalize: boolean; // subtract the training images' mean and divide by their std, per channel
  readonly seed: number;
}

export type PresetName = "untuned" | "tuned" | "overfit";

/** Settings worth starting from. */
export const presets: Readonly<Record<PresetName, TrainSettings>> = {
  /** The homework's starting point: weights and steps so small that the loss only creeps. */
  untuned: {
    numTrain: 20_000,
    numVal: 1000,
    hiddenDim: 16,
    batchSize: 128,
    epochs: 10,
    learningRate: 1e-4,
    schedule: "constant",
    momentum: 0,
    reg: 1,
    averageDecay: 0,
    weightScale: 1e-3,
    normalize: false,
    seed: 442,
  },
  /** The best two-layer settings we found; docs/training.md has the search. */
  tuned: {
    numTrain: "all",
    numVal: 5000,
    hiddenDim: 512,
    batchSize: 128,
    epochs: 14,
    learningRate: 0.02,
    schedule: "linear",
    momentum: 0.9,
    reg: 5e-3,
    averageDecay: 0.995,
    weightScale: "he",
    normalize: true,
    seed: 442,
  },
  /** So few images that the network learns them by heart: train accuracy climbs, val accuracy does not follow. */
  overfit: {
    numTrain: 500,
    numVal: 1000,
    hiddenDim: 128,
    batchSize: 50,
    epochs: 20,
    learningRate: 0.02,
    schedule: "constant",
    momentum: 0.9,
    reg: 0,
    averageDecay: 0,
    weightScale: "he",
    normalize: true,
    seed: 442,
  },
};

/** @throws {SettingError} naming the first setting outside its range */
export function checkSettings(settings: TrainSettings): TrainSettings {
  const { numTrain, weightScale } = settings;
  if (numTrain !== "all") checkInteger("train", "numTrain", numTrain, 1);
  checkInteger("train", "numVal", settings.numVal, 1);
  checkInteger("train", "hiddenDim", settings.hiddenDim, 0);
  checkInteger("train", "batchSize", settings.batchSize, 1);
  checkInteger("train", "epochs", settings.epochs, 1);
  checkNumber("train", "learningRate", settings.learningRate, { positive: true });
  checkName("train", "schedule", settings.schedule, Object.keys(schedules));
  checkShare("train", "momentum", settings.momentum);
  checkNumber("train", "reg", settings.reg);
  checkShare("train", "averageDecay", settings.averageDecay);
  if (weightScale !== "he") checkNumber("train", "weightScale", weightScale);
  checkInteger("train", "seed", settings.seed, 0, 2 ** 32 - 1);
  return settings;
}

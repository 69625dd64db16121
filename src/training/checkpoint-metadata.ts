/** The metadata of a checkpoint, read with suspicion: every field is checked before anything is built from it. */
import {
  type Dataset,
  fingerprint,
  type ImageSize,
  imageLength,
  type Normalization,
  type Whitening,
} from "../data/index.ts";
import { FormatError, show } from "../errors.ts";
import type { ModelSettings } from "../models/index.ts";
import type { DType, Tensor } from "../tensor/index.ts";
import type { EpochRecord, History } from "./history.ts";
import { checkSettings, type TrainSettings } from "./settings.ts";

/** Which images a run is trained on, so that resuming finds them and knows them again. */
export interface DatasetReference {
  readonly name: string;
  readonly folder: string | null; // where it was read from; null when it is built in
  readonly trainCount: number; // images in the training part
  readonly fingerprint: number; // of the training part
}

export function referTo(dataset: Dataset): DatasetReference {
  const { name, folder = null, train } = dataset;
  return { name, folder, trainCount: train.count, fingerprint: fingerprint(train) };
}

const isText = (value: unknown): value is string => typeof value === "string" && !/\p{Cc}/u.test(value);
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isFinite);

export function readText(name: string, value: unknown): string {
  if (isText(value)) return value;
  throw new FormatError(`expected ${name} to be a line of text, got ${show(value)}`);
}

/** What the optimizer remembers besides tensors. */
export function readNumbers(optimizer: unknown): Record<string, number> {
  const { numbers } = (optimizer ?? {}) as { numbers?: Record<string, number> };
  if (typeof numbers === "object" && numbers !== null && isNumbers(Object.values(numbers))) return numbers;
  throw new FormatError(`expected optimizer to have numbers, got ${show(optimizer)}`);
}

export function readDataset(value: unknown): DatasetReference {
  const { name, folder, trainCount, fingerprint } = (value ?? {}) as DatasetReference;
  if (isText(name) && (folder === null || isText(folder)) && isNumbers([trainCount, fingerprint]))
    return { name, folder, trainCount, fingerprint };
  throw new FormatError("expected dataset to have a name, a folder or null, trainCount and fingerprint");
}

export function readClassNames(value: unknown, numClasses: number): string[] {
  if (Array.isArray(value) && value.length === numClasses && value.every(isText)) return value;
  throw new FormatError(`expected ${numClasses} class names`);
}

/** The state of xoroshiro128+: four 32-bit whole numbers, not all zero. */
export function readRngState(value: unknown): number[] {
  if (isNumbers(value) && value.length === 4 && value.every((n) => n === (n | 0)) && value.some((n) => n !== 0))
    return value;
  throw new FormatError("expected rng to be four 32-bit whole numbers, not all zero");
}

/** @param length - numbers per image */
export function readImage(value: unknown, length: number): ImageSize {
  const { channels, height, width } = (value ?? {}) as ImageSize;
  const isSize = [channels, height, width].every((n) => Number.isSafeInteger(n) && n >= 1);
  if (isSize && imageLength({ channels, height, width }) === length) return { channels, height, width };
  throw new FormatError(`expected an image size of ${length} numbers, got ${show(value)}`);
}

export function readNormalization(mean: unknown, std: unknown, channels: number): Normalization | undefined {
  if (mean === null && std === null) return undefined;
  const isPerChannel = (value: unknown): value is number[] => isNumbers(value) && value.length === channels;
  if (isPerChannel(mean) && isPerChannel(std) && std.every((s) => s > 0)) return { mean, std };
  throw new FormatError(`expected mean and std > 0 of ${channels} channels`);
}

export function readHistory(value: unknown, losses: Tensor<DType> | undefined): History {
  const { stepsPerEpoch, epochs } = (value ?? {}) as Partial<History>;
  const isComplete =
    Number.isSafeInteger(stepsPerEpoch) &&
    Array.isArray(epochs) &&
    epochs.every((record, i) => record?.epoch === i + 1 && isRecord(record)) &&
    losses?.size === epochs.length * stepsPerEpoch!;
  if (isComplete) return { stepsPerEpoch: stepsPerEpoch!, losses: [...losses.data], epochs: epochs!.map(withLosses) };
  throw new FormatError("expected a history of losses per step and records per epoch");
}

function isRecord({ loss, trainAccuracy, valAccuracy, learningRate, seconds }: EpochRecord): boolean {
  return isNumbers([loss, trainAccuracy, valAccuracy, learningRate, seconds]);
}

/** Checkpoints of earlier versions told the data loss from the penalty only in their sum, and knew no val loss. */
function withLosses(record: EpochRecord): EpochRecord {
  const { dataLoss, regLoss, valLoss } = record;
  return {
    ...record,
    dataLoss: dataLoss ?? Number.NaN,
    regLoss: regLoss ?? Number.NaN,
    valLoss: valLoss ?? Number.NaN,
  };
}

/** What a checkpoint of an earlier version, which does not say, was trained with. */
const earlier = {
  ...{ averageDecay: 0, activation: "relu", norm: "none", dropout: 0, patience: 0, optimizer: "sgd", warmup: 0 },
  ...{ weightDecay: 0, clip: 0, labelSmoothing: 0, whiten: 0, augment: {} },
} as const;

export function readSettings(value: unknown, model: ModelSettings): TrainSettings {
  const { hiddenDim, ...given } = (value ?? {}) as Partial<TrainSettings> & { hiddenDim?: unknown };
  const hiddenDims = given.hiddenDims ?? (hiddenDim === 0 ? [] : [hiddenDim as number]);
  const settings = { ...earlier, ...given, hiddenDims } as TrainSettings;
  checkSettings(settings);
  if (typeof settings.normalize !== "boolean")
    throw new FormatError(`expected normalize to be true or false, got ${show(settings.normalize)}`);
  const dims = hiddenDimsOf(model);
  if (settings.hiddenDims.join() === dims.join()) return settings;
  throw new FormatError(
    `expected hiddenDims ${show(dims)} in the settings, as in the model, got ${show(settings.hiddenDims)}`,
  );
}

/** The sizes of all fully-connected layers but the last. */
function hiddenDimsOf({ hiddenDim, layers = [] }: ModelSettings): unknown[] {
  if (hiddenDim !== undefined) return [hiddenDim];
  return layers
    .filter(({ kind }) => kind === "fc")
    .slice(0, -1)
    .map(({ outputDim }) => outputDim);
}

/** Whitening as tensors of a checkpoint. */
export function whiteningTensors({ mean, components, isOdd }: Whitening): Record<string, Tensor<DType>> {
  return { "whitening.mean": mean, "whitening.components": components, "whitening.isOdd": isOdd };
}

/** @param k - how many components there must be */
export function readWhitening(tensors: Readonly<Record<string, Tensor<DType>>>, k: number): Whitening {
  const [mean, components, isOdd] = ["mean", "components", "isOdd"].map((name) => tensors[`whitening.${name}`]);
  const D = mean?.size ?? 0;
  const isRight =
    mean?.dtype === "float32" &&
    mean.shape.join() === `${D}` &&
    components?.dtype === "float32" &&
    components.shape.join() === `${D},${k}` &&
    isOdd?.dtype === "uint8" &&
    isOdd.shape.join() === `${k}`;
  if (isRight) return { mean, components, isOdd } as unknown as Whitening;
  throw new FormatError(
    `expected tensors whitening.mean (D), whitening.components (D, ${k}) and whitening.isOdd (${k})`,
  );
}

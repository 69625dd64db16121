/** The metadata of a checkpoint, read with suspicion: every field is checked before anything is built from it. */
import { type Dataset, fingerprint, type ImageSize, imageLength, type Normalization } from "../data/index.ts";
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

export function readImage(value: unknown, { inputDim }: ModelSettings): ImageSize {
  const { channels, height, width } = (value ?? {}) as ImageSize;
  const isSize = [channels, height, width].every((n) => Number.isSafeInteger(n) && n >= 1);
  if (isSize && imageLength({ channels, height, width }) === inputDim) return { channels, height, width };
  throw new FormatError(`expected an image size of ${inputDim} numbers, got ${show(value)}`);
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
  if (isComplete) return { stepsPerEpoch: stepsPerEpoch!, losses: [...losses.data], epochs: epochs! };
  throw new FormatError("expected a history of losses per step and records per epoch");
}

function isRecord({ loss, trainAccuracy, valAccuracy, learningRate, seconds }: EpochRecord): boolean {
  return isNumbers([loss, trainAccuracy, valAccuracy, learningRate, seconds]);
}

export function readSettings(value: unknown, model: ModelSettings): TrainSettings {
  const settings = { averageDecay: 0, ...(value as Partial<TrainSettings>) } as TrainSettings;
  checkSettings(settings);
  if (typeof settings.normalize !== "boolean")
    throw new FormatError(`expected normalize to be true or false, got ${show(settings.normalize)}`);
  const hiddenDim = model.hiddenDim ?? 0;
  if (settings.hiddenDim === hiddenDim) return settings;
  throw new FormatError(`expected hiddenDim ${hiddenDim} in the settings, as in the model, got ${settings.hiddenDim}`);
}

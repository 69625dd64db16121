/**
 * How images become batches: as they are, for evaluation; changed at random, for training. The two are different things, so
 * that accuracy is never measured on changed images.
 */
import { kernels } from "../kernels/index.ts";
import { createRng, type Rng, Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { type Augmentation, allShifts, augmentImage, type Change, changeImage, mixUp } from "./augmentation.ts";
import { type ImageSet, type ImageSize, imageLength } from "./dataset.ts";
import { type Batch, type Examples, imageExamples } from "./examples.ts";
import type { Normalization } from "./normalization.ts";
import type { Whitening } from "./whitening.ts";

/** What training reads. */
export interface TrainingExamples {
  readonly count: number;
  /**
   * @param rows - numbers from 0 to count − 1
   * @param rng - of the step: decides how the images are changed
   * @returns the examples in that order; overwritten by the next call
   */
  batch(rows: Int32Array, rng: Rng): TrainingBatch;
  /** The same images unchanged, for measuring; left out where these are unchanged themselves. */
  readonly plain?: Examples;
}

/** Examples, and where some are mixed the share of every class in each, (n, C). */
export interface TrainingBatch extends Batch {
  readonly targets?: Tensor;
}

/** What turns pixels into the numbers that a model sees; nothing leaves pixels 0…1. */
export interface Preprocessing {
  readonly normalization?: Normalization | undefined;
  readonly whitening?: Whitening | undefined; // instead of normalization
}

/** Numbers per example after preprocessing. */
export function inputLength(size: ImageSize, { whitening }: Preprocessing): number {
  return whitening ? whitening.isOdd.size : imageLength(size);
}

/** The images at `indices` as the model sees them; with `mirrored`, their mirrors. */
export function preprocessedExamples(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  { normalization, whitening }: Preprocessing,
  { mirrored = false }: { readonly mirrored?: boolean } = {},
): Examples {
  const plain = whitening
    ? whitened(imageExamples(set, size, indices, undefined), whitening)
    : imageExamples(set, size, indices, normalization);
  if (!mirrored) return plain;
  return {
    count: plain.count,
    batch(rows) {
      const batch = plain.batch(rows);
      return { ...batch, x: whitening ? negateOdd(batch.x, whitening) : mirrorPixels(batch.x, size) };
    },
  };
}

/** Pixels 0…1 to white numbers: one product, with the mean taken off as a bias. */
function whitened(pixels: Examples, { mean, components }: Whitening): Examples {
  const [D = 0, k = 0] = components.shape;
  const [w, bias] = [toKernelMemory(components), toKernelMemory(zeros([k]))];
  kernels().gemm({ m: 1, n: k, k: D, alpha: -1, a: mean.data, b: w.data, out: bias.data });
  let out = toKernelMemory(zeros([0, k])); // for the largest batch so far
  return {
    count: pixels.count,
    batch(rows) {
      const { x, labels } = pixels.batch(rows);
      const n = rows.length;
      if (out.shape[0]! < n) out = toKernelMemory(zeros([n, k]));
      const white = out.rows(0, n);
      kernels().gemm({ m: n, n: k, k: D, a: x.data, b: w.data, bias: bias.data, out: white.data });
      return { x: white, labels };
    },
  };
}

function negateOdd(x: Tensor, { isOdd }: Whitening): Tensor {
  const k = isOdd.size;
  for (let i = 0; i < x.size; i++) if (isOdd.data[i % k] === 1) x.data[i] = -x.data[i]!;
  return x;
}

function mirrorPixels(x: Tensor, { width }: ImageSize): Tensor {
  for (let start = 0; start < x.size; start += width) x.data.subarray(start, start + width).reverse();
  return x;
}

export interface TrainingExamplesOptions {
  readonly augmentation: Augmentation;
  readonly numClasses: number; // C, for mixed targets
  readonly onProgress?: (share: number) => void; // of the preparation, which takes a while with whitening
}

/** The images at `indices` as training reads them. */
export function trainingExamples(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  preprocessing: Preprocessing,
  { augmentation, numClasses, onProgress }: TrainingExamplesOptions,
): TrainingExamples {
  const { mirror = false, shift = 0, jitter = 0, cutout = 0, mixup } = augmentation;
  const { whitening } = preprocessing;
  const plain = preprocessedExamples(set, size, indices, preprocessing);
  const examples = (): TrainingExamples => {
    if (!mirror && shift === 0 && jitter === 0 && cutout === 0) return plain;
    if (whitening && jitter === 0 && cutout === 0 && shift <= mostShift)
      return projectedExamples(set, size, indices, whitening, augmentation, onProgress);
    return changedExamples(set, size, indices, preprocessing, augmentation);
  };
  const source = examples();
  if (mixup === undefined) return { ...source, plain };
  return {
    count: source.count,
    plain,
    batch(rows, rng) {
      const { x, labels } = source.batch(rows, rng);
      const targets = zeros([rows.length, numClasses]);
      mixUp(x, labels.data, targets, mixup, rng);
      return { x, labels, targets };
    },
  };
}

/** Changed one by one, as bytes, for every batch. */
function changedExamples(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  preprocessing: Preprocessing,
  augmentation: Augmentation,
): TrainingExamples {
  const read = changedReader(set, size, indices, preprocessing);
  return {
    count: indices.length,
    batch: (rows, rng) => read(rows, (image, out) => augmentImage(image, size, augmentation, rng, out)),
  };
}

type ChangedReader = (rows: Int32Array, change: (image: Uint8Array, out: Uint8Array) => void) => Batch;

/** Reads the images at some of the `indices` after a change of their bytes, as the model sees them. */
function changedReader(
  { images, labels }: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  preprocessing: Preprocessing,
): ChangedReader {
  const D = imageLength(size);
  let capacity = 0; // images in the buffer below
  let [changed, ownLabels] = [new Uint8Array(0), new Uint8Array(0)];
  let all = new Int32Array(0);
  let examples: Examples | undefined;
  return (rows, change) => {
    if (!examples || capacity < rows.length) {
      capacity = rows.length;
      [changed, ownLabels] = [new Uint8Array(capacity * D), new Uint8Array(capacity)];
      all = Int32Array.from({ length: capacity }, (_, i) => i);
      const set = { images: changed, labels: ownLabels, count: capacity };
      examples = preprocessedExamples(set, size, all, preprocessing);
    }
    rows.forEach((row, i) => {
      const index = indices[row]!;
      change(images.subarray(index * D, (index + 1) * D), changed.subarray(i * D, (i + 1) * D));
      ownLabels[i] = labels[index]!;
    });
    return examples.batch(all.subarray(0, rows.length));
  };
}

/** Shifts beyond this are projected anew for every batch: there would be too many to keep. */
const mostShift = 2;

/**
 * White numbers of every image at every shift, projected once and kept as bytes, so that a step pays nothing for them; a mirror
 * is a change of signs. A byte stands for 1/127 of a component's largest number: its rounding is a few hundredths of the
 * spread.
 */
function projectedExamples(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  whitening: Whitening,
  { mirror = false, shift = 0 }: Augmentation,
  onProgress?: (share: number) => void,
): TrainingExamples {
  const shifts = allShifts(shift);
  const k = whitening.isOdd.size;
  const count = indices.length;
  const read = changedReader(set, size, indices, { whitening });
  const project: Project = (rows, change) => read(rows, (image, out) => changeImage(image, size, change, out)).x.data;
  const largest = largestNumbers(project, shifts, count, k);
  const [scale, mirroredScale] = [new Float32Array(k), new Float32Array(k)];
  for (let c = 0; c < k; c++) {
    scale[c] = largest[c]! / 127;
    mirroredScale[c] = whitening.isOdd.data[c] === 1 ? -scale[c]! : scale[c]!;
  }
  const tables = shifts.map((change, s) => {
    const table = new Int8Array(count * k);
    for (let start = 0; start < count; start += atOnce) {
      const n = Math.min(atOnce, count - start);
      const rows = Int32Array.from({ length: n }, (_, i) => start + i);
      toBytes(project(rows, change), scale, table, start * k);
      onProgress?.((s + (start + n) / count) / shifts.length);
    }
    return table;
  });
  let out = toKernelMemory(zeros([0, k]));
  return {
    count,
    batch(rows, rng) {
      const n = rows.length;
      if (out.shape[0]! < n) out = toKernelMemory(zeros([n, k]));
      const x = out.rows(0, n);
      const { data } = x;
      for (let i = 0; i < n; i++) {
        const table = tables[shifts.length === 1 ? 0 : rng.integer(0, shifts.length - 1)]!;
        const factors = mirror && rng.integer(0, 1) === 1 ? mirroredScale : scale;
        const from = rows[i]! * k;
        for (let c = 0, to = i * k; c < k; c++, to++) data[to] = table[from + c]! * factors[c]!;
      }
      const labels = Int32Array.from(rows, (row) => set.labels[indices[row]!]!);
      return { x, labels: new Tensor(labels, [n], "int32") };
    },
  };
}

const atOnce = 500; // images

/** Gives the white numbers, (n, k), of some images, all changed in one way. */
type Project = (rows: Int32Array, change: Change) => Float32Array;

/** The largest distance from 0 in each column, over a sample of images at every shift. */
function largestNumbers(project: Project, shifts: readonly Change[], count: number, k: number): Float32Array {
  const largest = new Float32Array(k).fill(1e-6);
  const rng = createRng(0);
  for (const change of shifts) {
    const values = project(rng.permutation(count).slice(0, atOnce), change);
    for (let i = 0; i < values.length; i++) largest[i % k] = Math.max(largest[i % k]!, Math.abs(values[i]!));
  }
  return largest;
}

/** Rounds to multiples of each column's scale; what lies further out than the sample did becomes its largest number. */
function toBytes(values: Float32Array, scale: Float32Array, table: Int8Array, at: number): void {
  const k = scale.length;
  const inverse = scale.map((one) => 1 / one);
  for (let row = 0; row < values.length; row += k)
    for (let c = 0; c < k; c++) {
      const value = Math.round(values[row + c]! * inverse[c]!);
      table[at + row + c] = value < -127 ? -127 : value > 127 ? 127 : value;
    }
}

/** Numbered examples that come as batches: what the sampler, the training loop and the evaluation read. */
import { formatShape, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/index.ts";
import { checkLabels, type Labels } from "../layers/index.ts";
import { allocate, type DType, Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { type ImageSet, type ImageSize, imageLength } from "./dataset.ts";
import { byteScaling, type Normalization } from "./normalization.ts";

/** Some examples and their labels, in the same order. */
export interface Batch<D extends DType = "float32"> {
  readonly x: Tensor<D>; // (n, …)
  readonly labels: Tensor<"int32">; // (n)
}

export interface Examples<D extends DType = "float32"> {
  readonly count: number;
  /**
   * @param rows - numbers from 0 to count − 1
   * @returns the examples in that order; `x` may be overwritten by the next call
   */
  batch(rows: Int32Array): Batch<D>;
}

/**
 * The rows of a tensor as examples.
 *
 * @param x - (N, …)
 * @param labels - N whole numbers >= 0
 * @throws {ShapeError} when there are not N labels, or `x` is a single number
 */
export function tensorExamples<D extends DType>(x: Tensor<D>, labels: Labels, who = "tensorExamples"): Examples<D> {
  const [count, ...rest] = x.shape;
  if (count === undefined) throw new ShapeError(`${who}: expected x of shape (N, …), got ()`);
  const shape = "shape" in labels ? labels.shape : [labels.length];
  if (shape.length !== 1 || shape[0] !== count)
    throw new ShapeError(`${who}: expected labels of shape (N) with N=${count}, got ${formatShape(shape)}`);
  const checked = checkLabels(who, labels, count, 2 ** 31);
  const length = count === 0 ? 0 : x.size / count;
  return {
    count,
    batch(rows) {
      const data = allocate(x.dtype, rows.length * length);
      rows.forEach((row, i) => {
        data.set(x.data.subarray(row * length, (row + 1) * length), i * length);
      });
      return { x: new Tensor(data, [rows.length, ...rest], x.dtype), labels: pickLabels(checked, rows) };
    },
  };
}

/**
 * The images at `indices` as examples, (n, D) with D = channels·height·width. Their bytes become scaled floats one batch at
 * a time, in a buffer that the next batch overwrites.
 *
 * @param normalization - per channel; `undefined` leaves pixels 0…1
 * @throws {ShapeError} for statistics of another number of channels
 * @throws {SettingError} for an index outside the set, when a batch with it is read
 */
export function imageExamples(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  normalization: Normalization | undefined,
): Examples {
  const D = imageLength(size);
  const scaling = byteScaling(size.channels, normalization);
  let buffer = toKernelMemory(zeros([0, D])); // for the largest batch so far
  return {
    count: indices.length,
    batch(rows) {
      if (buffer.shape[0]! < rows.length) buffer = toKernelMemory(zeros([rows.length, D]));
      const picked = rows.map((row) => indices[row]!);
      const x = buffer.rows(0, rows.length);
      kernels().gatherBytes({
        bytes: set.images,
        indices: picked,
        channels: size.channels,
        plane: size.height * size.width,
        ...scaling,
        out: x.data,
      });
      return { x, labels: pickLabels(set.labels, picked) };
    },
  };
}

/** The first `limit` examples. */
export function firstExamples<D extends DType>(examples: Examples<D>, limit: number): Examples<D> {
  return { count: Math.min(limit, examples.count), batch: (rows) => examples.batch(rows) };
}

function pickLabels(labels: ArrayLike<number>, rows: Int32Array): Tensor<"int32"> {
  return new Tensor(
    rows.map((row) => labels[row]!),
    [rows.length],
    "int32",
  );
}

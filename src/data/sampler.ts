import { checkInteger, formatShape, ShapeError } from "../errors.ts";
import { checkLabels, type Labels } from "../layers/index.ts";
import { allocate, type DType, type Rng, Tensor } from "../tensor/index.ts";

/**
 * One epoch: every number 0 … count−1 once, in random order, `batchSize` at a time; the last batch may be smaller.
 *
 * @throws {SettingError} for a batch size that is not a whole number >= 1
 */
export function* batchIndices(count: number, batchSize: number, rng: Rng): Generator<Int32Array, void, undefined> {
  checkInteger("batchIndices", "count", count, 0);
  checkInteger("batchIndices", "batchSize", batchSize, 1);
  const order = rng.permutation(count);
  for (let start = 0; start < count; start += batchSize) yield order.slice(start, start + batchSize);
}

/** Some examples and their labels, in the same order. */
export interface Batch<D extends DType = "float32"> {
  readonly x: Tensor<D>; // (n, …)
  readonly labels: Tensor<"int32">; // (n)
}

/**
 * Shuffled batches of examples. Every `for … of` is one epoch: each example once, in a new order, the last batch
 * smaller when `batchSize` does not divide the number of examples.
 *
 *     for (const { x, labels } of new DataSampler(images, labels, { batchSize: 128, rng })) …
 */
export class DataSampler<D extends DType = "float32"> {
  readonly x: Tensor<D>;
  readonly labels: Int32Array;
  readonly batchSize: number;
  readonly #rng: Rng;

  /**
   * @param x - examples, (N, …)
   * @param labels - N whole numbers
   * @param options.batchSize - a whole number >= 1; may exceed N
   * @throws {ShapeError} when there are not N labels, or `x` is a single number
   * @throws {SettingError} for a wrong batch size
   */
  constructor(x: Tensor<D>, labels: Labels, { batchSize, rng }: { batchSize: number; rng: Rng }) {
    checkInteger("DataSampler", "batchSize", batchSize, 1);
    if (x.shape.length === 0) throw new ShapeError("DataSampler: expected x of shape (N, …), got ()");
    const shape = "shape" in labels ? labels.shape : [labels.length];
    if (shape.length !== 1 || shape[0] !== x.shape[0])
      throw new ShapeError(`DataSampler: expected labels of shape (N) with N=${x.shape[0]}, got ${formatShape(shape)}`);
    this.x = x;
    this.labels = checkLabels("DataSampler", labels, x.shape[0]!, 2 ** 31);
    this.batchSize = batchSize;
    this.#rng = rng;
  }

  /** Batches per epoch. */
  get length(): number {
    return Math.ceil(this.x.shape[0]! / this.batchSize);
  }

  *[Symbol.iterator](): Generator<Batch<D>, void, undefined> {
    for (const indices of batchIndices(this.x.shape[0]!, this.batchSize, this.#rng)) {
      const labels = indices.map((index) => this.labels[index]!);
      yield { x: pickRows(this.x, indices), labels: new Tensor(labels, [labels.length], "int32") };
    }
  }
}

function pickRows<D extends DType>(x: Tensor<D>, indices: Int32Array): Tensor<D> {
  const [rows = 0, ...rest] = x.shape;
  const length = rows === 0 ? 0 : x.size / rows;
  const data = allocate(x.dtype, indices.length * length);
  for (let i = 0; i < indices.length; i++)
    data.set(x.data.subarray(indices[i]! * length, (indices[i]! + 1) * length), i * length);
  return new Tensor(data, [indices.length, ...rest], x.dtype);
}

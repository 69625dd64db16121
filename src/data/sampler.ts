import { checkInteger } from "../errors.ts";
import type { Labels } from "../layers/index.ts";
import type { DType, Rng, Tensor } from "../tensor/index.ts";
import { type Batch, type Examples, tensorExamples } from "./examples.ts";

export interface SamplerOptions {
  readonly batchSize: number; // a whole number >= 1; may exceed the number of examples
  readonly rng: Rng; // shuffles the examples
}

/**
 * One epoch: every example once, in random order, `batchSize` at a time; the last batch may be smaller.
 *
 * @throws {SettingError} for a batch size that is not a whole number >= 1
 */
export function* batches<D extends DType>(
  examples: Examples<D>,
  { batchSize, rng }: SamplerOptions,
): Generator<Batch<D>, void, undefined> {
  checkInteger("batches", "batchSize", batchSize, 1);
  const order = rng.permutation(examples.count);
  for (let start = 0; start < order.length; start += batchSize)
    yield examples.batch(order.slice(start, start + batchSize));
}

/**
 * Shuffled batches of tensors. Every `for … of` is one epoch: each example once, in a new order, the last batch smaller when
 * `batchSize` does not divide the number of examples.
 *
 *     for (const { x, labels } of new DataSampler(images, labels, { batchSize: 128, rng })) …
 */
export class DataSampler<D extends DType = "float32"> {
  readonly #examples: Examples<D>;
  readonly #options: SamplerOptions;

  /**
   * @param x - examples, (N, …)
   * @param labels - N whole numbers >= 0
   * @throws {ShapeError} when there are not N labels, or `x` is a single number
   * @throws {SettingError} for a wrong batch size
   */
  constructor(x: Tensor<D>, labels: Labels, options: SamplerOptions) {
    checkInteger("DataSampler", "batchSize", options.batchSize, 1);
    this.#examples = tensorExamples(x, labels, "DataSampler");
    this.#options = options;
  }

  /** Batches per epoch. */
  get length(): number {
    return Math.ceil(this.#examples.count / this.#options.batchSize);
  }

  [Symbol.iterator](): Generator<Batch<D>, void, undefined> {
    return batches(this.#examples, this.#options);
  }
}

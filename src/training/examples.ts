import {
  gatherImages,
  gatherLabels,
  type ImageSet,
  type ImageSize,
  imageLength,
  type Normalization,
} from "../data/index.ts";
import { kept, Tensor, zeros } from "../tensor/index.ts";

/** Numbered examples that come as batches: what the training loop and the evaluation read. */
export interface Examples {
  readonly count: number;
  /**
   * @param rows - numbers from 0 to count − 1
   * @returns the examples in that order; `x` may be written over by the next call
   */
  batch(rows: Int32Array): { readonly x: Tensor; readonly labels: Tensor<"int32"> };
}

/** Some images of a set as examples; their bytes become scaled floats one batch at a time, in a buffer that is kept. */
export function imageExamples(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  normalization: Normalization | undefined,
): Examples {
  const D = imageLength(size);
  let buffer = kept(zeros([0])); // as long as the largest batch so far
  const bufferFor = (rows: number): Tensor => {
    if (buffer.size < rows * D) buffer = kept(zeros([rows * D]));
    return new Tensor(buffer.data.subarray(0, rows * D), [rows, D], "float32");
  };
  return {
    count: indices.length,
    batch(rows) {
      const picked = rows.map((row) => indices[row]!);
      const x = gatherImages(set, size, picked, { normalization, out: bufferFor(rows.length) });
      return { x, labels: gatherLabels(set, picked) };
    },
  };
}

/** The first `limit` examples. */
export function firstExamples(examples: Examples, limit: number): Examples {
  return { count: Math.min(limit, examples.count), batch: (rows) => examples.batch(rows) };
}

import {
  gatherImages,
  gatherLabels,
  type ImageSet,
  type ImageSize,
  imageLength,
  type Normalization,
} from "../data/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { kept, zeros } from "../tensor/index.ts";

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
  const buffers = new Map<number, Tensor>(); // by batch size: at most the usual one and a smaller last one
  const bufferFor = (rows: number): Tensor => {
    const known = buffers.get(rows);
    if (known) return known;
    if (buffers.size >= 2) buffers.clear();
    const made = kept(zeros([rows, imageLength(size)]));
    buffers.set(rows, made);
    return made;
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

import { kernels } from "../kernels/index.ts";
import { checkShape, Tensor, zeros } from "../tensor/index.ts";
import { type ImageSet, type ImageSize, imageLength } from "./dataset.ts";
import { byteScaling, type Normalization } from "./normalization.ts";

/**
 * A batch as the model wants it: the images at `indices`, scaled to float32 in one pass.
 *
 * @param indices - (N), into the set
 * @param options.normalization - per channel; without it pixels are 0…1
 * @param options.out - (N, D), written over and returned; without it a new tensor is made
 * @returns (N, D) with D = channels·height·width
 * @throws {ShapeError} for an index outside the set, or an `out` of another shape
 */
export function gatherImages(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  { normalization, out }: { normalization?: Normalization | undefined; out?: Tensor | undefined } = {},
): Tensor {
  const shape = [indices.length, imageLength(size)];
  if (out) checkShape("gatherImages", "out", out, "(N, D)", shape, ` with N=${shape[0]}, D=${shape[1]}`);
  // A batch lives for one step: ordinary memory is given back sooner than the kernels' own.
  const x = out ?? zeros(shape);
  kernels().gatherBytes({
    bytes: set.images,
    indices,
    channels: size.channels,
    plane: size.height * size.width,
    ...byteScaling(size.channels, normalization),
    out: x.data,
  });
  return x;
}

/** The labels at `indices`, as {@link softmaxLoss} takes them. */
export function gatherLabels(set: ImageSet, indices: Int32Array): Tensor<"int32"> {
  return new Tensor(
    indices.map((index) => set.labels[index]!),
    [indices.length],
    "int32",
  );
}

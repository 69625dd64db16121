import { SettingError, ShapeError } from "../errors.ts";
import type { ImageSet, ImageSize } from "./dataset.ts";

/** Pixels 0…1 become `(pixel − mean) / std`, per channel. */
export interface Normalization {
  readonly mean: readonly number[]; // (channels), of pixels 0…1
  readonly std: readonly number[]; // (channels), > 0
}

/**
 * Mean and standard deviation (population) of every channel over pixels 0…1 of the images at `indices`: give it the
 * training split only, or the model has seen the images it is judged by. A channel that never varies gets std 1, so
 * that it becomes 0 and not NaN.
 *
 * @throws {SettingError} for no images, or an index outside the set
 */
export function channelStatistics(
  set: ImageSet,
  size: ImageSize,
  indices: ArrayLike<number>,
): { mean: number[]; std: number[] } {
  if (indices.length === 0) throw new SettingError("channelStatistics: expected at least 1 image, got 0");
  const plane = size.height * size.width;
  const sums = new Float64Array(size.channels); // exact: whole numbers below 2⁵³
  const squares = new Float64Array(size.channels);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(Number.isInteger(index) && index >= 0 && index < set.count))
      throw new SettingError(`channelStatistics: expected indices from 0 to ${set.count - 1}, got ${index}`);
    for (let c = 0; c < size.channels; c++) {
      const start = (index * size.channels + c) * plane;
      let sum = 0;
      let square = 0;
      for (let p = start; p < start + plane; p++) {
        const byte = set.images[p]!;
        sum += byte;
        square += byte * byte;
      }
      sums[c]! += sum;
      squares[c]! += square;
    }
  }
  const pixels = indices.length * plane;
  const mean = Array.from(sums, (sum) => sum / pixels / 255);
  const std = Array.from(squares, (square, c) => {
    const variance = (square - (sums[c]! * sums[c]!) / pixels) / pixels;
    return variance > 1e-9 ? Math.sqrt(variance) / 255 : 1;
  });
  return { mean, std };
}

/**
 * The same as one multiplication and one addition per byte: `byte · scale + shift`.
 *
 * @param normalization - `undefined` leaves pixels as they are, 0…1
 * @throws {ShapeError} unless there is one finite mean and one std > 0 per channel
 */
export function byteScaling(
  channels: number,
  normalization: Normalization | undefined,
): { scale: Float32Array; shift: Float32Array } {
  const mean = normalization?.mean ?? new Array<number>(channels).fill(0);
  const std = normalization?.std ?? new Array<number>(channels).fill(1);
  if (mean.length !== channels || std.length !== channels)
    throw new ShapeError(
      `normalization: expected mean and std of ${channels} channels, got ${mean.length} and ${std.length}`,
    );
  if (!mean.every(Number.isFinite) || !std.every((s) => Number.isFinite(s) && s > 0))
    throw new ShapeError(`normalization: expected finite mean and std > 0, got mean [${mean}] and std [${std}]`);
  return {
    scale: Float32Array.from(std, (s) => 1 / (255 * s)),
    shift: Float32Array.from(mean, (m, c) => -m / std[c]!),
  };
}

import { SettingError, ShapeError } from "../errors.ts";
import { type ImageSet, type ImageSize, imageLength } from "./dataset.ts";

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
  const length = imageLength(size);
  const plane = size.height * size.width;
  const sums = new Float64Array(size.channels); // exact: whole numbers below 2⁵³
  const squares = new Float64Array(size.channels);
  const moments = byteMoments(set.images, plane);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(index >= 0 && index < set.count))
      throw new SettingError(`channelStatistics: expected indices from 0 to ${set.count - 1}, got ${index}`);
    for (let c = 0; c < size.channels; c++) {
      const start = index * length + c * plane;
      const [sum, square] = moments(start, start + plane);
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
 * Adds up bytes and their squares from start up to end: four at a time through a Uint32Array, where `plane` and the place
 * of the bytes in their buffer are multiples of four.
 */
function byteMoments(bytes: Uint8Array, plane: number): (start: number, end: number) => [sum: number, squares: number] {
  if ((bytes.byteOffset | plane) % 4 !== 0)
    return (start, end) => {
      let sum = 0;
      let squares = 0;
      for (let p = start; p < end; p++) {
        sum += bytes[p]!;
        squares += bytes[p]! * bytes[p]!;
      }
      return [sum, squares];
    };
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
  const wordsPerBlock = 128; // until 16 bits are full: 128 · 2 · 255 < 2¹⁶
  return (start, end) => {
    let sum = 0;
    let squares = 0;
    for (let from = start / 4; from < end / 4; from += wordsPerBlock) {
      const to = Math.min(from + wordsPerBlock, end / 4);
      let pairs = 0; // two sums side by side
      let square = 0;
      for (let i = from; i < to; i++) {
        const word = words[i]!;
        pairs += (word & 0xff00ff) + ((word >>> 8) & 0xff00ff);
        const a = word & 255;
        const b = (word >>> 8) & 255;
        const c = (word >>> 16) & 255;
        const d = word >>> 24;
        square += a * a + b * b + c * c + d * d;
      }
      sum += (pairs & 0xffff) + (pairs >>> 16);
      squares += square;
    }
    return [sum, squares];
  };
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

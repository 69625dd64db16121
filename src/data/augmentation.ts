/**
 * Images changed at random before a step, so that no step sees the same ones: on bytes, from a generator of that step, so that
 * the same step gets the same images.
 */
import { checkInteger, checkShare, SettingError } from "../errors.ts";
import type { Rng, Tensor } from "../tensor/index.ts";
import type { ImageSize } from "./dataset.ts";

export interface Augmentation {
  readonly mirror?: boolean; // left and right change places in half of the images
  readonly shift?: number; // up to so many pixels to either side, the edge repeated; a whole number >= 0
  readonly jitter?: number; // brightness and contrast change by up to this share, 0 … <1
  readonly cutout?: number; // a square of so many pixels becomes grey; a whole number >= 0
  readonly mixup?: number; // > 0: alpha of the Beta distribution that pairs of examples are mixed by
}

export const augmentationNames: readonly (keyof Augmentation)[] = ["mirror", "shift", "jitter", "cutout", "mixup"];

/** The same without what is 0 or false: not at all. */
export function withoutZeros(augmentation: Augmentation): Augmentation {
  return Object.fromEntries(Object.entries(augmentation).filter(([, value]) => Boolean(value)));
}

/** What happens to one image. */
export interface Change {
  readonly mirrored: boolean;
  readonly right: number; // pixels, negative to the left
  readonly down: number; // pixels, negative upwards
}

/** @throws {SettingError} naming the first setting out of range */
export function checkAugmentation({ shift = 0, jitter = 0, cutout = 0, mixup = 1 }: Augmentation): void {
  checkInteger("augmentation", "shift", shift, 0);
  checkShare("augmentation", "jitter", jitter);
  checkInteger("augmentation", "cutout", cutout, 0);
  if (!(Number.isFinite(mixup) && mixup > 0)) throw new SettingError(`augmentation: expected mixup > 0, got ${mixup}`);
}

/** Draws what happens to the next image. */
export function drawChange({ mirror = false, shift = 0 }: Augmentation, rng: Rng): Change {
  const offset = (): number => (shift === 0 ? 0 : rng.integer(-shift, shift));
  return { right: offset(), down: offset(), mirrored: mirror && rng.integer(0, 1) === 1 };
}

/**
 * Writes a changed copy of one image: shifted, then mirrored.
 * @param image - (channels·height·width) bytes
 */
export function changeImage(
  image: Uint8Array,
  { channels, height, width }: ImageSize,
  { mirrored, right, down }: Change,
  out: Uint8Array,
): void {
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++) {
      const fromRow = (c * height + clamp(y - down, height)) * width;
      const toRow = (c * height + y) * width;
      for (let x = 0; x < width; x++)
        out[toRow + x] = image[fromRow + clamp((mirrored ? width - 1 - x : x) - right, width)]!;
    }
}

function clamp(at: number, length: number): number {
  return at < 0 ? 0 : at >= length ? length - 1 : at;
}

/** All changes of bytes that the settings ask for, in their order: shift, mirror, jitter, cutout. */
export function augmentImage(
  image: Uint8Array,
  size: ImageSize,
  augmentation: Augmentation,
  rng: Rng,
  out: Uint8Array,
): void {
  changeImage(image, size, drawChange(augmentation, rng), out);
  const { jitter = 0, cutout = 0 } = augmentation;
  if (jitter > 0) jitterColours(out, jitter, rng);
  if (cutout > 0) cutSquare(out, size, cutout, rng);
}

/** Brightness moves by up to `jitter` of the range, contrast around the image's mean by up to the factor 1 ± jitter. */
function jitterColours(image: Uint8Array, jitter: number, rng: Rng): void {
  const brightness = 255 * jitter * (2 * rng.uniform() - 1);
  const contrast = 1 + jitter * (2 * rng.uniform() - 1);
  let sum = 0;
  for (let p = 0; p < image.length; p++) sum += image[p]!;
  const mean = sum / image.length;
  for (let p = 0; p < image.length; p++) {
    const value = Math.round(mean + contrast * (image[p]! - mean) + brightness);
    image[p] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

/** DeVries & Taylor 2017, "Improved regularization of convolutional neural networks with cutout": a square, cut off at the edges. */
function cutSquare(image: Uint8Array, { channels, height, width }: ImageSize, side: number, rng: Rng): void {
  const top = rng.integer(0, height - 1) - Math.floor(side / 2);
  const left = rng.integer(0, width - 1) - Math.floor(side / 2);
  for (let c = 0; c < channels; c++)
    for (let y = Math.max(0, top); y < Math.min(height, top + side); y++)
      for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) image[(c * height + y) * width + x] = 128;
}

/**
 * Mixes every example of a batch with another one of it, in place:
 * `x ← share · x + (1 − share) · x[partner]`, and the targets likewise; one share for the whole batch.
 *
 * Source: Zhang et al. 2018, "mixup: beyond empirical risk minimization".
 *
 * @param x - (N, D)
 * @param labels - N whole numbers, 0 … C−1
 * @param targets - (N, C), written: rows that sum to 1
 * @param alpha - > 0: the share is drawn from Beta(alpha, alpha)
 */
export function mixUp(x: Tensor, labels: ArrayLike<number>, targets: Tensor, alpha: number, rng: Rng): void {
  const [N = 0, D = 0] = x.shape;
  const C = targets.shape[1]!;
  const share = drawBeta(alpha, rng);
  const partners = rng.permutation(N);
  const before = x.data.slice();
  targets.data.fill(0);
  for (let i = 0; i < N; i++) {
    const partner = partners[i]!;
    for (let p = 0; p < D; p++) x.data[i * D + p] = share * before[i * D + p]! + (1 - share) * before[partner * D + p]!;
    targets.data[i * C + labels[i]!]! += share;
    targets.data[i * C + labels[partner]!]! += 1 - share;
  }
}

/** Beta(alpha, alpha), as two Gamma variables; Marsaglia & Tsang 2000, "A simple method for generating gamma variables". */
function drawBeta(alpha: number, rng: Rng): number {
  const [a, b] = [drawGamma(alpha, rng), drawGamma(alpha, rng)];
  return a + b > 0 ? a / (a + b) : 0.5;
}

function drawGamma(shape: number, rng: Rng): number {
  if (shape < 1) return drawGamma(shape + 1, rng) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = rng.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Every shift that `shift` allows, from the top left. */
export function allShifts(shift: number): Change[] {
  const side = Array.from({ length: 2 * shift + 1 }, (_, i) => i - shift);
  return side.flatMap((down) => side.map((right) => ({ mirrored: false, right, down })));
}

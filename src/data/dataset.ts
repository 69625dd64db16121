/**
 * Labelled images as bytes. They stay uint8 in memory and on disk; a batch becomes float32 only when it is
 * gathered (`batch.ts`). Sizes and class names come with the data.
 */
import { FormatError, show } from "../errors.ts";

export interface ImageSize {
  readonly channels: number; // 1 grey, 3 red-green-blue
  readonly height: number; // pixels
  readonly width: number; // pixels
}

export interface ImageSet {
  readonly images: Uint8Array; // (N, channels·height·width), 0…255; one plane after another, rows from the top
  readonly labels: Uint8Array; // (N), 0 … C−1
  readonly count: number; // N
}

export interface Dataset extends ImageSize {
  readonly name: string;
  readonly classNames: readonly string[]; // C of them
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly folder?: string; // where it was read from, absolute; left out when it was not read from disk
}

/** Is this a name that fits on a line: not blank, no line breaks, tabs or other control characters? */
export function isPlainName(name: unknown): name is string {
  return typeof name === "string" && name.trim() !== "" && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
}

/** @throws {FormatError} unless there are 2 to 256 different names (a label is one byte), each a plain one */
export function checkClassNames(who: string, names: readonly unknown[]): string[] {
  if (names.length < 2 || names.length > 256)
    throw new FormatError(`${who}: expected 2 to 256 class names, got ${names.length}`);
  for (const [c, name] of names.entries()) {
    if (!isPlainName(name)) throw new FormatError(`${who}: expected class names of one line each, got ${show(name)}`);
    if (names.indexOf(name) < c)
      throw new FormatError(`${who}: expected class names that differ, got ${show(name)} twice`);
  }
  return names as string[];
}

/** Numbers per image, D = channels·height·width. */
export function imageLength({ channels, height, width }: ImageSize): number {
  return channels * height * width;
}

/** An image size for people: `3×32×32`. */
export function formatImageSize({ channels, height, width }: ImageSize): string {
  return `${channels}×${height}×${width}`;
}

/**
 * The set as it is, after checking that its sizes agree and that every label names a class.
 *
 * @param who - starts the message, for instance `train-labels-idx1-ubyte.gz`
 * @throws {FormatError} naming the first wrong label or the sizes that disagree
 */
export function checkImageSet(who: string, set: ImageSet, size: ImageSize, numClasses: number): ImageSet {
  const { images, labels, count } = set;
  if (labels.length !== count)
    throw new FormatError(`${who}: expected ${count} labels for ${count} images, got ${labels.length}`);
  if (images.length !== count * imageLength(size))
    throw new FormatError(
      `${who}: expected ${count * imageLength(size)} bytes for ${count} images of ${formatImageSize(size)}, got ${images.length}`,
    );
  const wrong = labels.findIndex((label) => label >= numClasses);
  if (wrong >= 0)
    throw new FormatError(
      `${who}: expected labels from 0 to ${numClasses - 1}, got ${labels[wrong]} at image ${wrong}`,
    );
  return set;
}

/**
 * A 32-bit number that changes when the set does: all labels and a sample of the pixels, hashed (FNV-1a).
 * It tells an honest mistake, not a forgery.
 */
export function fingerprint({ images, labels }: ImageSet): number {
  let hash = 0x811c9dc5;
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (const label of labels) add(label);
  const stride = Math.max(1, Math.floor(images.length / 100_003));
  for (let i = 0; i < images.length; i += stride) add(images[i]!);
  return hash >>> 0;
}

/** The images at `indices`, in that order, copied. */
export function pickImages(set: ImageSet, size: ImageSize, indices: ArrayLike<number>): ImageSet {
  const length = imageLength(size);
  const images = new Uint8Array(indices.length * length);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * length;
    images.set(set.images.subarray(from, from + length), i * length);
    labels[i] = set.labels[indices[i]!]!;
  }
  return { images, labels, count: indices.length };
}

/** Image files to the bytes a dataset holds. */
import { readFileSync, statSync } from "node:fs";
import type { Sharp, SharpOptions } from "sharp";
import { type ImageSize, imageLength } from "../data/index.ts";
import { UserError } from "./user-mistake.ts";

type SharpFunction = (input: Uint8Array, options?: SharpOptions) => Sharp;
/** Pixels as sharp gives them: all channels of one pixel, then the next. */
type Raw = { readonly data: Uint8Array; readonly info: { readonly channels: number } };
let loading: Promise<SharpFunction> | undefined;

/** sharp, loaded at the first use and set up for many small images: parallel between images, not inside one. */
export function loadSharp(): Promise<SharpFunction> {
  loading ??= import("sharp").then(({ default: sharp }) => {
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  });
  return loading;
}

/** Most pixels of an image file, 100 megapixels: decoded they take 300 MB. */
const mostPixels = 1e8;
const longestSide = 65_535; // pixels, the most a JPEG has: scaling takes memory in proportion to the width
const mostBytes = 2 ** 28; // of an image file

/** The first bytes of what may be decoded, whatever the file is called: other decoders are slower or less safe. */
const signatures: readonly RegExp[] = [/^\x89PNG/, /^\xff\xd8\xff/, /^GIF8/, /^RIFF.{4}WEBP/s];

/**
 * Any PNG, JPEG, WebP or GIF (its first frame) as bytes of one size: turned upright as its EXIF data says, scaled
 * to cover `size` and cropped in the middle, transparency on white, grey or colour as `size.channels` (1 or 3) asks.
 *
 * @returns (channels·height·width) bytes, one plane after another
 * @throws {UserError} for a file that cannot be decoded: truncated, of another format, larger than 100 megapixels
 */
export async function decodeImage(path: string, size: ImageSize): Promise<Uint8Array> {
  const sharp = await loadSharp();
  // Reading small files here is quicker than a round trip through the thread pool, which is busy decoding.
  const bytes = readImage(path);
  const { data, info } = await decode(sharp, bytes, size).catch((error: Error) => {
    throw new UserError(`cannot read ${path} as an image: ${error.message.split("\n")[0]}`);
  });
  const planes = new Uint8Array(imageLength(size));
  const plane = size.height * size.width;
  for (let c = 0; c < size.channels; c++) {
    const from = Math.min(c, info.channels - 1); // a grey image in a dataset of colour fills all planes
    for (let p = 0; p < plane; p++) planes[c * plane + p] = data[p * info.channels + from]!;
  }
  return planes;
}

function readImage(path: string): Uint8Array {
  const refuse = (reason: string): never => {
    throw new UserError(`cannot read ${path} as an image: ${reason}`);
  };
  const found = statSync(path, { throwIfNoEntry: false }) ?? refuse("no such file");
  if (!found.isFile()) refuse("it is a folder, a pipe or a device");
  if (found.size > mostBytes) refuse(`expected at most ${mostBytes} bytes, got ${found.size}`);
  const bytes = readFileSync(path);
  const start = bytes.toString("latin1", 0, 12);
  if (!signatures.some((signature) => signature.test(start))) refuse("expected a PNG, JPEG, WebP or GIF file");
  return bytes;
}

async function decode(sharp: SharpFunction, bytes: Uint8Array, { channels, height, width }: ImageSize): Promise<Raw> {
  const image = sharp(bytes, { failOn: "error", limitInputPixels: false });
  const header = await image.metadata(); // nothing is decoded yet
  if (header.width * header.height > mostPixels || Math.max(header.width, header.height) > longestSide)
    throw new Error(
      `expected at most ${mostPixels / 1e6} million pixels and sides up to ${longestSide}, got ${header.width}×${header.height}`,
    );
  return image
    .autoOrient()
    .resize(width, height, { fit: "cover" })
    .flatten({ background: "#ffffff" })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
}

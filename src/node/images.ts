/** Image files to the bytes a dataset holds. */
import { readFileSync } from "node:fs";
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

/**
 * Any PNG, JPEG, WebP or GIF (its first frame) as bytes of one size: turned upright as its EXIF data says, scaled
 * to cover `size` and cropped in the middle, transparency on white, grey or colour as `size.channels` (1 or 3) asks.
 *
 * @returns (channels·height·width) bytes, one plane after another
 * @throws {UserError} for a file that cannot be decoded, truncated ones included
 */
export async function decodeImage(path: string, size: ImageSize): Promise<Uint8Array> {
  const sharp = await loadSharp();
  // Reading small files here is quicker than a round trip through the thread pool, which is busy decoding.
  const bytes = readFileSync(path);
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

async function decode(sharp: SharpFunction, bytes: Uint8Array, { channels, height, width }: ImageSize): Promise<Raw> {
  return sharp(bytes, { failOn: "error" })
    .autoOrient()
    .resize(width, height, { fit: "cover" })
    .flatten({ background: "#ffffff" })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
}

import { encode } from "fast-png";
import type { ImageSize } from "../data/index.ts";
import { ShapeError } from "../errors.ts";

/**
 * A small image for use inside a drawing.
 * @param image - bytes 0…255, one plane per channel, rows from the top, as in an `ImageSet`
 * @param size - 1 channel for grey or 3 for red, green and blue
 * @returns `data:image/png;base64,…`
 * @throws {ShapeError} when bytes and size disagree, or for another number of channels
 */
export function pngDataUri(image: ArrayLike<number>, { channels, height, width }: ImageSize): string {
  const plane = height * width;
  if ((channels !== 1 && channels !== 3) || image.length !== channels * plane)
    throw new ShapeError(
      `imageGrid: expected channels·height·width bytes with 1 or 3 channels, got ${image.length} bytes for ${channels}×${height}×${width}`,
    );
  const data = Uint8Array.from(
    { length: image.length },
    (_, i) => image[(i % channels) * plane + Math.floor(i / channels)]!,
  );
  const bytes = encode({ width, height, data, channels });
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return `data:image/png;base64,${btoa(binary)}`;
}

/** Animations: a still drawing and, over it, what changes from frame to frame. */
import { extname } from "node:path";
import { writeFile } from "./files.ts";
import { svgToPixels } from "./picture.ts";
import { UserError } from "./user-mistake.ts";

export interface Animation {
  /** pixels */
  readonly width: number;
  readonly height: number;
  /** SVG of what all frames have in common, with a background */
  readonly still: string;
  /** SVGs on a transparent ground, all of the same size as `still`; at least one */
  readonly frames: readonly string[];
  /** how long a frame is shown, default 80; GIF counts in hundredths of a second */
  readonly frameMilliseconds?: number;
  /** how long the last one is, default 2500 */
  readonly lastMilliseconds?: number;
}

/** As many frames as are drawn in one go: the renderer loads its fonts once for all of them. */
const batchSize = 20;

/** @throws {UserError} when `path` does not end in .gif */
export function checkGifPath(path: string): void {
  if (extname(path).toLowerCase() !== ".gif")
    throw new UserError(`cannot write ${path}: expected an animation ending in .gif`);
}

/**
 * Writes an endlessly repeated GIF without dithering, so that text and axes stay crisp and still.
 * @returns whether an older file was replaced
 */
export async function writeGif(path: string, animation: Animation): Promise<boolean> {
  checkGifPath(path);
  const { width, height, frames, frameMilliseconds = 80, lastMilliseconds = 2500 } = animation;
  const ground = dropAlpha((await svgToPixels(animation.still)).pixels);
  const pages = new Uint8Array(frames.length * ground.length);
  for (let first = 0; first < frames.length; first += batchSize) {
    const batch = frames.slice(first, first + batchSize);
    const layers = (await svgToPixels(stack(batch, width, height))).pixels;
    const layerBytes = 4 * width * height;
    for (let k = 0; k < batch.length; k++) {
      const page = pages.subarray((first + k) * ground.length, (first + k + 1) * ground.length);
      page.set(ground);
      overlay(layers.subarray(k * layerBytes, (k + 1) * layerBytes), page);
    }
  }
  const { default: sharp } = await import("sharp");
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  const delay = frames.map((_, i) => (i === frames.length - 1 ? lastMilliseconds : frameMilliseconds));
  const gif = await sharp(pages, { raw, limitInputPixels: false })
    .gif({ delay, loop: 0, dither: 0, effort: 1, colours: 64, interPaletteMaxError: 256 }) // one palette for all frames
    .toBuffer();
  return writeFile(path, gif);
}

/** The drawings below each other as one. */
function stack(drawings: readonly string[], width: number, height: number): string {
  const placed = drawings.map((svg, i) => svg.replace("<svg ", `<svg y="${i * height}" `));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height * drawings.length}">${placed.join("")}</svg>`;
}

/** Paints a layer of premultiplied RGBA over the RGB already in `page`; most of a layer is empty. */
function overlay(layer: Uint8Array, page: Uint8Array): void {
  const pixels = new Uint32Array(layer.buffer, layer.byteOffset, layer.length / 4);
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] === 0) continue;
    const through = (255 - layer[4 * i + 3]!) / 255;
    for (let c = 0; c < 3; c++) page[3 * i + c] = layer[4 * i + c]! + through * page[3 * i + c]!;
  }
}

function dropAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, o = 0; i < rgba.length; i += 4) for (let c = 0; c < 3; c++) rgb[o++] = rgba[i + c]!;
  return rgb;
}

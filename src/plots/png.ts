/**
 * Small images inside a drawing: PNG bytes as a data address, without a compressor, so that it works everywhere.
 * Source: PNG specification, https://www.w3.org/TR/png-3/ ; zlib and stored blocks, RFC 1950 and 1951.
 */

import type { ImageSize } from "../data/index.ts";
import { ShapeError } from "../errors.ts";

/**
 * @param image - bytes 0…255, one plane per channel, rows from the top, as in an `ImageSet`
 * @param size - 1 channel for grey or 3 for red, green and blue
 * @returns `data:image/png;base64,…`
 * @throws {ShapeError} when bytes and size disagree, or for another number of channels
 */
export function pngDataUri(image: ArrayLike<number>, size: ImageSize): string {
  const bytes = encodePng(image, size);
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return `data:image/png;base64,${btoa(binary)}`;
}

/** PNG bytes of a planar image, stored without compression; see {@link pngDataUri}. */
export function encodePng(image: ArrayLike<number>, { channels, height, width }: ImageSize): Uint8Array {
  const plane = height * width;
  if ((channels !== 1 && channels !== 3) || image.length !== channels * plane)
    throw new ShapeError(
      `encodePng: expected channels·height·width bytes with 1 or 3 channels, got ${image.length} bytes for ${channels}×${height}×${width}`,
    );
  const rowLength = 1 + width * channels; // each row begins with its filter, 0 for none
  const rows = new Uint8Array(height * rowLength);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) rows[y * rowLength + 1 + x * channels + c] = image[c * plane + y * width + x]!;
  const header = [...bigEndian(width), ...bigEndian(height), 8, channels === 1 ? 0 : 2, 0, 0, 0];
  return join([
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    chunk("IHDR", header),
    chunk("IDAT", storedZlib(rows)),
    chunk("IEND", []),
  ]);
}

const bigEndian = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function chunk(type: string, content: ArrayLike<number>): Uint8Array {
  const body = join([[...type].map((letter) => letter.charCodeAt(0)), content]);
  return join([bigEndian(content.length), body, bigEndian(crc32(body))]);
}

function storedZlib(content: Uint8Array): Uint8Array {
  const parts: ArrayLike<number>[] = [[0x78, 0x01]];
  for (let at = 0; at === 0 || at < content.length; at += 65535) {
    const block = content.subarray(at, at + 65535);
    const last = at + 65535 >= content.length ? 1 : 0;
    const low = [block.length & 255, block.length >>> 8];
    parts.push([last, ...low, ...low.map((byte) => byte ^ 255)], block);
  }
  return join([...parts, bigEndian(adler32(content))]);
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function join(parts: readonly ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

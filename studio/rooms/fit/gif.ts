/**
 * Animated GIFs, in the page: frames of 8-bit colours from one palette, compressed as GIF wants it (LZW with codes of growing length).
 * Source: "Graphics Interchange Format, Version 89a", CompuServe 1990, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */

export interface GifFrame {
  /** RGBA, as `ImageData` has it; transparency is ignored. */
  readonly data: ArrayLike<number>;
  readonly delay: number; // hundredths of a second
}

const levels = 6; // of red, green and blue each; the 40 places left are greys
const greys = 256 - levels ** 3;

export function formatGif(width: number, height: number, frames: readonly GifFrame[]): Uint8Array {
  const bytes: number[] = [..."GIF89a"].map((letter) => letter.charCodeAt(0));
  const word = (value: number): void => void bytes.push(value & 255, value >> 8);
  word(width);
  word(height);
  bytes.push(0b1111_0111, 0, 0); // a palette of 256 colours
  for (let i = 0; i < 256; i++) bytes.push(...colorOf(i));
  bytes.push(0x21, 0xff, 11, ...[..."NETSCAPE2.0"].map((letter) => letter.charCodeAt(0)), 3, 1, 0, 0, 0); // for ever
  for (const { data, delay } of frames) {
    bytes.push(0x21, 0xf9, 4, 0);
    word(delay);
    bytes.push(0, 0, 0x2c);
    for (const value of [0, 0, width, height]) word(value);
    bytes.push(0, 8);
    const packed = compress(
      Uint8Array.from({ length: width * height }, (_, i) => nearest(data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!)),
    );
    for (let at = 0; at < packed.length; at += 255) {
      const part = packed.slice(at, at + 255);
      bytes.push(part.length);
      for (const byte of part) bytes.push(byte);
    }
    bytes.push(0);
  }
  bytes.push(0x3b);
  return Uint8Array.from(bytes);
}

function colorOf(i: number): [r: number, g: number, b: number] {
  if (i >= levels ** 3) {
    const grey = Math.round((255 * (i - levels ** 3)) / (greys - 1));
    return [grey, grey, grey];
  }
  const level = (n: number): number => Math.round((255 * (n % levels)) / (levels - 1));
  return [level(Math.floor(i / levels ** 2)), level(Math.floor(i / levels)), level(i)];
}

function nearest(r: number, g: number, b: number): number {
  if (Math.max(r, g, b) - Math.min(r, g, b) < 12)
    return levels ** 3 + Math.round(((r + g + b) / 3 / 255) * (greys - 1));
  const level = (value: number): number => Math.round((value / 255) * (levels - 1));
  return (level(r) * levels + level(g)) * levels + level(b);
}

/** Codes of 9 to 12 bits: 256 clears the table, 257 ends; each new code is a known string and one more pixel. */
function compress(pixels: Uint8Array): number[] {
  const [clear, end] = [256, 257];
  const out: number[] = [];
  let [bits, used] = [0, 0];
  let [length, next] = [9, end + 1];
  let codes = new Map<number, number>();
  const write = (code: number): void => {
    bits |= code << used;
    used += length;
    for (; used >= 8; used -= 8, bits >>>= 8) out.push(bits & 255);
  };
  write(clear);
  let string: number = pixels[0]!;
  for (let i = 1; i < pixels.length; i++) {
    const key = (string << 8) | pixels[i]!;
    const known = codes.get(key);
    if (known !== undefined) {
      string = known;
      continue;
    }
    write(string);
    if (next < 4096) {
      codes.set(key, next++);
      if (next > 1 << length && length < 12) length++;
    } else {
      write(clear);
      codes = new Map();
      [length, next] = [9, end + 1];
    }
    string = pixels[i]!;
  }
  write(string);
  write(end);
  if (used > 0) out.push(bits & 255);
  return out;
}

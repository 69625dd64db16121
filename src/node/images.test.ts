import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { decodeImage } from "./images.ts";
import { UserError } from "./user-mistake.ts";

const folder = mkdtempSync(join(tmpdir(), "chainrule-"));
afterAll(() => rmSync(folder, { recursive: true }));

const colour = { channels: 3, height: 2, width: 2 };
const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30); // red, green / blue, dark
const image = () => sharp(pixels, { raw: { width: 2, height: 2, channels: 3 } });

async function file(name: string, bytes: Promise<Uint8Array> | Uint8Array): Promise<string> {
  writeFileSync(join(folder, name), await bytes);
  return join(folder, name);
}

test("pixels of the right size come out as they are, plane after plane", async () => {
  const planes = [255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30];
  for (const bytes of [image().png(), image().gif(), image().webp({ lossless: true })]) {
    const path = await file("image", bytes.toBuffer());
    expect([...(await decodeImage(path, colour))]).toEqual(planes);
  }
});

test("grey files fill all planes of a colour dataset, and colour becomes grey when asked", async () => {
  const grey = sharp(Uint8Array.of(1, 2, 3, 4), { raw: { width: 2, height: 2, channels: 1 } }).toColourspace("b-w");
  const path = await file("grey.png", grey.png().toBuffer());
  expect([...(await decodeImage(path, colour))]).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
  expect([...(await decodeImage(path, { ...colour, channels: 1 }))]).toEqual([1, 2, 3, 4]);
  const white = await file(
    "white.png",
    sharp({ create: { width: 9, height: 5, channels: 3, background: "#fff" } })
      .png()
      .toBuffer(),
  );
  expect([...(await decodeImage(white, { ...colour, channels: 1 }))]).toEqual([255, 255, 255, 255]);
});

test("16 bits, transparency, and an odd shape", async () => {
  const deep = image().toColourspace("rgb16").png().toBuffer();
  expect([...(await decodeImage(await file("deep.png", deep), colour))].slice(0, 4)).toEqual([255, 0, 0, 10]);
  const clear = sharp({ create: { width: 2, height: 2, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
  expect([...(await decodeImage(await file("clear.png", clear.png().toBuffer()), colour))]).toEqual(
    new Array(12).fill(255),
  );
  const wide = sharp(Buffer.concat([Buffer.alloc(60 * 3), Buffer.alloc(60 * 3, 255), Buffer.alloc(60 * 3)]), {
    raw: { width: 180, height: 1, channels: 3 },
  }).resize(180, 60, { kernel: "nearest" });
  const middle = await decodeImage(await file("wide.png", wide.png().toBuffer()), colour);
  expect([...middle]).toEqual(new Array(12).fill(255)); // covers the square: the black ends are cropped
});

test("truncated, foreign and missing files are one line with the path", async () => {
  const jpeg = await image().resize(64, 64).jpeg().toBuffer();
  const truncated = await file("cut.jpg", jpeg.subarray(0, jpeg.length / 2));
  await expect(decodeImage(truncated, colour)).rejects.toThrow(`cannot read ${truncated} as an image`);
  const text = await file("text.png", Buffer.from("not a picture"));
  await expect(decodeImage(text, colour)).rejects.toBeInstanceOf(UserError);
  const empty = await file("empty.png", new Uint8Array(0));
  await expect(decodeImage(empty, colour)).rejects.toBeInstanceOf(UserError);
  await expect(decodeImage(join(folder, "none.png"), colour)).rejects.toThrow("none.png as an image: no such file");
  expect(readFileSync(text, "utf8")).toBe("not a picture");
});

test("a photo is turned upright as its EXIF data says", async () => {
  const onItsSide = image().withMetadata({ orientation: 6 }).webp({ lossless: true }).toBuffer(); // turn clockwise to see it
  const planes = [0, 255, 10, 0, 0, 0, 20, 255, 255, 0, 30, 0]; // blue, red / dark, green
  expect([...(await decodeImage(await file("turned.webp", onItsSide), colour))]).toEqual(planes);
});

/** A black PNG that says it is of that size, and holds the lines of a small one. */
function claimedPng(width: number, height: number): Uint8Array {
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(name), data, Buffer.alloc(4)]);
    bytes.writeUInt32BE(data.length);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
    return bytes;
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]); // 8 bits, grey
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const lines = chunk("IDAT", deflateSync(Buffer.alloc(31 * 32)));
  const start = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([start, chunk("IHDR", header), lines, chunk("IEND", Buffer.alloc(0))]);
}

/** The checksum of PNG's chunks. */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

test("an image of very many pixels is refused by its header, other formats by their first bytes", async () => {
  const limits = "expected at most 100 million pixels and sides up to 65535, got";
  for (const [width, height] of [
    [4_000_000, 64],
    [1_000_000, 100],
    [100, 65_536],
    [10_001, 10_000],
    [20_000, 20_000],
  ] as const) {
    const bomb = claimedPng(width, height);
    await expect(decodeImage(await file("bomb.png", bomb), colour)).rejects.toThrow(`${limits} ${width}×${height}`);
  }
  expect([...(await decodeImage(await file("small.png", claimedPng(30, 32)), colour))]).toEqual(new Array(12).fill(0));
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
  );
  for (const bytes of [svg, await image().tiff().toBuffer(), await image().avif().toBuffer()])
    await expect(decodeImage(await file("photo.jpg", bytes), colour)).rejects.toThrow(
      "expected a PNG, JPEG, WebP or GIF",
    );
});

test.runIf(process.platform === "linux")(
  "folders, pipes and devices are not images, and are not waited for",
  async () => {
    execFileSync("mkfifo", [join(folder, "pipe.png")]);
    for (const path of [join(folder, "pipe.png"), "/dev/zero", folder])
      await expect(decodeImage(path, colour)).rejects.toThrow(
        `cannot read ${path} as an image: it is a folder, a pipe or a device`,
      );
  },
);

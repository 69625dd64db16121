import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { checkGifPath, writeGif } from "./gif.ts";

const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6" viewBox="0 0 8 6">${content}</svg>`;

test("each frame lies over the still drawing; delays and the endless loop are in the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chainrule-gif-"));
  try {
    const file = join(folder, "a.gif");
    const frames = Array.from({ length: 23 }, (_, i) =>
      svg(`<rect x="${i % 8}" width="1" height="1" fill="#ff0000"/>`),
    ); // more than one batch
    await writeGif(file, {
      width: 8,
      height: 6,
      still: svg('<rect width="8" height="6" fill="#ffffff"/><rect y="5" width="8" height="1" fill="#0000ff"/>'),
      frames,
      frameMilliseconds: 100,
      lastMilliseconds: 1500,
    });
    const { pages, pageHeight, loop, delay } = await sharp(file, { pages: -1 }).metadata();
    expect({ pages, pageHeight, loop }).toEqual({ pages: 23, pageHeight: 6, loop: 0 });
    expect(delay).toEqual([...Array.from({ length: 22 }, () => 100), 1500]);
    for (const page of [0, 7, 19, 20, 22]) {
      const data = await sharp(file, { page }).removeAlpha().raw().toBuffer();
      const at = (x: number, y: number): number[] => [...data.subarray(3 * (8 * y + x), 3 * (8 * y + x) + 3)];
      expect([at(page % 8, 0), at((page + 1) % 8, 0), at(3, 5)]).toEqual([[255, 0, 0], [255, 255, 255], [0, 0, 255]]); // biome-ignore format: colours
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("another ending is refused", () => {
  expect(() => checkGifPath("a.mp4")).toThrow("cannot write a.mp4: expected an animation ending in .gif");
});

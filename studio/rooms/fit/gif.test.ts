import sharp from "sharp";
import { expect, test } from "vitest";
import { createRng } from "../../../src/tensor/index.ts";
import { formatGif } from "./gif.ts";

/** Pixels of colours that the palette has, so that nothing is lost. */
function noise(width: number, height: number, seed: number): Uint8Array {
  const rng = createRng(seed);
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[4 * i + c] = 51 * rng.integer(0, 5);
  return data;
}

test("what is written is read back by another program, pixel by pixel: noise fills and clears the table of codes", async () => {
  const [width, height] = [97, 83];
  const frames = [noise(width, height, 1), new Uint8Array(4 * width * height).fill(255), noise(width, height, 2)];
  const gif = formatGif(
    width,
    height,
    frames.map((data) => ({ data, delay: 7 })),
  );
  const { data, info } = await sharp(gif, { animated: true }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([width, 3 * height]);
  const expected = Buffer.concat(frames);
  let different = 0;
  for (let i = 0; i < expected.length; i++) if (Math.abs(data[i]! - expected[i]!) > 4) different++; // greys have 40 levels
  expect(different).toBe(0);
  const { delay, loop } = await sharp(gif, { animated: true }).metadata();
  expect([delay, loop]).toEqual([[70, 70, 70], 0]);
});

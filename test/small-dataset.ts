/** A dataset that is drawn and learned in no time: 8×8 grey images, one bright quarter each, which is the class. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatIdx } from "../src/data/index.ts";
import { createRng, Tensor } from "../src/index.ts";

/**
 * Writes 240 training and 80 test images as IDX files. The labels of the test images are one class too high, so that a
 * network that has learned is right on none of them: who measures the wrong images is found out.
 *
 * @returns the folder, for `--dataset`
 */
export function writeSmallDataset(folder: string): string {
  const rng = createRng(442);
  const write = (name: string, count: number, shift: number): void => {
    const images = new Uint8Array(count * 64);
    for (let i = 0; i < count; i++)
      for (let p = 0; p < 64; p++) {
        const quarter = 2 * Math.floor(p / 32) + (p % 8 < 4 ? 0 : 1);
        images[i * 64 + p] = rng.integer(0, 60) + (quarter === i % 4 ? 150 : 0);
      }
    const labels = Uint8Array.from({ length: count }, (_, i) => (i + shift) % 4);
    writeFileSync(join(folder, `${name}-images-idx3-ubyte`), formatIdx(new Tensor(images, [count, 8, 8], "uint8")));
    writeFileSync(join(folder, `${name}-labels-idx1-ubyte`), formatIdx(new Tensor(labels, [count], "uint8")));
  };
  write("train", 240, 0);
  write("t10k", 80, 1);
  return folder;
}

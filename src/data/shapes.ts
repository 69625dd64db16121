/**
 * A dataset that needs no file: ten shapes under random colour, place, size, rotation and noise, drawn from a seed.
 * Colours of shape and background are both free, so no single pixel says anything about the class: a linear
 * classifier has little to hold on to, hidden units do.
 */
import { checkInteger } from "../errors.ts";
import { createRng, type Rng } from "../tensor/index.ts";
import { type Dataset, type ImageSet, type ImageSize, imageLength } from "./dataset.ts";

/** Signed distance to the outline around (0, 0), negative inside; the shape fits a circle of radius 1. */
type Outline = (u: number, v: number) => number;

const disc = (u: number, v: number, radius: number): number => Math.hypot(u, v) - radius;
const box = (u: number, v: number, halfWidth: number, halfHeight: number): number =>
  Math.max(Math.abs(u) - halfWidth, Math.abs(v) - halfHeight);

const outlines: Readonly<Record<string, Outline>> = {
  disc: (u, v) => disc(u, v, 0.9),
  ring: (u, v) => Math.abs(Math.hypot(u, v) - 0.75) - 0.2,
  "half disc": (u, v) => Math.max(disc(u, v - 0.4, 1), v - 0.4),
  crescent: (u, v) => Math.max(disc(u, v, 1), -disc(u - 0.5, v, 0.8)),
  triangle: (u, v) => Math.max(v - 0.5, 0.5 * (Math.sqrt(3) * Math.abs(u) - v) - 0.5),
  square: (u, v) => box(u, v, 0.7, 0.7),
  bar: (u, v) => box(u, v, 1, 0.25),
  cross: (u, v) => Math.min(box(u, v, 1, 0.25), box(u, v, 0.25, 1)),
  star: (u, v) => {
    // Fold the plane onto half of one of five points, then measure to the edge from tip (1, 0) to notch (36°, 0.42).
    const sector = (2 * Math.PI) / 5;
    const angle = Math.abs(Math.atan2(v, u) - sector * Math.round(Math.atan2(v, u) / sector));
    const [x, y] = [Math.hypot(u, v) * Math.cos(angle), Math.hypot(u, v) * Math.sin(angle)];
    const [notchX, notchY] = [0.42 * Math.cos(sector / 2), 0.42 * Math.sin(sector / 2)];
    return ((x - 1) * notchY + y * (1 - notchX)) / Math.hypot(1 - notchX, notchY);
  },
  heart: (u, v) => {
    const diamond = (Math.abs(u) + Math.abs(v - 0.1) - 0.8) / Math.SQRT2;
    return Math.min(diamond, disc(Math.abs(u) - 0.4, v + 0.3, 0.57));
  },
};

export interface ShapesOptions {
  readonly seed?: number; // default 442
  readonly numTrain?: number; // images; default 6,000
  readonly numTest?: number; // images; default 1,000
  readonly size?: number; // pixels, height and width; default 32
}

/**
 * Draws the dataset. The same options give the same bytes.
 * @throws {SettingError} for a seed, a number of images or a size that cannot be
 */
export function shapesDataset({ seed = 442, numTrain = 6000, numTest = 1000, size = 32 }: ShapesOptions = {}): Dataset {
  checkInteger("shapesDataset", "numTrain", numTrain, 1);
  checkInteger("shapesDataset", "numTest", numTest, 1);
  checkInteger("shapesDataset", "size", size, 8, 256);
  const imageSize = { channels: 3, height: size, width: size };
  const rng = createRng(seed);
  const grain = new Float32Array(2 ** 16);
  rng.fillNormal(grain, 10); // standard deviation in steps of 0…255
  return {
    name: "shapes",
    ...imageSize,
    classNames: Object.keys(outlines),
    train: drawSet(numTrain, imageSize, grain, rng),
    test: drawSet(numTest, imageSize, grain, rng),
  };
}

function drawSet(count: number, size: ImageSize, grain: Float32Array, rng: Rng): ImageSet {
  const length = imageLength(size);
  const images = new Uint8Array(count * length);
  const kinds = Object.values(outlines);
  const labels = Uint8Array.from(rng.permutation(count), (n) => n % kinds.length); // equally many of each, shuffled
  for (let i = 0; i < count; i++)
    drawImage(images.subarray(i * length, (i + 1) * length), kinds[labels[i]!]!, size.width, grain, rng);
  return { images, labels, count };
}

function drawImage(out: Uint8Array, outline: Outline, size: number, grain: Float32Array, rng: Rng): void {
  const plane = size * size;
  const between = (low: number, high: number): number => low + (high - low) * rng.uniform();
  const radius = size * between(0.26, 0.4);
  const play = size / 2 - radius;
  const [centreX, centreY] = [size / 2 + between(-play, play), size / 2 + between(-play, play)];
  const angle = between(0, 2 * Math.PI);
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  const [paper, ink] = colours(rng);
  let g = rng.integer(0, grain.length - 1);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const [dx, dy] = [x + 0.5 - centreX, y + 0.5 - centreY];
      const distance = radius * outline(dx * cos + dy * sin, dy * cos - dx * sin); // pixels
      const cover = Math.min(1, Math.max(0, 0.5 - distance));
      for (let c = 0; c < 3; c++) {
        const value = paper[c]! + cover * (ink[c]! - paper[c]!) + grain[g]!;
        out[c * plane + y * size + x] = Math.min(255, Math.max(0, Math.round(value)));
        g = g + 1 === grain.length ? 0 : g + 1;
      }
    }
}

/** Two colours, 0…255, that an eye can tell apart. */
function colours(rng: Rng): [paper: number[], ink: number[]] {
  const colour = (): number[] => [rng.integer(0, 255), rng.integer(0, 255), rng.integer(0, 255)];
  for (;;) {
    const [paper, ink] = [colour(), colour()];
    if (Math.hypot(...paper.map((p, c) => p - ink[c]!)) > 150) return [paper, ink];
  }
}

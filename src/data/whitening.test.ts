import { expect, test } from "vitest";
import { createRng } from "../tensor/index.ts";
import type { ImageSet, ImageSize } from "./dataset.ts";
import { imageLength } from "./dataset.ts";
import fixture from "./fixtures/whitening.json" with { type: "json" };
import { preprocessedExamples } from "./readers.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { fitWhitening, mirrorOf, type Whitening } from "./whitening.ts";

const upTo = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** Images whose neighbouring pixels are alike, as in photographs: a few components carry most of the variance. */
function smoothImages({ channels, height, width }: ImageSize, count: number, seed: number): ImageSet {
  const rng = createRng(seed);
  const length = channels * height * width;
  const images = new Uint8Array(count * length);
  const noise = new Float64Array(length);
  for (let i = 0; i < count; i++) {
    rng.fillNormal(noise);
    for (let p = 1; p < length; p++) noise[p] = 0.9 * noise[p - 1]! + 0.4 * noise[p]!;
    for (let p = 0; p < length; p++)
      images[i * length + p] = Math.min(255, Math.max(0, Math.round(128 + 60 * noise[p]!)));
  }
  return { images, labels: new Uint8Array(count), count };
}

/** Covariance of images and mirrors by its definition, in pixels 0…1. */
function plainCovariance(set: ImageSet, size: ImageSize): Float64Array {
  const D = imageLength(size);
  const mirror = mirrorOf(size);
  const rows: Float64Array[] = [];
  for (let i = 0; i < set.count; i++) {
    const image = Float64Array.from({ length: D }, (_, p) => set.images[i * D + p]! / 255);
    rows.push(
      image,
      image.map((_, p) => image[mirror[p]!]!),
    );
  }
  const mean = new Float64Array(D);
  for (const row of rows) for (let p = 0; p < D; p++) mean[p]! += row[p]! / rows.length;
  const covariance = new Float64Array(D * D);
  for (const row of rows)
    for (let p = 0; p < D; p++)
      for (let q = 0; q < D; q++) covariance[p * D + q]! += ((row[p]! - mean[p]!) * (row[q]! - mean[q]!)) / rows.length;
  return covariance;
}

/** The sum of squares of a component is 1 / (its variance + eps · the mean variance). */
function varianceOf({ components, isOdd }: Whitening, c: number, floor: number): number {
  const k = isOdd.size;
  let squares = 0;
  for (let p = 0; p < components.size / k; p++) squares += components.data[p * k + c]! ** 2;
  return 1 / squares - floor;
}

test("mirrors of a 1 by 3 image of two channels", () => {
  expect([...mirrorOf({ channels: 2, height: 1, width: 3 })]).toEqual([2, 1, 0, 5, 4, 3]);
});

test("two images worked by hand", () => {
  // Images and mirrors are (1, 0.2), (0.2, 1), twice: mean 0.6, and all variance, 0.16 · 2, along (1, −1)/√2, which is odd.
  const set = { images: Uint8Array.of(255, 51, 51, 255), labels: Uint8Array.of(0, 1), count: 2 };
  const size = { channels: 1, height: 1, width: 2 };
  const { mean, components, isOdd } = fitWhitening(set, size, upTo(2), { components: 1, rng: createRng(1), eps: 0 });
  expect(mean.data[0]).toBeCloseTo(0.6, 6);
  expect(mean.data[1]).toBeCloseTo(0.6, 6);
  expect([...isOdd.data]).toEqual([1]);
  const entry = Math.SQRT1_2 / Math.sqrt(0.32);
  expect(Math.abs(components.data[0]!)).toBeCloseTo(entry, 5);
  expect(components.data[1]).toBe(-components.data[0]!);
});

test("the same as NumPy's eigenvectors of the covariance", () => {
  for (const { size, count, eps, mean, components, isOdd } of fixture.cases) {
    const D = imageLength(size);
    const pixel = (i: number, p: number): number => (i * 7919 + p * 104729 + i * p * 31 + i * i * p) % 256;
    const images = Uint8Array.from({ length: count * D }, (_, at) => pixel(Math.floor(at / D), at % D));
    const set = { images, labels: new Uint8Array(count), count };
    const fitted = fitWhitening(set, size, upTo(count), { components: D, rng: createRng(5), eps });
    expect([...fitted.isOdd.data]).toEqual(isOdd);
    mean.forEach((value, p) => {
      expect(fitted.mean.data[p]).toBeCloseTo(value, 6);
    });
    for (let c = 0; c < D; c++) {
      const largest = components.reduce(
        (best, row, p) => (Math.abs(row[c]!) > Math.abs(components[best]![c]!) ? p : best),
        0,
      );
      const sign = Math.sign(fitted.components.data[largest * D + c]!); // an eigenvector may point either way
      components.forEach((row, p) => {
        expect(sign * fitted.components.data[p * D + c]!).toBeCloseTo(row[c]!, 4);
      });
    }
  }
});

test("the leading variances are those of the whole covariance, although only a block of vectors was iterated", () => {
  const size = { channels: 1, height: 12, width: 12 };
  const set = smoothImages(size, 300, 7);
  const D = imageLength(size);
  const { values } = symmetricEigen(plainCovariance(set, size), D);
  const total = values.reduce((a, b) => a + b);
  const whitening = fitWhitening(set, size, upTo(300), { components: 8, rng: createRng(2), eps: 0.01 });
  for (let c = 0; c < 8; c++) {
    const variance = varianceOf(whitening, c, (0.01 * total) / D);
    expect(variance / values[D - 1 - c]!).toBeCloseTo(1, 5);
  }
});

test.each([
  { channels: 3, height: 4, width: 4 },
  { channels: 2, height: 3, width: 5 }, // a middle column is its own mirror
  { channels: 1, height: 2, width: 1 }, // every image is its own mirror
])("over images and mirrors the white numbers have mean 0, variance 1 and no correlation: $channels×$height×$width", (size) => {
  const set = smoothImages(size, 200, 3);
  const D = imageLength(size);
  const k = Math.min(D, 20);
  const whitening = fitWhitening(set, size, upTo(200), { components: k, rng: createRng(1), eps: 0 });
  const plain = preprocessedExamples(set, size, upTo(200), { whitening }).batch(upTo(200)).x;
  const mirrored = preprocessedExamples(set, size, upTo(200), { whitening }, { mirrored: true }).batch(upTo(200)).x;
  for (let a = 0; a < k; a++) {
    let sum = 0;
    const products = new Float64Array(k);
    for (const { data } of [plain, mirrored])
      for (let i = 0; i < 200; i++) {
        sum += data[i * k + a]! / 400;
        for (let b = 0; b < k; b++) products[b]! += (data[i * k + a]! * data[i * k + b]!) / 400;
      }
    expect(sum).toBeCloseTo(0, 4);
    for (let b = 0; b < k; b++) expect(products[b]).toBeCloseTo(a === b ? 1 : 0, 3);
  }
});

test("every component is exactly even or odd under the mirror, the most varied first", () => {
  const size = { channels: 2, height: 3, width: 5 };
  const set = smoothImages(size, 100, 9);
  const D = imageLength(size);
  const eps = 0.01;
  const whitening = fitWhitening(set, size, upTo(100), { components: 12, rng: createRng(4), eps });
  const mirror = mirrorOf(size);
  const { components, isOdd } = whitening;
  expect(new Set(isOdd.data)).toEqual(new Set([0, 1]));
  let before = Number.POSITIVE_INFINITY;
  for (let c = 0; c < 12; c++) {
    const sign = isOdd.data[c] === 1 ? -1 : 1;
    for (let p = 0; p < D; p++) {
      const value = components.data[p * 12 + c]!;
      expect(components.data[mirror[p]! * 12 + c]! === sign * value).toBe(true);
    }
    const variance = varianceOf(whitening, c, 0);
    expect(variance).toBeLessThanOrEqual(before);
    before = variance;
  }
});

test("only the chosen images count, the same seed gives the same bits, and progress ends at 1", () => {
  const size = { channels: 1, height: 4, width: 4 };
  const set = smoothImages(size, 60, 11);
  const shares: number[] = [];
  const fit = (images: ImageSet, seed: number): Whitening =>
    fitWhitening(images, size, upTo(50), { components: 5, rng: createRng(seed), onProgress: (s) => shares.push(s) });
  const first = fit(set, 1);
  const changed = { ...set, images: set.images.slice().fill(7, 50 * 16) };
  expect(fit(changed, 1)).toEqual(first);
  expect(shares.at(-1)).toBe(1);
  expect(shares.slice(0, shares.length / 2)).toEqual(shares.slice(0, shares.length / 2).sort((a, b) => a - b));
  const other = fit(set, 2); // another start, the same components up to sign and rounding
  for (let i = 0; i < first.components.size; i++)
    expect(Math.abs(other.components.data[i]!)).toBeCloseTo(Math.abs(first.components.data[i]!), 3);
});

test("images that never vary give zeros, not NaN", () => {
  const set = { images: new Uint8Array(5 * 8).fill(9), labels: new Uint8Array(5), count: 5 };
  const size = { channels: 1, height: 2, width: 4 };
  const whitening = fitWhitening(set, size, upTo(5), { components: 8, rng: createRng(1) });
  const { x } = preprocessedExamples(set, size, upTo(5), { whitening }).batch(upTo(5));
  for (const value of x.data) expect(value).toBeCloseTo(0, 5);
});

test("what cannot be fitted is refused with its numbers", () => {
  const set = smoothImages({ channels: 1, height: 2, width: 2 }, 3, 1);
  const size = { channels: 1, height: 2, width: 2 };
  const options = { components: 4, rng: createRng(1) };
  expect(() => fitWhitening(set, size, upTo(3), { ...options, components: 5 })).toThrow(
    "fitWhitening: expected components to be a whole number from 1 to 4, got 5",
  );
  expect(() => fitWhitening(set, size, upTo(0), options)).toThrow("fitWhitening: expected the number of images");
  expect(() => fitWhitening(set, size, upTo(3), { ...options, eps: -1 })).toThrow(
    "fitWhitening: expected eps >= 0, got -1",
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { byteScaling, channelStatistics } from "./normalization.ts";

const size = { channels: 2, height: 1, width: 2 };
// Three images of two channels of two pixels; the third is not in the training split.
const set = {
  images: Uint8Array.of(0, 51, 255, 255, 102, 153, 255, 255, 1, 2, 3, 4),
  labels: Uint8Array.of(0, 1, 0),
  count: 3,
};

test("mean and standard deviation worked by hand, from the given images only", () => {
  const { mean, std } = channelStatistics(set, size, [0, 1]);
  expect(mean[0]).toBeCloseTo(0.3, 12); // pixels 0, 0.2, 0.4, 0.6
  expect(std[0]).toBeCloseTo(Math.sqrt(0.05), 12); // (0.09 + 0.01 + 0.01 + 0.09) / 4
  expect([mean[1], std[1]]).toEqual([1, 1]); // never varies: std 1, not 0
});

test("the sums are exact for every size and wherever the bytes lie", () => {
  const sizes = fc.record({
    channels: fc.integer({ min: 1, max: 3 }),
    height: fc.constantFrom(1, 3, 4, 32),
    width: fc.constantFrom(1, 2, 4, 33, 64),
    offset: fc.integer({ min: 0, max: 5 }),
    bright: fc.boolean(),
  });
  const property = fc.property(sizes, ({ offset, bright, ...size }) => {
    const plane = size.height * size.width;
    const length = size.channels * plane;
    const images = new Uint8Array(3 * length).map((_, i) => (bright ? 255 - (i % 2) : i * 29));
    const placed = new Uint8Array(offset + images.length).subarray(offset);
    placed.set(images);
    const { mean, std } = channelStatistics({ images: placed, labels: new Uint8Array(3), count: 3 }, size, [2, 0]);
    for (let c = 0; c < size.channels; c++) {
      const pixels = [2, 0].flatMap((i) => [...images.subarray(i * length + c * plane, i * length + (c + 1) * plane)]);
      const average = pixels.reduce((a, b) => a + b) / pixels.length;
      const variance = pixels.reduce((sum, x) => sum + (x - average) ** 2, 0) / pixels.length;
      expect(mean[c]).toBeCloseTo(average / 255, 12);
      expect(std[c]).toBeCloseTo(variance > 1e-9 ? Math.sqrt(variance) / 255 : 1, 9);
    }
  });
  fc.assert(property, { numRuns: 60 });
});

test("no images, and images outside the set, are refused", () => {
  expect(() => channelStatistics(set, size, [])).toThrow("at least 1 image");
  expect(() => channelStatistics(set, size, [3])).toThrow("indices from 0 to 2, got 3");
});

test("scale and shift are the normalization of a byte", () => {
  const { scale, shift } = byteScaling(1, { mean: [0.5], std: [0.25] });
  expect(255 * scale[0]! + shift[0]!).toBeCloseTo(2, 6); // (1 − 0.5) / 0.25
  expect(0 * scale[0]! + shift[0]!).toBeCloseTo(-2, 6);
  expect(byteScaling(3, undefined).shift).toEqual(Float32Array.of(-0, -0, -0));
});

test("statistics of another number of channels, or impossible ones, are refused", () => {
  expect(() => byteScaling(3, { mean: [0.5], std: [0.25] })).toThrow("of 3 channels, got 1 and 1");
  expect(() => byteScaling(1, { mean: [0.5], std: [0] })).toThrow("std > 0");
  expect(() => byteScaling(1, { mean: [Number.NaN], std: [1] })).toThrow("finite mean");
});

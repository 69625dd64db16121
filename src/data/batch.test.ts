import fc from "fast-check";
import { expect, test } from "vitest";
import { zeros } from "../tensor/index.ts";
import { gatherImages, gatherLabels } from "./batch.ts";

const size = { channels: 2, height: 1, width: 1 };
const set = { images: Uint8Array.of(0, 255, 51, 102, 255, 0), labels: Uint8Array.of(1, 0, 2), count: 3 };

test("a batch worked by hand", () => {
  const plain = gatherImages(set, size, Int32Array.of(1, 0, 1));
  expect(plain.shape).toEqual([3, 2]);
  [0.2, 0.4, 0, 1, 0.2, 0.4].forEach((value, i) => {
    expect(plain.data[i]).toBeCloseTo(value, 6);
  });
  const normalization = { mean: [0.2, 0.5], std: [0.1, 0.25] };
  const normal = gatherImages(set, size, Int32Array.of(2), { normalization });
  expect(normal.data[0]).toBeCloseTo(8, 5); // (1 − 0.2) / 0.1
  expect(normal.data[1]).toBeCloseTo(-2, 5); // (0 − 0.5) / 0.25
  expect([...gatherLabels(set, Int32Array.of(2, 0)).data]).toEqual([2, 1]);
});

test("every image of every batch is the scaled original", () => {
  fc.assert(
    fc.property(
      fc.record({
        channels: fc.integer({ min: 1, max: 3 }),
        height: fc.integer({ min: 1, max: 4 }),
        width: fc.integer({ min: 1, max: 4 }),
      }),
      fc.array(fc.nat(4), { maxLength: 8 }),
      (size, indices) => {
        const length = size.channels * size.height * size.width;
        const images = Uint8Array.from({ length: 5 * length }, (_, i) => (37 * i) % 256);
        const batch = gatherImages({ images, labels: new Uint8Array(5), count: 5 }, size, Int32Array.from(indices));
        expect(batch.shape).toEqual([indices.length, length]);
        indices.forEach((index, i) => {
          for (let p = 0; p < length; p++)
            expect(batch.data[i * length + p]).toBeCloseTo(images[index * length + p]! / 255, 6);
        });
      },
    ),
  );
});

test("writes over a tensor that is handed in", () => {
  const out = zeros([1, 2]);
  expect(gatherImages(set, size, Int32Array.of(0), { out })).toBe(out);
  expect([...out.data]).toEqual([0, 1]);
  expect(() => gatherImages(set, size, Int32Array.of(0, 1), { out })).toThrow("expected out of shape (N, D) with N=2");
});

test("an image that is not there is refused", () => {
  expect(() => gatherImages(set, size, Int32Array.of(0, 3))).toThrow("expected indices from 0 to 2, got 3");
  expect(() => gatherImages(set, size, Int32Array.of(-1))).toThrow("got -1");
});

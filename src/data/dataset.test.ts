import { expect, test } from "vitest";
import { checkImageSet, fingerprint, formatImageSize, pickImages } from "./dataset.ts";

const size = { channels: 1, height: 1, width: 2 };
const set = { images: Uint8Array.of(1, 2, 3, 4, 5, 6), labels: Uint8Array.of(0, 1, 2), count: 3 };

test("picks images with their labels", () => {
  expect(pickImages(set, size, [2, 0])).toEqual({
    images: Uint8Array.of(5, 6, 1, 2),
    labels: Uint8Array.of(2, 0),
    count: 2,
  });
  expect(formatImageSize(size)).toBe("1×1×2");
});

test("sizes that disagree and labels without a class are named", () => {
  expect(checkImageSet("x", set, size, 3)).toBe(set);
  expect(() => checkImageSet("x", set, size, 2)).toThrow("x: expected labels from 0 to 1, got 2 at image 2");
  expect(() => checkImageSet("x", { ...set, count: 2 }, size, 3)).toThrow("x: expected 2 labels for 2 images, got 3");
  expect(() => checkImageSet("x", { ...set, images: new Uint8Array(5) }, size, 3)).toThrow(
    "x: expected 6 bytes for 3 images of 1×1×2, got 5",
  );
});

test("a fingerprint tells other labels, other images and another order apart, and nothing else", () => {
  const images = Uint8Array.from(set.images);
  expect(fingerprint({ ...set, images, labels: Uint8Array.of(0, 1, 2) })).toBe(fingerprint(set));
  const others = [
    { ...set, labels: Uint8Array.of(0, 1, 1) },
    { ...set, images: Uint8Array.of(1, 2, 3, 4, 5, 7) },
    pickImages(set, size, [1, 0, 2]),
  ];
  expect(new Set([set, ...others].map(fingerprint)).size).toBe(4);
});

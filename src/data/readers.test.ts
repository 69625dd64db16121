import { describe, expect, test } from "vitest";
import { createRng } from "../tensor/index.ts";
import { changeImage } from "./augmentation.ts";
import { channelStatistics, fitWhitening, imageExamples, preprocessedExamples, trainingExamples } from "./index.ts";

const size = { channels: 2, height: 4, width: 5 };
const D = 40;
const rng = createRng(5);
const count = 60;
/** Smooth images, as photographs are: neighbours are alike. */
const images = Uint8Array.from(
  { length: count * D },
  (_, i) => 128 + 90 * Math.sin(i / 7 + (i % D) / 3) + rng.integer(-30, 30),
);
const set = { images, labels: Uint8Array.from({ length: count }, (_, i) => i % 3), count };
const indices = Int32Array.from({ length: 50 }, (_, i) => count - 1 - i);
const normalization = channelStatistics(set, size, indices);
const whitening = fitWhitening(set, size, indices, { components: 12, rng: createRng(1) });
const rows = Int32Array.of(3, 0, 49, 17);
const options = { numClasses: 3 };

/** The images at `rows`, each changed in one way. */
function changedSet(change: { mirrored: boolean; right: number; down: number }) {
  const out = new Uint8Array(rows.length * D);
  rows.forEach((row, i) => {
    const from = indices[row]! * D;
    changeImage(images.subarray(from, from + D), size, change, out.subarray(i * D, (i + 1) * D));
  });
  return { images: out, labels: Uint8Array.from(rows, (row) => set.labels[indices[row]!]!), count: rows.length };
}
const all = Int32Array.from(rows, (_, i) => i);

describe.each([
  ["normalized", { normalization }],
  ["whitened", { whitening }],
])("%s", (_, preprocessing) => {
  test("without changes training reads what evaluation reads", () => {
    const train = trainingExamples(set, size, indices, preprocessing, { augmentation: {}, ...options });
    const plain = preprocessedExamples(set, size, indices, preprocessing);
    expect(train.batch(rows, createRng(1)).x.data).toEqual(plain.batch(rows).x.data);
    expect([...train.batch(rows, createRng(1)).labels.data]).toEqual([...rows].map((row) => set.labels[indices[row]!]));
  });

  test("mirrored examples are those of mirrored images", () => {
    const mirrored = preprocessedExamples(set, size, indices, preprocessing, { mirrored: true }).batch(rows).x;
    const expected = preprocessedExamples(changedSet({ mirrored: true, right: 0, down: 0 }), size, all, preprocessing);
    expected.batch(all).x.data.forEach((value, i) => {
      expect(mirrored.data[i]).toBeCloseTo(value, 4);
    });
  });

  test("what is changed for training is unchanged in `plain`; the same generator gives the same batch", () => {
    const augmentation = { mirror: true, shift: 1 };
    const train = trainingExamples(set, size, indices, preprocessing, { augmentation, ...options });
    const batch = (seed: number): number[] => [...train.batch(rows, createRng(seed)).x.data];
    expect(batch(1)).toEqual(batch(1));
    expect(batch(1)).not.toEqual(batch(2));
    expect([...train.plain!.batch(rows).x.data]).toEqual([
      ...preprocessedExamples(set, size, indices, preprocessing).batch(rows).x.data,
    ]);
  });

  test("mixup comes with targets", () => {
    const train = trainingExamples(set, size, indices, preprocessing, { augmentation: { mixup: 1 }, ...options });
    const { targets } = train.batch(rows, createRng(3));
    expect(targets!.shape).toEqual([4, 3]);
    expect(targets!.data.reduce((a, b) => a + b)).toBeCloseTo(4, 5);
  });
});

test("projected shifts and mirrors are those of the changed images, to the rounding of a byte", () => {
  const augmentation = { mirror: true, shift: 1 };
  const train = trainingExamples(set, size, indices, { whitening }, { augmentation, ...options });
  const found = train.batch(rows, createRng(7)).x.data.slice();
  const k = 12;
  const candidates = [false, true].flatMap((mirrored) =>
    [-1, 0, 1].flatMap((down) =>
      [-1, 0, 1].map((right) =>
        preprocessedExamples(changedSet({ mirrored, right, down }), size, all, { whitening }).batch(all).x.data.slice(),
      ),
    ),
  );
  for (let i = 0; i < rows.length; i++) {
    const distance = (x: Float32Array): number =>
      Math.max(...Array.from({ length: k }, (_, c) => Math.abs(x[i * k + c]! - found[i * k + c]!)));
    expect(Math.min(...candidates.map(distance))).toBeLessThan(0.03); // half a 127th of the largest, which is about 4
  }
});

test("projected images are mirrored half of the time, and not at all where nobody asked for it", () => {
  const one = Int32Array.of(5);
  const read = (mirror: boolean) => {
    const augmentation = { mirror, shift: mirror ? 0 : 1 };
    const train = trainingExamples(set, size, indices, { whitening }, { augmentation, ...options });
    return Array.from({ length: 400 }, (_, seed) => train.batch(one, createRng(seed)).x.data.slice());
  };
  const plain = preprocessedExamples(set, size, indices, { whitening }).batch(one).x.data.slice();
  const odd = whitening.isOdd.data.findIndex((value, c) => value === 1 && Math.abs(plain[c]!) > 0.3);
  const turned = read(true).filter((x) => x[odd]! * plain[odd]! < 0).length;
  expect(Math.abs(turned / 400 - 0.5)).toBeLessThan(0.1); // four standard deviations
  expect(new Set(read(false).map((x) => x.join())).size).toBe(9); // the shifts, and no mirror of them
});

test("images are the bytes that were there: reading changes none", () => {
  const before = images.slice();
  const augmentation = { mirror: true, shift: 2, jitter: 0.3, cutout: 2, mixup: 0.5 };
  trainingExamples(set, size, indices, { normalization }, { augmentation, ...options }).batch(rows, createRng(1));
  expect(images).toEqual(before);
  expect(imageExamples(set, size, indices, normalization).count).toBe(50);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { tensor, zeros } from "../tensor/index.ts";
import { firstExamples, imageExamples, tensorExamples } from "./examples.ts";

const size = { channels: 2, height: 1, width: 1 };
const set = { images: Uint8Array.of(0, 255, 51, 102, 255, 0), labels: Uint8Array.of(1, 0, 2), count: 3 };
const rows = (...numbers: number[]): Int32Array => Int32Array.from(numbers);

test("a batch worked by hand: rows count the chosen images, not those of the set", () => {
  const examples = imageExamples(set, size, rows(2, 1, 0), undefined);
  expect(examples.count).toBe(3);
  const plain = examples.batch(rows(1, 2, 1));
  expect(plain.x.shape).toEqual([3, 2]);
  [0.2, 0.4, 0, 1, 0.2, 0.4].forEach((value, i) => {
    expect(plain.x.data[i]).toBeCloseTo(value, 6);
  });
  expect([...plain.labels.data]).toEqual([0, 1, 0]);
  const normal = imageExamples(set, size, rows(2), { mean: [0.2, 0.5], std: [0.1, 0.25] }).batch(rows(0));
  expect(normal.x.data[0]).toBeCloseTo(8, 5); // (1 − 0.2) / 0.1
  expect(normal.x.data[1]).toBeCloseTo(-2, 5); // (0 − 0.5) / 0.25
  expect([...normal.labels.data]).toEqual([2]);
});

test("every image of every batch is the scaled original, also when the next batch is smaller or larger", () => {
  fc.assert(
    fc.property(
      fc.record({
        channels: fc.integer({ min: 1, max: 3 }),
        height: fc.integer({ min: 1, max: 4 }),
        width: fc.integer({ min: 1, max: 4 }),
      }),
      fc.array(fc.array(fc.nat(4), { maxLength: 8 }), { maxLength: 3 }),
      (size, epochs) => {
        const length = size.channels * size.height * size.width;
        const images = Uint8Array.from({ length: 5 * length }, (_, i) => (37 * i) % 256);
        const examples = imageExamples(
          { images, labels: new Uint8Array(5), count: 5 },
          size,
          rows(0, 1, 2, 3, 4),
          undefined,
        );
        for (const indices of epochs) {
          const { x } = examples.batch(Int32Array.from(indices));
          expect(x.shape).toEqual([indices.length, length]);
          indices.forEach((index, i) => {
            for (let p = 0; p < length; p++)
              expect(x.data[i * length + p]).toBeCloseTo(images[index * length + p]! / 255, 6);
          });
        }
      },
    ),
  );
});

test("the first examples are the first, and no more than there are", () => {
  const examples = tensorExamples(tensor([[1], [2], [3]]), [0, 1, 2]);
  expect(firstExamples(examples, 2).count).toBe(2);
  expect(firstExamples(examples, 9).count).toBe(3);
  expect([...firstExamples(examples, 2).batch(rows(1)).x.data]).toEqual([2]);
});

test("an image that is not there, a tensor without rows and labels that are none are refused", () => {
  expect(() => imageExamples(set, size, rows(3), undefined).batch(rows(0))).toThrow(
    "expected indices from 0 to 2, got 3",
  );
  expect(() => imageExamples(set, size, rows(-1), undefined).batch(rows(0))).toThrow("got -1");
  expect(() => tensorExamples(zeros([]), [])).toThrow("tensorExamples: expected x of shape (N, …), got ()");
  expect(() => tensorExamples(zeros([2, 1]), [0])).toThrow("tensorExamples: expected labels of shape (N) with N=2");
  expect(() => tensorExamples(zeros([1, 1]), [-1])).toThrow("expected labels from 0 to");
});

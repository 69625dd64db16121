import fc from "fast-check";
import { expect, test } from "vitest";
import {
  cifar10Description,
  formatBatch,
  formatClassNames,
  formatDescription,
  parseBatches,
  parseClassNames,
  parseDescription,
} from "./cifar10.ts";

const tiny = {
  name: "tiny",
  channels: 2,
  height: 1,
  width: 2,
  records: { "data_batch_1.bin": 2, "test_batch.bin": 1 },
};

test("records worked by hand: a label, then the planes", () => {
  const set = { images: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), labels: Uint8Array.of(9, 0), count: 2 };
  expect([...formatBatch(set, tiny)]).toEqual([9, 1, 2, 3, 4, 0, 5, 6, 7, 8]);
  const files = [
    ["data_batch_1.bin", Uint8Array.of(9, 1, 2, 3, 4, 0, 5, 6, 7, 8)],
    ["test_batch.bin", Uint8Array.of(3, 0, 0, 0, 1)],
  ] as const;
  expect(parseBatches(files, tiny, 10)).toEqual({
    images: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1),
    labels: Uint8Array.of(9, 0, 3),
    count: 3,
  });
});

test("format, then parse, is identity", () => {
  const sizes = fc.record({
    channels: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 5 }),
    count: fc.nat(6),
    seed: fc.nat(255),
  });
  fc.assert(
    fc.property(sizes, ({ count, seed, ...size }) => {
      const length = count * size.channels * size.height * size.width;
      const images = Uint8Array.from({ length }, (_, i) => (seed + 37 * i) % 256);
      const set = { images, labels: Uint8Array.from({ length: count }, (_, i) => (seed + i) % 7), count };
      const description = { name: "x", ...size, records: { "data_batch.bin": count } };
      expect(parseBatches([["data_batch.bin", formatBatch(set, size)]], description, 7)).toEqual(set);
      expect(parseDescription(formatDescription(description))).toEqual(description);
    }),
  );
});

test("a batch of one byte too many is named", () => {
  const long = [["test_batch.bin", new Uint8Array(6)]] as const;
  expect(() => parseBatches(long, tiny, 10)).toThrow(
    "parseBatches: test_batch.bin has 6 bytes, expected 5 (1 records of 5)",
  );
});

test("a truncated batch and a label without a class are named", () => {
  const truncated = [["data_batch_1.bin", new Uint8Array(30_729_999)]] as const;
  expect(() => parseBatches(truncated, cifar10Description, 10)).toThrowErrorMatchingInlineSnapshot(
    `[FormatError: parseBatches: data_batch_1.bin has 30729999 bytes, expected 30730000 (10000 records of 3073)]`,
  );
  const wrongLabel = [["data_batch_1.bin", Uint8Array.of(1, 0, 0, 0, 0, 4, 0, 0, 0, 0)]] as const;
  expect(() => parseBatches(wrongLabel, tiny, 4)).toThrowErrorMatchingInlineSnapshot(
    `[FormatError: parseBatches: data_batch_1.bin: expected labels from 0 to 3, got 4 at image 1]`,
  );
});

test("class names: one per line, the official file's blank last line included", () => {
  expect(parseClassNames("cat\r\nhot dog\n\n")).toEqual(["cat", "hot dog"]);
  expect(parseClassNames(formatClassNames(["a", "b c"]))).toEqual(["a", "b c"]);
  expect(() => parseClassNames("cat\nhot\tdog\n")).toThrow('class names of one line each, got "hot\\tdog"');
  expect(() => parseClassNames("alone\n")).toThrow("expected 2 to 256 class names, got 1");
});

test("a blank line between class names would shift the labels, and two classes of one name are one", () => {
  expect(() => parseClassNames("cat\n\ndog\n")).toThrow(
    'batches.meta.txt: expected class names of one line each, got ""',
  );
  expect(() => parseClassNames("cat\n \t\ndog\n")).toThrow("expected class names of one line each");
  expect(() => parseClassNames("cat\ndog\ncat")).toThrow(
    'batches.meta.txt: expected class names that differ, got "cat" twice',
  );
});

test("a description that makes no sense is refused", () => {
  const broken = (change: object): string => JSON.stringify({ ...tiny, ...change });
  expect(() => parseDescription("{")).toThrow("dataset.json: expected JSON");
  expect(() => parseDescription("null")).toThrow('expected "name", on one line, and "records"');
  expect(() => parseDescription(broken({ channels: 0 }))).toThrow("channels to be a whole number from 1 to 4, got 0");
  expect(() => parseDescription(broken({ width: 1e9 }))).toThrow("width");
  expect(() => parseDescription(broken({ records: { "data_batch_1.bin": -1 } }))).toThrow("data_batch_1.bin");
});

import { expect, test } from "vitest";
import { FormatError, UserError } from "../errors.ts";
import { formatBatch } from "./cifar10.ts";
import { describeDataset, parseDatasetFiles } from "./dataset-files.ts";

const size = { channels: 1, height: 1, width: 2 };
const part = (...labels: number[]) => ({
  images: Uint8Array.from({ length: 2 * labels.length }, (_, i) => i),
  labels: Uint8Array.from(labels),
  count: labels.length,
});
const text = (content: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(content));
const description = { name: "two", ...size, records: { "data_batch_1.bin": 2, "test_batch.bin": 1 } };
const batches = [
  ["data_batch_1.bin", formatBatch(part(0, 1), size)],
  ["test_batch.bin", formatBatch(part(1), size)],
] as const;
const names = ["batches.meta.txt", new TextEncoder().encode("old\nnames\n")] as const;

test("class names in dataset.json count, those in batches.meta.txt where it has none", () => {
  const own = { ...description, classNames: ["cat", "dog"] };
  expect(parseDatasetFiles(new Map([...batches, names, ["dataset.json", text(own)]]), "here")).toEqual({
    ...{ name: "two", ...size, classNames: ["cat", "dog"] },
    ...{ train: part(0, 1), test: part(1) },
  });
  expect(describeDataset(new Map([names, ["dataset.json", text(description)]]), "here").classNames).toEqual([
    "old",
    "names",
  ]);
});

test("what is missing and what is wrong is named, and where", () => {
  const reading = (...files: (readonly [string, Uint8Array])[]) => {
    return () => parseDatasetFiles(new Map([["dataset.json", text(description)], ...files]), "here");
  };
  expect(reading(...batches)).toThrow(new UserError("readDataset: batches.meta.txt is missing in here"));
  expect(reading(names, batches[0])).toThrow(new UserError("readDataset: test_batch.bin is missing in here"));
  expect(reading(names, batches[0], ["test_batch.bin", new Uint8Array(2)])).toThrow(FormatError);
  expect(reading(names, batches[0], ["test_batch.bin", new Uint8Array(2)])).toThrow("here: parseBatches: test_batch");
});

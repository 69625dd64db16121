import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cifar10ClassNames, type Dataset, shapesDataset } from "../data/index.ts";
import {
  formatDatasetFiles,
  parseDatasetFiles,
  readDatasetFolder,
  saveDataset,
  writeFolder,
} from "./dataset-folder.ts";

const shapes = shapesDataset({ numTrain: 13, numTest: 4, size: 8 });
let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-"));
  out = join(folder, "deep", "shapes");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("save, then read, is identity", async () => {
  await saveDataset(shapes, out);
  expect(await readDatasetFolder(out)).toEqual(shapes);
  expect(readdirSync(join(folder, "deep"))).toEqual(["shapes"]); // no temporary folder left
});

test("fewer images than batch files are split too", () => {
  const few = shapesDataset({ numTrain: 2, numTest: 1, size: 8 });
  expect(parseDatasetFiles(new Map(formatDatasetFiles(few)), "x")).toEqual(few);
});

test("files of the official sizes need no description beside them", () => {
  const set = (count: number) => ({ images: new Uint8Array(3072 * count), labels: new Uint8Array(count), count });
  const cifar10: Dataset = {
    ...{ name: "cifar10", channels: 3, height: 32, width: 32 },
    ...{ classNames: cifar10ClassNames, train: set(50_000), test: set(10_000) },
  };
  const files = formatDatasetFiles(cifar10).map(([name, bytes]) => [name, bytes.length]);
  expect(files).toEqual([
    ...[1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, 30_730_000]),
    ["test_batch.bin", 30_730_000],
    ["batches.meta.txt", 61 - 1],
  ]);
});

test("a missing file, a truncated batch and a foreign description are named", async () => {
  await saveDataset(shapes, out);
  const batch = join(out, "data_batch_2.bin");
  const bytes = readFileSync(batch);
  writeFileSync(batch, bytes.subarray(0, bytes.length - 1));
  await expect(readDatasetFolder(out)).rejects.toThrow(
    "data_batch_2.bin has 578 bytes, expected 579 (3 records of 193)",
  );
  rmSync(batch);
  await expect(readDatasetFolder(out)).rejects.toThrow(`data_batch_2.bin is missing in ${out}`);
  writeFileSync(join(out, "dataset.json"), "[]");
  await expect(readDatasetFolder(out)).rejects.toThrow('dataset.json: expected "name" and "records"');
});

test("a folder in the place of a batch, and a file in the place of the folder, are said", async () => {
  await saveDataset(shapes, out);
  rmSync(join(out, "data_batch_3.bin"));
  mkdirSync(join(out, "data_batch_3.bin"));
  await expect(readDatasetFolder(out)).rejects.toThrow("data_batch_3.bin is a folder, expected a file");
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  await expect(readDatasetFolder(file)).rejects.toThrow(`batches.meta.txt is missing in ${file}`);
});

test("what is there already is kept, unless it is a dataset and may be replaced", async () => {
  await saveDataset(shapes, out);
  const other = shapesDataset({ seed: 1, numTrain: 5, numTest: 4, size: 8 });
  await expect(saveDataset(other, out)).rejects.toThrow(
    "already holds a dataset; name another folder or add --replace",
  );
  expect(await readDatasetFolder(out)).toEqual(shapes);
  await saveDataset(other, out, { replace: true });
  expect(await readDatasetFolder(out)).toEqual(other);

  writeFileSync(join(folder, "thesis.txt"), "precious");
  await expect(saveDataset(shapes, folder, { replace: true })).rejects.toThrow("the folder holds other files");
  await expect(saveDataset(shapes, join(folder, "thesis.txt"))).rejects.toThrow("it is a file");
  mkdirSync(join(folder, "empty"));
  await saveDataset(shapes, join(folder, "empty"));
});

test("a write that fails leaves what was there, and no temporary folder", async () => {
  await saveDataset(shapes, out);
  const impossible = [["no/such/folder.bin", new Uint8Array(1)]] as const;
  await expect(writeFolder(out, impossible, { replace: true })).rejects.toThrow("ENOENT");
  expect(await readDatasetFolder(out)).toEqual(shapes);
  await expect(writeFolder(join(folder, "new"), impossible)).rejects.toThrow("ENOENT");
  expect([existsSync(join(folder, "new")), readdirSync(folder)]).toEqual([false, ["deep"]]);
});

test.runIf(existsSync("/proc/self"))("a place where nothing can be created is named before any work", async () => {
  await expect(saveDataset(shapes, "/proc/self/dataset")).rejects.toThrow("/proc/self is not writable");
});

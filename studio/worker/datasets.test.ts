/** What the page reads from files that a person chose; the command reads the same, with the same checks. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { formatIdx, shapesDataset } from "../../src/data/index.ts";
import { formatDatasetFiles } from "../../src/node/dataset-folder.ts";
import { tensor } from "../../src/tensor/index.ts";
import { readDataset } from "./datasets.ts";

const read = (files: readonly (readonly [string, Uint8Array])[]) => {
  const chosen = files.map(([path, bytes]) => ({ path, bytes: async () => bytes }));
  return readDataset(chosen, () => {}).then(({ dataset }) => dataset);
};
const shapes = { ...shapesDataset({ numTrain: 13, numTest: 4, size: 8 }), name: "mine" };
const folder = formatDatasetFiles(shapes).map(([name, bytes]) => [`mine/${name}`, bytes] as const);

test("a dataset folder; the class names of dataset.json count", async () => {
  expect(await read(folder)).toEqual(shapes);
  const other = new TextEncoder().encode("a\nb\n");
  expect(await read([...folder, ["mine/batches.meta.txt", other]])).toEqual(shapes);
});

test("a file of it that is missing or cut off is named", async () => {
  await expect(read(folder.filter(([path]) => !path.endsWith("batch_2.bin")))).rejects.toThrow(
    "data_batch_2.bin is missing in mine",
  );
  await expect(read([...folder, ["mine/test_batch.bin", new Uint8Array(3)]])).rejects.toThrow(
    "mine: parseBatches: test_batch.bin has 3 bytes, expected 772",
  );
});

test("IDX files, packed or not, whose sizes must agree", async () => {
  const images = (shape: number[]) => formatIdx(tensor(new Uint8Array(12), { shape, dtype: "uint8" }));
  const labels = formatIdx(tensor([0, 2, 1], { dtype: "uint8" }));
  const files = (testShape: number[]) =>
    [
      ["train-images-idx3-ubyte.gz", new Uint8Array(gzipSync(images([3, 1, 4])))],
      ["train-labels-idx1-ubyte", labels],
      ["t10k-images-idx3-ubyte", images(testShape)],
      ["t10k-labels-idx1-ubyte", labels],
    ] as const;
  expect(await read(files([3, 1, 4]))).toMatchObject({ height: 1, width: 4, classNames: ["0", "1", "2"] });
  await expect(read(files([3, 2, 2]))).rejects.toThrow("expected images of 1×4 as in train-images-idx3-ubyte, got 2×2");
  await expect(read(files([3, 1, 4]).slice(0, 3))).rejects.toThrow(
    "expected t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz beside train-images-idx3-ubyte; choose all four",
  );
});

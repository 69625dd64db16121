import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { formatIdx, shapesDataset } from "../data/index.ts";
import { tensor } from "../tensor/index.ts";
import { saveDataset } from "./dataset-folder.ts";
import { loadDataset } from "./datasets.ts";

const small = { ...shapesDataset({ numTrain: 10, numTest: 5, size: 8 }), name: "small" };
let dataDir: string;
let messages: string[];
const load = (name?: string) => loadDataset(name, { dataDir, onMessage: (line) => messages.push(line) });

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "chainrule-"));
  messages = [];
  vi.stubEnv("CHAINRULE_CIFAR10_URL", "http://127.0.0.1:49151/cifar-10-binary.tar.gz"); // nobody listens there
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dataDir, { recursive: true, force: true });
});

test("auto takes CIFAR-10 from any of its usual places", async () => {
  for (const place of ["cifar10", "cifar-10-batches-bin"]) {
    await saveDataset(small, join(dataDir, place));
    expect(await load()).toEqual({ ...small, folder: join(dataDir, place) });
    expect(messages.pop()).toBe(
      `dataset: small (10 training and 5 test images of 3×8×8, 10 classes), from ${join(dataDir, place)}`,
    );
    rmSync(join(dataDir, place), { recursive: true });
  }
  await saveDataset(small, dataDir);
  expect(await load("cifar10")).toEqual({ ...small, folder: dataDir });
});

test("auto falls back to shapes, and its first line says why", async () => {
  dataDir = join(dataDir, "none");
  expect((await load("auto")).name).toBe("shapes");
  expect(messages.length).toBe(1);
  expect(messages[0]).toMatch(
    /^dataset: shapes .* built in, because CIFAR-10 is not in .*none and could not be downloaded: /,
  );
  expect(messages[0]).toContain("connection refused");
  expect(existsSync(dataDir)).toBe(false);
});

test("auto does not hide a damaged CIFAR-10", async () => {
  await saveDataset(small, join(dataDir, "cifar10"));
  writeFileSync(join(dataDir, "cifar10", "test_batch.bin"), "");
  await expect(load("auto")).rejects.toThrow("test_batch.bin has 0 bytes, expected 965");
});

test("cifar10 that is not there says how to get it", async () => {
  await expect(load("cifar10")).rejects.toThrow('get it with "chainrule data download cifar10"');
});

function writeIdx(folder: string, { labels = [0, 2, 1], gzip = false } = {}): void {
  mkdirSync(folder, { recursive: true });
  const images = formatIdx(
    tensor(
      Uint8Array.from({ length: 12 }, (_, i) => i),
      { shape: [3, 1, 4], dtype: "uint8" },
    ),
  );
  for (const part of ["train", "t10k"]) {
    const bytes = formatIdx(tensor(labels, { dtype: "uint8" }));
    writeFileSync(join(folder, `${part}-images-idx3-ubyte${gzip ? ".gz" : ""}`), gzip ? gzipSync(images) : images);
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), bytes);
  }
}

test("IDX files, packed or not, in the data folder, in one named after the dataset, or in a folder by path", async () => {
  writeIdx(join(dataDir, "mnist"), { gzip: true });
  const mnist = await load("mnist");
  expect([mnist.name, mnist.channels, mnist.height, mnist.width]).toEqual(["mnist", 1, 1, 4]);
  expect(mnist.classNames).toEqual(["0", "1", "2"]); // as many as the labels name
  expect([...mnist.train.labels]).toEqual([0, 2, 1]);
  expect([...mnist.test.images]).toEqual(Array.from({ length: 12 }, (_, i) => i));

  writeIdx(dataDir);
  const fashion = await load("fashion-mnist");
  expect(fashion.classNames[9]).toBe("ankle boot");
  expect((await load(join(dataDir, "mnist"))).train).toEqual(mnist.train);
});

test("IDX files that do not fit are named", async () => {
  const folder = join(dataDir, "mnist");
  writeIdx(folder, { labels: [0, 1] });
  await expect(load("mnist")).rejects.toThrow("expected 3 labels for 3 images, got 2");
  writeIdx(folder);
  writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), formatIdx(tensor([0, 1, 3], { dtype: "uint8" })));
  await expect(load("mnist")).rejects.toThrow("t10k-labels-idx1-ubyte: expected labels from 0 to 2, got 3 at image 2");
  writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), formatIdx(tensor([[1]], { dtype: "uint8" })));
  await expect(load("mnist")).rejects.toThrow("expected 1 dimensions, got 2");
  writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), "MNIST");
  await expect(load("mnist")).rejects.toThrow("to start with 00 00 08 and 01 to 04, got 4d 4e 49 53");
  rmSync(join(folder, "t10k-labels-idx1-ubyte"));
  writeFileSync(join(folder, "t10k-labels-idx1-ubyte.gz"), "not gzip");
  await expect(load("mnist")).rejects.toThrow("t10k-labels-idx1-ubyte.gz: expected a gzip file");
  rmSync(join(folder, "t10k-labels-idx1-ubyte.gz"));
  await expect(load("mnist")).rejects.toThrow("expected t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz");
});

test("test images of another shape, and images without pixels, are refused", async () => {
  const folder = join(dataDir, "mnist");
  writeIdx(folder);
  const images = formatIdx(tensor(new Uint8Array(12), { shape: [3, 2, 2], dtype: "uint8" })); // as many bytes as 3 of 1×4
  writeFileSync(join(folder, "t10k-images-idx3-ubyte"), images);
  await expect(load("mnist")).rejects.toThrow(
    `${join(folder, "t10k-images-idx3-ubyte")}: expected images of 1×4 as in train-images-idx3-ubyte, got 2×2`,
  );
  const none = Uint8Array.of(0, 0, 8, 3, ...new Array(4).fill(255), 0, 0, 0, 0, 0, 0, 0, 4);
  writeFileSync(join(folder, "train-images-idx3-ubyte"), none);
  await expect(load("mnist")).rejects.toThrow("expected images of 1×1 to 4096×4096, got 0×4");
});

test("an IDX file unpacks to no more than its header says", async () => {
  const folder = join(dataDir, "mnist");
  writeIdx(folder, { gzip: true });
  const images = join(folder, "train-images-idx3-ubyte.gz");
  const header = gunzipSync(readFileSync(images)).subarray(0, 16);
  writeFileSync(images, gzipSync(Buffer.concat([header, Buffer.alloc(13)])));
  await expect(load("mnist")).rejects.toThrow(`${images}: expected a gzip file of as many bytes as its header says`);
  writeFileSync(images, gzipSync(Buffer.concat([header, Buffer.alloc(11)])));
  await expect(load("mnist")).rejects.toThrow("has 27 bytes, expected 28");
  writeFileSync(images, gzipSync(header.subarray(0, 9)));
  await expect(load("mnist")).rejects.toThrow("has 9 bytes, expected a header of 16");
});

test("a folder written by import, class folders not yet imported, and a name nobody knows", async () => {
  await saveDataset(small, join(dataDir, "mine"));
  expect(await load(join(dataDir, "mine"))).toEqual({ ...small, folder: join(dataDir, "mine") });
  mkdirSync(join(dataDir, "photos", "cat"), { recursive: true });
  await expect(load(join(dataDir, "photos"))).rejects.toThrow("chainrule data import");
  await expect(load("cifar100")).rejects.toThrow(
    'unknown dataset "cifar100"; expected one of auto, cifar10, fashion-mnist, mnist, shapes, or a dataset folder',
  );
});

const debian = "/usr/share/datasets/fashion-mnist";
if (!existsSync(debian)) process.stderr.write(`datasets.test: ${debian} is absent, its test is skipped\n`);
test.runIf(existsSync(debian))("Fashion-MNIST where Debian puts it", async () => {
  const fashion = await load("fashion-mnist");
  expect([fashion.train.count, fashion.test.count, fashion.height, fashion.width]).toEqual([60_000, 10_000, 28, 28]);
});

/** Datasets in MNIST's format: a folder of four IDX files, gzipped or not. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { checkImageSet, type Dataset, type ImageSet, parseIdx } from "../data/index.ts";
import { FormatError } from "../errors.ts";
import { UserError } from "./user-mistake.ts";

/** The usual names; each may end in `.gz`. */
const idxFiles = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

const idxClassNames: Readonly<Record<string, readonly string[]>> = {
  "fashion-mnist": [
    ...["T-shirt/top", "trouser", "pullover", "dress", "coat"],
    ...["sandal", "shirt", "sneaker", "bag", "ankle boot"],
  ],
};

async function idxPath(folder: string, file: string): Promise<string | undefined> {
  for (const path of [join(folder, file), join(folder, `${file}.gz`)])
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  return undefined;
}

export async function hasIdx(folder: string): Promise<boolean> {
  return (await idxPath(folder, idxFiles.trainImages)) !== undefined;
}

/**
 * Four IDX files to a dataset; as many classes as the labels name, unless the dataset is known to have more.
 * @throws {UserError} when a file is missing
 * @throws {FormatError} for a wrong magic number, a truncated file, or labels and images that do not fit
 */
export async function readIdxFolder(folder: string, name: string): Promise<Dataset> {
  const read = async (file: string, dimensions: number): Promise<{ shape: readonly number[]; data: Uint8Array }> => {
    const path = await idxPath(folder, file);
    if (!path) throw new UserError(`${folder}: expected ${file} or ${file}.gz beside ${idxFiles.trainImages}`);
    const packed = await readFile(path);
    const bytes = path.endsWith(".gz")
      ? await promisify(gunzip)(packed).catch((error: Error) => {
          throw new FormatError(`${path}: expected a gzip file (${error.message})`);
        })
      : packed;
    const { shape, data } = parseIdx(bytes, path);
    if (shape.length !== dimensions)
      throw new FormatError(`${path}: expected ${dimensions} dimensions, got ${shape.length}`);
    return { shape, data };
  };
  const images = await read(idxFiles.trainImages, 3);
  const labels = await read(idxFiles.trainLabels, 1);
  const testImages = await read(idxFiles.testImages, 3);
  const testLabels = await read(idxFiles.testLabels, 1);
  const [, height = 0, width = 0] = images.shape;
  const size = { channels: 1, height, width };
  const most = labels.data.reduce((a, b) => Math.max(a, b), 1);
  const classNames = idxClassNames[name] ?? Array.from({ length: most + 1 }, (_, label) => String(label));
  const set = (x: typeof images, y: typeof labels, file: string): ImageSet =>
    checkImageSet(join(folder, file), { images: x.data, labels: y.data, count: x.shape[0]! }, size, classNames.length);
  return {
    name,
    ...size,
    classNames,
    train: set(images, labels, idxFiles.trainLabels),
    test: set(testImages, testLabels, idxFiles.testLabels),
  };
}

/** Datasets in MNIST's format: a folder of four IDX files, gzipped or not. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gunzip, type ZlibOptions } from "node:zlib";
import { checkImageSet, type Dataset, type ImageSet, idxLength, mostImageBytes, parseIdx } from "../data/index.ts";
import { FormatError } from "../errors.ts";
import { readBytes } from "./files.ts";
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
  const train = await readImages(folder, idxFiles.trainImages);
  const test = await readImages(folder, idxFiles.testImages);
  const [, height, width] = train.shape;
  if (test.shape[1] !== height || test.shape[2] !== width)
    throw new FormatError(
      `${test.path}: expected images of ${height}×${width} as in ${idxFiles.trainImages}, got ${test.shape[1]}×${test.shape[2]}`,
    );
  const size = { channels: 1, height, width };
  const labels = await readIdx(folder, idxFiles.trainLabels, 1);
  const most = labels.data.reduce((a, b) => Math.max(a, b), 1);
  const classNames = idxClassNames[name] ?? Array.from({ length: most + 1 }, (_, label) => String(label));
  const set = (images: Images, { path, data }: IdxFile): ImageSet =>
    checkImageSet(path, { images: images.data, labels: data, count: images.shape[0] }, size, classNames.length);
  return {
    name,
    ...size,
    classNames,
    train: set(train, labels),
    test: set(test, await readIdx(folder, idxFiles.testLabels, 1)),
  };
}

interface IdxFile {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

type Images = IdxFile & { readonly shape: readonly [count: number, height: number, width: number] };

async function readImages(folder: string, file: string): Promise<Images> {
  const { path, shape, data } = await readIdx(folder, file, 3);
  const [count = 0, height = 0, width = 0] = shape;
  if (Math.min(height, width) < 1 || Math.max(height, width) > 4096)
    throw new FormatError(`${path}: expected images of 1×1 to 4096×4096, got ${height}×${width}`);
  return { path, shape: [count, height, width], data };
}

async function readIdx(folder: string, file: string, dimensions: number): Promise<IdxFile> {
  const path = await idxPath(folder, file);
  if (!path) throw new UserError(`${folder}: expected ${file} or ${file}.gz beside ${idxFiles.trainImages}`);
  const packed = await readBytes(path, mostImageBytes);
  const { shape, data } = parseIdx(path.endsWith(".gz") ? await unpack(packed, path) : packed, path);
  if (shape.length !== dimensions)
    throw new FormatError(`${path}: expected ${dimensions} dimensions, got ${shape.length}`);
  return { path, shape, data };
}

/** No more than the header announces: a small file can unpack to all the memory there is. */
async function unpack(packed: Uint8Array, path: string): Promise<Uint8Array> {
  const unzip = async (bytes: Uint8Array, options: ZlibOptions): Promise<Uint8Array> =>
    promisify(gunzip)(bytes, options).catch((error: NodeJS.ErrnoException) => {
      const isLong = error.code === "ERR_BUFFER_TOO_LARGE";
      throw new FormatError(
        `${path}: expected a gzip file${isLong ? " of as many bytes as its header says" : ""} (${error.message})`,
      );
    });
  const start = await unzip(packed.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  return unzip(packed, { maxOutputLength: Math.min(Math.max(1, idxLength(start, path)), mostImageBytes) });
}

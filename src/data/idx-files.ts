/** Datasets in MNIST's format: four IDX files (see `idx.ts`). */
import { FormatError } from "../errors.ts";
import { checkImageSet, type Dataset, type ImageSet } from "./dataset.ts";
import { parseIdx } from "./idx.ts";

/** The usual names; each may end in `.gz`. */
export const idxFiles = {
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

/** What is said where one of the four is not there. */
export function missingIdx(file: string): string {
  return `expected ${file} or ${file}.gz beside ${idxFiles.trainImages}`;
}

export interface IdxFile {
  readonly path: string; // for messages
  readonly bytes: Uint8Array; // unpacked
}

/**
 * Four IDX files to a dataset; as many classes as the training labels name, unless the dataset is known to have more.
 * @throws {FormatError} for a wrong magic number, a truncated file, or labels and images that do not fit
 */
export function idxDataset(files: Readonly<Record<keyof typeof idxFiles, IdxFile>>, name: string): Dataset {
  const train = parseImages(files.trainImages);
  const test = parseImages(files.testImages);
  const { height, width } = train;
  if (test.height !== height || test.width !== width)
    throw new FormatError(
      `${files.testImages.path}: expected images of ${height}×${width} as in ${idxFiles.trainImages}, got ${test.height}×${test.width}`,
    );
  const size = { channels: 1, height, width };
  const labels = parse(files.trainLabels, 1).data;
  const most = labels.reduce((a, b) => Math.max(a, b), 1);
  const classNames = idxClassNames[name] ?? Array.from({ length: most + 1 }, (_, label) => String(label));
  const set = ({ images, count }: Images, labels: Uint8Array, { path }: IdxFile): ImageSet =>
    checkImageSet(path, { images, labels, count }, size, classNames.length);
  return {
    name,
    ...size,
    classNames,
    train: set(train, labels, files.trainLabels),
    test: set(test, parse(files.testLabels, 1).data, files.testLabels),
  };
}

interface Images {
  readonly images: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

function parseImages(file: IdxFile): Images {
  const { shape, data } = parse(file, 3);
  const [count = 0, height = 0, width = 0] = shape;
  if (Math.min(height, width) < 1 || Math.max(height, width) > 4096)
    throw new FormatError(`${file.path}: expected images of 1×1 to 4096×4096, got ${height}×${width}`);
  return { images: data, count, height, width };
}

function parse({ path, bytes }: IdxFile, dimensions: number): { shape: readonly number[]; data: Uint8Array } {
  const { shape, data } = parseIdx(bytes, path);
  if (shape.length !== dimensions)
    throw new FormatError(`${path}: expected ${dimensions} dimensions, got ${shape.length}`);
  return { shape, data };
}

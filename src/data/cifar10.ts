/**
 * The CIFAR-10 binary layout: a file is a row of records, a record is one label byte and then the image, plane after
 * plane (red, green, blue), each plane row by row from the top. Five training batches, one test batch, class names in
 * a text file. The same layout holds any labelled images; `dataset.json` beside it says their size and classes, and names
 * the batch files. The official files, which have none, are 10 classes of 3×32×32 with 10,000 records in a batch.
 *
 * Source: https://www.cs.toronto.edu/~kriz/cifar.html (section "Binary version").
 */
import { FormatError, show } from "../errors.ts";
import { checkClassNames, checkImageSet, type ImageSet, type ImageSize, imageLength, isPlainName } from "./dataset.ts";

/** The five training batches and the test batch; a second set of names, with a suffix, can lie beside the first. */
export function batchNames(suffix = ""): { readonly train: readonly string[]; readonly test: string } {
  return { train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}${suffix}.bin`), test: `test_batch${suffix}.bin` };
}

export const classNamesFile = "batches.meta.txt";
export const descriptionFile = "dataset.json";

export const cifar10ClassNames: readonly string[] = [
  ...["airplane", "automobile", "bird", "cat", "deer"],
  ...["dog", "frog", "horse", "ship", "truck"],
];

/** What `dataset.json` holds. */
export interface DatasetDescription extends ImageSize {
  readonly name: string;
  readonly classNames?: readonly string[]; // default: those in `batches.meta.txt`
  readonly records: Readonly<Record<string, number>>; // how many, per batch file: `data_batch…` and `test_batch….bin`
}

/** What the official files hold. */
export const cifar10Description: DatasetDescription = {
  name: "cifar10",
  channels: 3,
  height: 32,
  width: 32,
  records: Object.fromEntries([...batchNames().train, batchNames().test].map((file) => [file, 10_000])),
};

/** The bytes of a batch file. */
export function formatBatch(set: ImageSet, size: ImageSize): Uint8Array {
  const length = imageLength(size);
  const bytes = new Uint8Array(set.count * (1 + length));
  for (let i = 0; i < set.count; i++) {
    bytes[i * (1 + length)] = set.labels[i]!;
    bytes.set(set.images.subarray(i * length, (i + 1) * length), i * (1 + length) + 1);
  }
  return bytes;
}

/** The bytes of a file, or how many there are and how to get them; the next file may be read into the same memory. */
export type FileBytes = Uint8Array | { readonly length: number; readonly read: () => Uint8Array };

/** Most bytes of the images of one set. */
export const mostImageBytes: number = 2 ** 32 - 1;

/**
 * Reads batch files into one set, one after another.
 *
 * @param files - `[name, bytes]`, in order; they are asked for once, one after another
 * @throws {FormatError} for a file that is not as long as described, or a label that names no class
 */
export function parseBatches(
  files: readonly (readonly [name: string, bytes: FileBytes])[],
  description: DatasetDescription,
  numClasses: number,
): ImageSet {
  const length = imageLength(description);
  const count = files.reduce((sum, [name]) => sum + (description.records[name] ?? 0), 0);
  // Before anything is allocated: a description may claim any size.
  for (const [name, file] of files) checkLength(name, file.length, description.records[name] ?? 0, length);
  if (count * length > mostImageBytes)
    throw new FormatError(`parseBatches: expected at most 4 GB of images, got ${count * length} bytes`);
  const images = new Uint8Array(count * length);
  const labels = new Uint8Array(count);
  let next = 0;
  for (const [name, file] of files) {
    const records = description.records[name] ?? 0;
    const bytes = "read" in file ? file.read() : file;
    checkLength(name, bytes.length, records, length); // it may have changed in between
    const first = next;
    for (let from = 0; from < bytes.length; from += 1 + length, next++) {
      labels[next] = bytes[from]!;
      images.set(bytes.subarray(from + 1, from + 1 + length), next * length);
    }
    const part = { images: images.subarray(first * length, next * length), labels: labels.subarray(first, next) };
    checkImageSet(`parseBatches: ${name}`, { ...part, count: records }, description, numClasses);
  }
  return { images, labels, count };
}

function checkLength(name: string, got: number, records: number, length: number): void {
  const expected = records * (1 + length);
  if (got !== expected)
    throw new FormatError(
      `parseBatches: ${name} has ${got} bytes, expected ${expected} (${records} records of ${1 + length})`,
    );
}

/** One name per line. */
export function formatClassNames(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join("");
}

/** @throws {FormatError} see {@link checkClassNames}; also for a blank line between names, which would shift the labels */
export function parseClassNames(text: string): string[] {
  return checkClassNames(classNamesFile, text.trimEnd().split(/\r?\n/));
}

export function formatDescription(description: DatasetDescription): string {
  return `${JSON.stringify(description, null, 2)}\n`;
}

/** @throws {FormatError} for JSON that is not a {@link DatasetDescription} with sizes that make sense */
export function parseDescription(text: string): DatasetDescription {
  let found: Partial<Record<keyof DatasetDescription, unknown>> | null; // anything that JSON can be
  try {
    found = JSON.parse(text);
  } catch {
    throw new FormatError(`${descriptionFile}: expected JSON, got ${show(text)}`);
  }
  const whole = (key: string, value: unknown, min: number, max: number): number => {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new FormatError(
      `${descriptionFile}: expected ${key} to be a whole number from ${min} to ${max}, got ${show(value)}`,
    );
  };
  const { name, records, classNames } = found ?? {};
  if (!isPlainName(name) || typeof records !== "object" || records === null)
    throw new FormatError(`${descriptionFile}: expected "name", on one line, and "records"`);
  const files = Object.keys(records);
  const wrong = files.find((file) => !/^(data|test)_batch[\w-]*\.bin$/.test(file));
  if (wrong !== undefined || files.length > 100)
    throw new FormatError(
      `${descriptionFile}: expected the records of at most 100 files data_batch….bin and test_batch….bin, got ${
        wrong === undefined ? files.length : show(wrong)
      }`,
    );
  if (classNames !== undefined && !Array.isArray(classNames))
    throw new FormatError(`${descriptionFile}: expected "classNames" to be a list`);
  return {
    name,
    ...(classNames && { classNames: checkClassNames(descriptionFile, classNames) }),
    channels: whole("channels", found!.channels, 1, 4),
    height: whole("height", found!.height, 1, 4096),
    width: whole("width", found!.width, 1, 4096),
    records: Object.fromEntries(Object.entries(records).map(([file, n]) => [file, whole(file, n, 0, 2 ** 31)])),
  };
}

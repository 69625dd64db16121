/** Datasets on disk in the CIFAR-10 binary layout (see `data/cifar10.ts`): read whole, written whole or not at all. */
import { closeSync, fstatSync, openSync, readSync, rmSync } from "node:fs";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  bytesOf,
  cifar10ClassNames,
  cifar10Description,
  classNamesFile,
  type Dataset,
  type DatasetDescription,
  descriptionFile,
  type FileBytes,
  formatBatch,
  formatClassNames,
  formatDescription,
  parseBatches,
  parseClassNames,
  parseDescription,
  testBatchName,
  trainBatchNames,
} from "../data/index.ts";
import { checkCreatable } from "./files.ts";
import { UserError } from "./user-mistake.ts";

export type NamedBytes = readonly [name: string, bytes: Uint8Array];

/** Is this a folder that {@link readDatasetFolder} reads? */
export async function isDatasetFolder(folder: string): Promise<boolean> {
  return (await readIfThere(join(folder, classNamesFile))) !== undefined;
}

/**
 * @throws {UserError} when a file is missing
 * @throws {FormatError} when one is truncated or has labels without a class
 */
export async function readDatasetFolder(folder: string): Promise<Dataset> {
  const files = new Map<string, FileBytes>();
  for (const name of [classNamesFile, descriptionFile]) {
    const bytes = await readIfThere(join(folder, name));
    if (bytes) files.set(name, bytes);
  }
  // The batches are large: they are read when it is their turn, into the same room.
  const reader = fileReader();
  for (const name of [...trainBatchNames, testBatchName]) {
    const path = join(folder, name);
    const found = await stat(path).catch(ignoreMissing);
    if (found?.isDirectory()) throw new UserError(`readDataset: ${path} is a folder, expected a file`);
    if (found) files.set(name, () => reader(path));
  }
  return parseDatasetFiles(files, folder);
}

const mostAtOnce = 2 ** 30; // bytes: the system reads less than 2³¹ in one call

/** Reads whole files, each over the one before. */
function fileReader(): (path: string) => Uint8Array {
  let room = new Uint8Array(0);
  return (path) => {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      if (room.length < size) room = new Uint8Array(size);
      let length = 0;
      for (let got = -1; got !== 0 && length < size; length += got)
        got = readSync(file, room, length, Math.min(size - length, mostAtOnce), null);
      return room.subarray(0, length);
    } finally {
      closeSync(file);
    }
  };
}

/** The files of a dataset folder, by name, to a dataset; `where` is for messages. */
export function parseDatasetFiles(files: ReadonlyMap<string, FileBytes>, where: string): Dataset {
  const file = (name: string): FileBytes => {
    const bytes = files.get(name);
    if (!bytes) throw new UserError(`readDataset: ${name} is missing in ${where}`);
    return bytes;
  };
  const text = (bytes: FileBytes): string => new TextDecoder().decode(bytesOf(bytes));
  const classNames = parseClassNames(text(file(classNamesFile)));
  const described = files.get(descriptionFile);
  const { records, ...about } = described ? parseDescription(text(described)) : cifar10Description;
  const read = (names: readonly string[]): Dataset["train"] =>
    parseBatches(
      names.map((name) => [name, file(name)]),
      { ...about, records },
      classNames.length,
    );
  return { ...about, classNames, train: read(trainBatchNames), test: read([testBatchName]) };
}

/** The files that {@link parseDatasetFiles} reads back: five training batches of nearly equal size, and the rest. */
export function formatDatasetFiles(dataset: Dataset): NamedBytes[] {
  const { name, channels, height, width, train, test, classNames } = dataset;
  const length = channels * height * width;
  const each = Math.ceil(train.count / trainBatchNames.length);
  const batches = trainBatchNames.map((file, i) => {
    const [from, to] = [Math.min(train.count, i * each), Math.min(train.count, (i + 1) * each)];
    const images = train.images.subarray(from * length, to * length);
    return [file, { images, labels: train.labels.subarray(from, to), count: to - from }] as const;
  });
  const all = [...batches, [testBatchName, test] as const];
  const records = Object.fromEntries(all.map(([file, set]) => [file, set.count]));
  const description: DatasetDescription = { name, channels, height, width, records };
  const encoder = new TextEncoder();
  const isOfficial =
    JSON.stringify(description) === JSON.stringify(cifar10Description) &&
    classNames.join() === cifar10ClassNames.join();
  return [
    ...all.map(([file, set]): NamedBytes => [file, formatBatch(set, dataset)]),
    [classNamesFile, encoder.encode(formatClassNames(classNames))],
    ...(isOfficial ? [] : [[descriptionFile, encoder.encode(formatDescription(description))] as NamedBytes]),
  ];
}

/**
 * Says before long work that {@link writeFolder} would not succeed.
 * @throws {UserError} when `out` holds something else than a dataset, holds a dataset and `replace` is not set, or
 *   cannot be created
 */
export async function checkFolderWritable(out: string, { replace = false }: { replace?: boolean } = {}): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (found && !found.isDirectory()) throw new UserError(`cannot write the dataset to ${out}: it is a file`);
  if (found && (await readdir(out)).length > 0) {
    if (!(await isDatasetFolder(out)))
      throw new UserError(`cannot write the dataset to ${out}: the folder holds other files; name a new folder`);
    if (!replace) throw new UserError(`${out} already holds a dataset; name another folder or add --replace`);
  }
  let parent = dirname(resolve(out));
  while (!(await stat(parent).catch(() => undefined))) parent = dirname(parent);
  await checkCreatable(parent).catch(() => {
    throw new UserError(`cannot write the dataset to ${out}: the folder ${parent} is not writable`);
  });
}

/** Writes the files into a temporary folder beside `out` and renames it: `out` is complete or as it was before. */
export async function writeFolder(
  out: string,
  files: readonly NamedBytes[],
  options: { replace?: boolean } = {},
): Promise<void> {
  await checkFolderWritable(out, options);
  const target = resolve(out);
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const old = `${temporary}.old`;
  const cleanUp = (): void => {
    for (const folder of [temporary, old]) rmSync(folder, { recursive: true, force: true });
  };
  const interrupted = (): void => {
    cleanUp();
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  try {
    await mkdir(temporary);
    for (const [name, bytes] of files) await writeFile(join(temporary, name), bytes, { flush: true });
    await rename(target, old).catch(ignoreMissing); // a folder cannot be renamed over one that holds files
    await rename(temporary, target).catch(async (error: unknown) => {
      await rename(old, target).catch(ignoreMissing);
      throw error;
    });
  } finally {
    process.off("SIGINT", interrupted);
    cleanUp();
  }
}

/** Writes a dataset in the CIFAR-10 binary layout, whole or not at all; {@link readDatasetFolder} reads it back. */
export async function saveDataset(dataset: Dataset, out: string, options: { replace?: boolean } = {}): Promise<void> {
  await writeFolder(out, formatDatasetFiles(dataset), options);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}

/**
 * Datasets on disk in the CIFAR-10 binary layout (see `data/cifar10.ts`): read whole, written whole or not at all. A
 * dataset that replaces another is written beside it under a second set of file names; then `dataset.json`, which says
 * which files count, is replaced by one rename, and the old files are removed. So at every moment there is one whole
 * dataset, and nothing in the folder is touched that is not the dataset's.
 */
import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { lstat, mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import {
  batchNames,
  cifar10ClassNames,
  cifar10Description,
  classNamesFile,
  type Dataset,
  describeDataset,
  descriptionFile,
  type FileBytes,
  formatBatch,
  formatClassNames,
  formatDescription,
  isPlainName,
  parseDatasetFiles,
} from "../data/index.ts";
import { FormatError, show } from "../errors.ts";
import {
  checkCreatable,
  flushFolder,
  isTemporary,
  readBytes,
  removeAbandoned,
  temporaryPath,
  writeFile,
} from "./files.ts";
import { UserError } from "./user-mistake.ts";

type NamedBytes = readonly [name: string, bytes: Uint8Array];

/** Is this a folder that {@link readDatasetFolder} reads? */
export async function isDatasetFolder(folder: string): Promise<boolean> {
  return (await stat(join(folder, classNamesFile)).catch(ignoreMissing)) !== undefined;
}

/**
 * @throws {UserError} when a file is missing
 * @throws {FormatError} when one is truncated or has labels without a class
 */
export async function readDatasetFolder(folder: string): Promise<Dataset> {
  const files = await textFiles(folder);
  // The batches are large: each is read when it is its turn, into the same memory.
  const read = fileReader();
  for (const name of Object.keys(describeDataset(files, folder).records)) {
    const path = join(folder, name);
    const found = await stat(path).catch(ignoreMissing);
    if (found) checkIsFile(path, found);
    if (found) files.set(name, { length: found.size, read: () => read(path) });
  }
  return parseDatasetFiles(files, folder);
}

const mostAtOnce = 2 ** 30; // bytes: the system reads less than 2³¹ in one call

/** Reads whole files, each over the one before. */
function fileReader(): (path: string) => Uint8Array {
  let buffer = new Uint8Array(0);
  return (path) => {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      if (buffer.length < size) buffer = new Uint8Array(size);
      let length = 0;
      for (let got = -1; got !== 0 && length < size; length += got)
        got = readSync(file, buffer, length, Math.min(size - length, mostAtOnce), null);
      return buffer.subarray(0, length);
    } finally {
      closeSync(file);
    }
  };
}

/**
 * The files that {@link parseDatasetFiles} reads back: five training batches of nearly equal size, and the rest.
 * @param suffix - of the batches' names; without one, files like CIFAR-10's official ones need no `dataset.json`
 */
export function formatDatasetFiles(dataset: Dataset, suffix?: string): NamedBytes[] {
  const { name, channels, height, width, train, test, classNames } = dataset;
  const length = channels * height * width;
  const names = batchNames(suffix);
  const each = Math.ceil(train.count / names.train.length);
  const batches = names.train.map((file, i) => {
    const [from, to] = [Math.min(train.count, i * each), Math.min(train.count, (i + 1) * each)];
    const images = train.images.subarray(from * length, to * length);
    return [file, { images, labels: train.labels.subarray(from, to), count: to - from }] as const;
  });
  const all = [...batches, [names.test, test] as const];
  const records = Object.fromEntries(all.map(([file, set]) => [file, set.count]));
  const description = { name, channels, height, width, records };
  const encoder = new TextEncoder();
  const isOfficial =
    suffix === undefined &&
    JSON.stringify(description) === JSON.stringify(cifar10Description) &&
    classNames.join() === cifar10ClassNames.join();
  return [
    ...all.map(([file, set]): NamedBytes => [file, formatBatch(set, dataset)]),
    [classNamesFile, encoder.encode(formatClassNames(classNames))],
    ...(isOfficial
      ? []
      : [[descriptionFile, encoder.encode(formatDescription({ ...description, classNames }))] as NamedBytes]),
  ];
}

export interface SaveDatasetOptions {
  readonly replace?: boolean; // a dataset that is there may be replaced; default false
  readonly source?: string; // folder of the images: no dataset is written into it, nor around it
}

/**
 * Says before long work that {@link saveDataset} would not succeed.
 *
 * @returns the one path that is meant, absolute and without links
 * @throws {UserError} when `out` is the root, the current folder, the home folder or holds one of them, is or holds the
 *   `source` or lies in it, holds something other than a dataset, holds a dataset and `replace` is not set, or cannot be
 *   created
 */
export async function checkDatasetTarget(out: string, options: SaveDatasetOptions = {}): Promise<string> {
  const { replace = false, source } = options;
  const refuse = (reason: string): never => {
    const name = isPlainName(out) ? out : show(out);
    throw new UserError(`cannot write the dataset to ${out === "" ? "a folder without a name" : name}: ${reason}`);
  };
  if (!isPlainName(out)) refuse("name a new folder, without line breaks or tabs");
  const target = await resolveLinks(out);
  if (target === dirname(target)) refuse("it is the root; name a new folder");
  if (isInside(await resolveLinks("."), target)) refuse("it is the current folder or holds it; name a new folder");
  if (isInside(await resolveLinks(homedir()), target)) refuse("it is the home folder or holds it; name a new folder");
  const from = source === undefined ? undefined : await resolveLinks(source);
  if (from !== undefined && (isInside(target, from) || isInside(from, target)))
    refuse(`it is ${source}, lies inside it or holds it; name a folder beside it`);
  const found = await stat(target).catch(ignoreMissing);
  if (found && !found.isDirectory()) refuse("it is a file");
  if (found && (await readdir(target)).length > 0) {
    if (!(await currentFiles(target))) refuse("the folder holds other files; name a new folder");
    if (!replace) throw new UserError(`${out} already holds a dataset; name another folder or add --replace`);
  }
  let parent = found ? target : dirname(target);
  while (!(await stat(parent).catch(ignoreMissing))) parent = dirname(parent);
  await checkCreatable(parent).catch(() => refuse(`the folder ${parent} is not writable`));
  return target;
}

/** Is `path` the folder itself, or below it? Both absolute and without links. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || resolve(way) === way);
}

/** The absolute path, with the links in the part of it that exists resolved; `a/../b` is `b`, with or without an `a`. */
async function resolveLinks(path: string): Promise<string> {
  let existing = resolve(path);
  const rest: string[] = [];
  for (;;) {
    const real = await realpath(existing).catch(ignoreMissing);
    if (real !== undefined) return join(real, ...rest);
    if (await lstat(existing).catch(ignoreMissing)) throw new UserError(`${existing} is a link that leads nowhere`);
    rest.unshift(basename(existing));
    existing = dirname(existing);
  }
}

/**
 * Writes a dataset in the CIFAR-10 binary layout, whole or not at all; {@link readDatasetFolder} reads it back.
 * @returns whether another one was replaced
 */
export async function saveDataset(dataset: Dataset, out: string, options: SaveDatasetOptions = {}): Promise<boolean> {
  const target = await checkDatasetTarget(out, options);
  const isThere = await isDatasetFolder(target);
  await (isThere ? claimed(target, () => replaceDataset(dataset, target)) : createDataset(dataset, target));
  return isThere;
}

/** Works on a folder while a file in it tells other processes so. */
async function claimed(folder: string, work: () => Promise<void>): Promise<void> {
  const claim = temporaryPath(folder);
  await (await open(claim, "wx")).close();
  try {
    await removeAbandoned(folder);
    if ((await readdir(folder)).some((name) => isTemporary(name) && name !== basename(claim)))
      throw new UserError(`cannot write the dataset to ${folder}: another process is writing there`);
    await work();
  } finally {
    await rm(claim, { force: true });
  }
}

/** Writes into a temporary folder beside `target` and renames it. */
async function createDataset(dataset: Dataset, target: string): Promise<void> {
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const temporary = temporaryPath(parent);
  try {
    await mkdir(temporary);
    for (const [name, bytes] of formatDatasetFiles(dataset)) await writeFile(join(temporary, name), bytes);
    await rmdir(target).catch(ignoreMissing); // empty, or it would not be written to
    await rename(temporary, target);
    await flushFolder(parent);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** See the head of this file. */
async function replaceDataset(dataset: Dataset, folder: string): Promise<void> {
  const old = (await currentFiles(folder)) ?? [];
  let suffix = "";
  for (
    let i = 2;
    Object.values(batchNames(suffix))
      .flat()
      .some((name) => old.includes(name));
    i++
  )
    suffix = `-${i}`;
  const files = new Map(formatDatasetFiles(dataset, suffix));
  const last = [descriptionFile, classNamesFile];
  for (const [name, bytes] of files) if (!last.includes(name)) await writeFile(join(folder, name), bytes);
  for (const name of last) await writeFile(join(folder, name), files.get(name)!);
  for (const name of old) await rm(join(folder, name), { force: true });
}

/** The batch files of the dataset in `folder`; undefined when what is there is not a dataset of ours. */
async function currentFiles(folder: string): Promise<string[] | undefined> {
  if (!(await isDatasetFolder(folder))) return undefined;
  try {
    return Object.keys(describeDataset(await textFiles(folder), folder).records);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The files that say what the dataset is. */
async function textFiles(folder: string): Promise<Map<string, FileBytes>> {
  const files = new Map<string, FileBytes>();
  for (const name of [classNamesFile, descriptionFile]) {
    const path = join(folder, name);
    const found = await stat(path).catch(ignoreMissing);
    if (found) checkIsFile(path, found);
    if (found) files.set(name, await readBytes(path, 2 ** 20));
  }
  return files;
}

function checkIsFile(path: string, found: Stats): void {
  if (!found.isFile()) throw new UserError(`readDataset: expected a file, got the folder or device ${path}`);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}

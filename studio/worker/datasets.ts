/** Datasets from files that a person dropped, or that the local server has: the same formats that the command reads. */
import { unzipSync } from "fflate";
import { parseTar } from "nanotar";
import {
  classNamesFile,
  type Dataset,
  describeDataset,
  descriptionFile,
  holdOut,
  type IdxFile,
  type ImageSet,
  idxDataset,
  idxFiles,
  missingIdx,
  parseDatasetFiles,
  pickImages,
} from "../../src/data/index.ts";
import { FormatError } from "../../src/errors.ts";
import { createRng } from "../../src/tensor/index.ts";
import { toPlanes } from "./planes.ts";

/** A file by its path, folders included. */
export interface NamedFile {
  readonly path: string;
  readonly bytes: () => Promise<Uint8Array>;
}

export interface ReadDataset {
  readonly dataset: Dataset;
  readonly unreadable: readonly string[];
}

const mostFiles = 100_000;
/** Unpacked: twice CIFAR-10. */
const mostBytes = 400_000_000;
const imageSize = 32;

const baseName = (path: string): string => path.split("/").at(-1)!;

/**
 * @throws {FormatError} naming what was expected
 * @throws {UserError} naming a file that is missing
 */
export async function readDataset(
  dropped: readonly NamedFile[],
  onProgress: (share: number) => void,
): Promise<ReadDataset> {
  const files = (await Promise.all(dropped.map(unpack))).flat().filter(({ path }) => !/(^|\/)(\.|__MACOSX)/.test(path));
  if (files.length > mostFiles) throw new FormatError(`expected at most ${mostFiles} files, got ${files.length}`);
  const byName = new Map(files.map((file) => [baseName(file.path), file]));
  if (byName.has(classNamesFile)) return { dataset: await readBatches(byName), unreadable: [] };
  if (byName.has(idxFiles.trainImages) || byName.has(`${idxFiles.trainImages}.gz`))
    return { dataset: await readIdx(byName), unreadable: [] };
  return readClassFolders(files, onProgress);
}

/** The files in an archive; any other file is itself. */
async function unpack(file: NamedFile): Promise<NamedFile[]> {
  const { path } = file;
  if (/\.zip$/i.test(path)) {
    const bytes = await file.bytes();
    let size = 0;
    try {
      const found = unzipSync(bytes, {
        filter: ({ originalSize }) => {
          size += originalSize;
          if (size > mostBytes) throw new FormatError(`${path}: expected at most ${mostBytes} bytes inside`);
          return true;
        },
      });
      return Object.entries(found).flatMap(([name, content]) =>
        name.endsWith("/") ? [] : [{ path: name, bytes: async () => content }],
      );
    } catch (error) {
      if (error instanceof FormatError) throw error;
      throw new FormatError(`${path}: expected a zip archive`);
    }
  }
  if (/\.(tar\.gz|tgz)$/i.test(path)) {
    const tar = await gunzip(await file.bytes(), path);
    return parseTar(tar.buffer as ArrayBuffer).flatMap((entry) =>
      entry.type === "file" && "data" in entry && entry.data
        ? [{ path: entry.name, bytes: async () => entry.data! }]
        : [],
    );
  }
  return [file];
}

async function gunzip(bytes: Uint8Array, path: string): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > mostBytes) throw new FormatError(`${path}: expected at most ${mostBytes} bytes inside`);
      parts.push(value);
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${path}: expected a gzip archive`);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The layout of CIFAR-10, as `chainrule data import` writes it. */
async function readBatches(found: ReadonlyMap<string, NamedFile>): Promise<Dataset> {
  const files = new Map<string, Uint8Array>();
  const load = async (name: string): Promise<void> => {
    const file = found.get(name);
    if (file) files.set(name, await file.bytes());
  };
  for (const name of [classNamesFile, descriptionFile]) await load(name);
  const where = found.get(classNamesFile)!.path.split("/").at(-2) ?? "the files that were chosen";
  for (const name of Object.keys(describeDataset(files, where).records)) await load(name);
  return parseDatasetFiles(files, where);
}

/** MNIST's format: four files, gzipped or not. */
async function readIdx(files: ReadonlyMap<string, NamedFile>): Promise<Dataset> {
  const read = async (name: string): Promise<IdxFile> => {
    const file = files.get(name) ?? files.get(`${name}.gz`);
    if (!file) throw new FormatError(`${missingIdx(name)}; choose all four`);
    const bytes = await file.bytes();
    return { path: file.path, bytes: file.path.endsWith(".gz") ? await gunzip(bytes, file.path) : bytes };
  };
  const trainImages = await read(idxFiles.trainImages);
  const testImages = await read(idxFiles.testImages);
  const trainLabels = await read(idxFiles.trainLabels);
  const testLabels = await read(idxFiles.testLabels);
  return idxDataset({ trainImages, testImages, trainLabels, testLabels }, "idx");
}

/** `folder/<class>/image`, at the depth at which there are classes; a sixth of each class is held out for testing. */
async function readClassFolders(
  files: readonly NamedFile[],
  onProgress: (share: number) => void,
): Promise<ReadDataset> {
  const byClass = new Map<string, NamedFile[]>();
  for (const file of files) {
    const folder = file.path.split("/").at(-2);
    if (folder === undefined) continue;
    byClass.set(folder, [...(byClass.get(folder) ?? []), file]);
  }
  const classNames = [...byClass.keys()].sort();
  if (classNames.length < 2 || classNames.length > 256)
    throw new FormatError(
      `expected class folders of images (2 to 256), a dataset folder, IDX files, a zip or the CIFAR-10 archive; found ${classNames.length} ${classNames.length === 1 ? "folder" : "folders"} in ${files.length} files`,
    );
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  const unreadable: string[] = [];
  let done = 0;
  for (const [label, name] of classNames.entries())
    for (const file of byClass.get(name)!) {
      const pixels = await decode(file).catch(() => undefined);
      if (pixels) {
        images.push(pixels);
        labels.push(label);
      } else unreadable.push(`${file.path}: not an image that this browser can read`);
      onProgress(++done / files.length);
    }
  const counts = classNames.map((_, label) => labels.filter((one) => one === label).length);
  const short = counts.findIndex((count) => count < 2);
  if (short >= 0)
    throw new FormatError(
      `expected at least 2 readable images in every folder, got ${counts[short]} in ${classNames[short]}`,
    );
  const size = { channels: 3, height: imageSize, width: imageSize };
  const all = { images: concat(images), labels: Uint8Array.from(labels), count: images.length };
  const rng = createRng(442);
  const rows = labels.map((_, row) => row);
  const split = holdOut(rows, all.labels, classNames.length, 1 / 6, rng);
  const shuffled = (part: readonly number[]): ImageSet =>
    pickImages(
      all,
      size,
      rng.permutation(part.length).map((i) => part[i]!),
    );
  const dataset = {
    name: "images",
    ...size,
    classNames,
    train: shuffled(split.train),
    test: shuffled(split.test),
  };
  return { dataset, unreadable };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts[0]?.length ?? 0;
  const all = new Uint8Array(parts.length * length);
  parts.forEach((part, i) => all.set(part, i * length));
  return all;
}

async function decode(file: NamedFile): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(new Blob([(await file.bytes()) as Uint8Array<ArrayBuffer>]));
  return toPlanes(bitmap, { channels: 3, height: imageSize, width: imageSize });
}

/** Datasets from files that a person dropped, or that the local server has: the same formats that the command reads. */
import { unzipSync } from "fflate";
import { parseTar } from "nanotar";
import {
  checkImageSet,
  cifar10Description,
  classNamesFile,
  type Dataset,
  descriptionFile,
  parseBatches,
  parseClassNames,
  parseDescription,
  parseIdx,
  pickImages,
} from "../../src/data/index.ts";
import { FormatError } from "../../src/errors.ts";
import { createRng } from "../../src/tensor/index.ts";

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
 */
export async function readDataset(
  dropped: readonly NamedFile[],
  onProgress: (share: number) => void,
): Promise<ReadDataset> {
  const files = (await Promise.all(dropped.map(unpack))).flat().filter(({ path }) => !/(^|\/)(\.|__MACOSX)/.test(path));
  if (files.length > mostFiles) throw new FormatError(`expected at most ${mostFiles} files, got ${files.length}`);
  const byName = new Map(files.map((file) => [baseName(file.path), file]));
  if (byName.has(classNamesFile)) return { dataset: await readBatches(byName), unreadable: [] };
  if ([...byName.keys()].some((name) => /^train-images-idx3-ubyte(\.gz)?$/.test(name)))
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
async function readBatches(files: ReadonlyMap<string, NamedFile>): Promise<Dataset> {
  const text = async (name: string): Promise<string | undefined> => {
    const file = files.get(name);
    return file && new TextDecoder().decode(await file.bytes());
  };
  const described = await text(descriptionFile);
  const description = described === undefined ? cifar10Description : parseDescription(described);
  const classNames = parseClassNames((await text(classNamesFile))!);
  const part = async (prefix: string) => {
    const batches: [string, Uint8Array][] = [];
    for (const name of Object.keys(description.records)) {
      if (!name.startsWith(prefix)) continue;
      const file = files.get(name);
      if (!file) throw new FormatError(`expected ${name} beside ${classNamesFile}; drop the whole folder`);
      batches.push([name, await file.bytes()]);
    }
    return parseBatches(batches, description, classNames.length);
  };
  const { name, channels, height, width } = description;
  return { name, channels, height, width, classNames, train: await part("data_batch"), test: await part("test_batch") };
}

/** MNIST's format: four files, gzipped or not. */
async function readIdx(files: ReadonlyMap<string, NamedFile>): Promise<Dataset> {
  const read = async (name: string) => {
    const file = files.get(name) ?? files.get(`${name}.gz`);
    if (!file) throw new FormatError(`expected ${name} too; drop all four files`);
    const bytes = await file.bytes();
    return parseIdx(baseName(file.path).endsWith(".gz") ? await gunzip(bytes, file.path) : bytes, name);
  };
  const part = async (prefix: string) => {
    const [images, labels] = [await read(`${prefix}-images-idx3-ubyte`), await read(`${prefix}-labels-idx1-ubyte`)];
    const [count = 0, height = 0, width = 0] = images.shape;
    if (images.shape.length !== 3 || labels.shape.length !== 1 || labels.shape[0] !== count)
      throw new FormatError(`${prefix}: expected ${count} labels for ${count} images, got ${labels.shape}`);
    return { set: { images: images.data, labels: labels.data, count }, height, width };
  };
  const [train, test] = [await part("train"), await part("t10k")];
  const highest = [train, test].reduce((most, { set }) => set.labels.reduce((a, b) => Math.max(a, b), most), 0);
  const classNames = Array.from({ length: highest + 1 }, (_, label) => String(label));
  const size = { channels: 1, height: train.height, width: train.width };
  for (const { set } of [train, test]) checkImageSet("IDX files", set, size, classNames.length);
  return { name: "idx", ...size, classNames, train: train.set, test: test.set };
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
  const order = createRng(442).permutation(all.count);
  const held = counts.map((count) => Math.max(1, Math.round(count / 6)));
  const taken = classNames.map(() => 0);
  const [train, test]: [number[], number[]] = [[], []];
  for (const row of order) {
    const label = labels[row]!;
    if (taken[label]!++ < held[label]!) test.push(row);
    else train.push(row);
  }
  const dataset = {
    name: "images",
    ...size,
    classNames,
    train: pickImages(all, size, train),
    test: pickImages(all, size, test),
  };
  return { dataset, unreadable };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts[0]?.length ?? 0;
  const all = new Uint8Array(parts.length * length);
  parts.forEach((part, i) => all.set(part, i * length));
  return all;
}

/** Scaled to fill a square, what stands out cut off, on white; planes of red, green and blue. */
async function decode(file: NamedFile): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(new Blob([(await file.bytes()) as Uint8Array<ArrayBuffer>]));
  return toPlanes(bitmap, { channels: 3, height: imageSize, width: imageSize });
}

/** Any picture as the bytes of an image of this size. */
export function toPlanes(picture: ImageBitmap, { channels, height, width }: Size): Uint8Array {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
  const { data } = context.getImageData(0, 0, width, height);
  const plane = width * height;
  const bytes = new Uint8Array(channels * plane);
  for (let i = 0; i < plane; i++) {
    const [r, g, b] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!];
    if (channels === 1) bytes[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else {
      bytes[i] = r;
      bytes[plane + i] = g;
      bytes[2 * plane + i] = b;
    }
  }
  return bytes;
}

interface Size {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

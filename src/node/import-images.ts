/** Folders of class folders of image files to a dataset. */
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import {
  type Dataset,
  holdOut,
  type ImageSet,
  type ImageSize,
  imageLength,
  isPlainName,
  mostImageBytes,
  pickImages,
} from "../data/index.ts";
import { checkInteger, checkNumber, SettingError } from "../errors.ts";
import { createRng } from "../tensor/index.ts";
import { isInside } from "./dataset-folder.ts";
import { decodeImage, loadSharp } from "./images.ts";
import { isUserMistake, oneLine, UserError } from "./user-mistake.ts";

export const imageExtensions: readonly string[] = [".png", ".jpg", ".jpeg", ".webp", ".gif"];

export interface ImportOptions {
  readonly size?: number; // pixels, height and width; default 32
  readonly channels?: 1 | 3; // grey or colour; default 3
  readonly seed?: number; // order of the images, and which are held out; default 442
  readonly testShare?: number; // of every class, when there is no test folder; 0…1, default 1/6 as in CIFAR-10
  readonly name?: string; // default: the folder's
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Imported {
  readonly dataset: Dataset;
  readonly unreadable: readonly string[]; // a line for each file that is no image: which one, and why
  readonly isHeldOut: boolean; // the test images were drawn from the class folders: there was no test folder
}

/** A file and the class it shows. */
interface LabelledFile {
  readonly path: string;
  readonly label: number;
}

/**
 * Reads `folder/<class>/…`, or `folder/train/<class>/…` and `folder/test/<class>/…`, as images of one size
 * (see {@link decodeImage}), shuffled by seed. Classes are the folder names in alphabetical order. Without a test
 * folder, `testShare` of every class (at least one image) is held out by seed. Class folders may be links; hidden files are
 * passed over; pipes, devices and links to folders inside a class are listed as unreadable.
 *
 * @throws {UserError} for a missing folder, fewer than 2 or more than 256 classes, a class with fewer than 2 readable
 *   training images, or train and test folders with different classes
 * @throws {SettingError} for a size that cannot be
 */
export async function importImages(folder: string, options: ImportOptions = {}): Promise<Imported> {
  const { size = 32, channels = 3, seed = 442, testShare = 1 / 6, onProgress } = options;
  checkInteger("importImages", "size", size, 1, 4096);
  checkNumber("importImages", "testShare", testShare, { positive: true });
  if (testShare >= 1) throw new SettingError(`importImages: expected testShare < 1, got ${testShare}`);
  const name = options.name ?? basename(resolve(folder));
  if (!isPlainName(name))
    throw new SettingError(
      `importImages: expected a name for the dataset without line breaks or tabs, got ${JSON.stringify(name)}`,
    );
  const imageSize: ImageSize = { channels, height: size, width: size };
  const rng = createRng(seed);

  const { classNames, train, test } = await findFiles(folder);
  const files = [...train, ...(test ?? [])];
  checkCounts(classNames, train, "image", folder);
  const { set, unreadable, isReadable } = await readAll(files, imageSize, onProgress);
  const readable = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i).filter((i) => isReadable[i]);
  const trainIndices = readable(0, train.length);
  checkCounts(
    classNames,
    trainIndices.map((i) => files[i]!),
    "readable image",
    folder,
  );
  const testIndices = readable(train.length, files.length);
  if (test && testIndices.length === 0) throw new UserError(`${join(folder, "test")}: none of its files is readable`);

  const split = test
    ? { train: trainIndices, test: testIndices }
    : holdOut(trainIndices, set.labels, classNames.length, testShare, rng);
  const shuffled = (indices: readonly number[]): ImageSet =>
    pickImages(
      set,
      imageSize,
      rng.permutation(indices.length).map((i) => indices[i]!),
    );
  const dataset = { name, ...imageSize, classNames, train: shuffled(split.train), test: shuffled(split.test) };
  return { dataset, unreadable, isHeldOut: !test };
}

async function findFiles(
  folder: string,
): Promise<{ classNames: string[]; train: LabelledFile[]; test: LabelledFile[] | undefined }> {
  const inside = await subfolders(folder);
  // A "train" without folders inside is a class: the vehicle.
  const hasTrain = inside.includes("train") && (await subfolders(join(folder, "train"))).length > 0;
  const trainFolder = hasTrain ? join(folder, "train") : folder;
  const classNames = hasTrain ? await subfolders(trainFolder) : inside;
  if (classNames.length < 2 || classNames.length > 256)
    throw new UserError(
      `${trainFolder}: expected 2 to 256 class folders (one folder of images per class), found ${classNames.length}`,
    );
  const train = await labelledFiles(trainFolder, classNames);
  if (!hasTrain || !inside.includes("test")) return { classNames, train, test: undefined };

  const testFolder = join(folder, "test");
  const testClasses = await subfolders(testFolder);
  const lone = [
    ...classNames.filter((name) => !testClasses.includes(name)),
    ...testClasses.filter((name) => !classNames.includes(name)),
  ];
  if (lone.length > 0)
    throw new UserError(`${folder}: expected the same classes in train and test, "${lone[0]}" is in one only`);
  return { classNames, train, test: await labelledFiles(testFolder, classNames) };
}

/** The names of the folders in `folder`, links to folders included. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTDIR") throw error;
    throw new UserError(`expected a folder of class folders, got the file ${folder}`);
  });
  const isFolder = async (entry: Dirent): Promise<boolean> => {
    if (!entry.isSymbolicLink()) return entry.isDirectory();
    const found = await stat(join(folder, entry.name)).catch(() => undefined);
    if (!found) throw new UserError(`${join(folder, entry.name)} is a link that leads nowhere; correct or remove it`);
    return found.isDirectory();
  };
  const names: string[] = [];
  for (const entry of entries) if (!isHidden(entry) && (await isFolder(entry))) names.push(entry.name);
  const odd = names.find((name) => !isPlainName(name));
  if (odd !== undefined)
    throw new UserError(
      `${folder}: expected class folders whose names have letters and no line breaks or tabs, got ${JSON.stringify(odd)}; rename it`,
    );
  return names.sort();
}

async function labelledFiles(folder: string, classNames: readonly string[]): Promise<LabelledFile[]> {
  const places = await Promise.all(classNames.map((name) => realpath(join(folder, name))));
  for (const [c, place] of places.entries()) {
    const other = places.findIndex((inner, d) => d !== c && isInside(inner, place));
    if (other >= 0)
      throw new UserError(
        `${folder}: expected a folder of its own for every class, but ${classNames[c]} and ${classNames[other]} share images`,
      );
  }
  const lists = classNames.map(async (name, label) => {
    const entries = await readdir(join(folder, name), { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => !entry.isDirectory() && !isHidden(entry));
    const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
    return paths.map((path) => ({ path, label }));
  });
  return (await Promise.all(lists)).flat();
}

function isHidden(entry: Dirent): boolean {
  return entry.name.startsWith(".") || entry.name === "Thumbs.db";
}

/** A class needs one image to train on and one to judge by. */
function checkCounts(
  classNames: readonly string[],
  files: readonly LabelledFile[],
  what: string,
  folder: string,
): void {
  const counts = new Array<number>(classNames.length).fill(0);
  for (const { label } of files) counts[label]!++;
  const label = counts.findIndex((count) => count < 2);
  if (label >= 0)
    throw new UserError(
      `${folder}: expected at least 2 ${what}s in class folder "${classNames[label]}", found ${counts[label]}`,
    );
}

async function readAll(
  files: readonly LabelledFile[],
  size: ImageSize,
  onProgress: ImportOptions["onProgress"],
): Promise<{ set: ImageSet; unreadable: string[]; isReadable: boolean[] }> {
  const length = imageLength(size);
  if (files.length * length > mostImageBytes)
    throw new UserError(
      `importImages: ${files.length} images of ${length} bytes do not fit into 4 GB; choose a smaller --size`,
    );
  const images = new Uint8Array(files.length * length);
  const isReadable = new Array<boolean>(files.length).fill(false);
  const reasons = new Map<number, string>();
  let [next, done] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      const i = next++;
      try {
        if (!imageExtensions.includes(extname(files[i]!.path).toLowerCase()))
          throw new UserError(`cannot read ${files[i]!.path}: expected a name ending in ${imageExtensions.join(", ")}`);
        images.set(await decodeImage(files[i]!.path, size), i * length);
        isReadable[i] = true;
      } catch (error) {
        if (!isUserMistake(error)) throw error;
        reasons.set(i, oneLine(error));
      }
      onProgress?.(++done, files.length);
    }
  };
  await loadSharp(); // a broken installation is not an unreadable image
  await Promise.all(Array.from({ length: Math.max(4, availableParallelism()) }, lane));
  const unreadable = [...reasons].sort(([a], [b]) => a - b).map(([, reason]) => reason);
  const labels = Uint8Array.from(files, ({ label }) => label);
  return { set: { images, labels, count: files.length }, unreadable, isReadable };
}

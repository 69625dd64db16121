/** Datasets in MNIST's format: a folder of four IDX files, gzipped or not. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gunzip, type ZlibOptions } from "node:zlib";
import {
  type Dataset,
  type IdxFile,
  idxDataset,
  idxFiles,
  idxLength,
  missingIdx,
  mostImageBytes,
} from "../data/index.ts";
import { FormatError } from "../errors.ts";
import { readBytes } from "./files.ts";
import { UserError } from "./user-mistake.ts";

async function idxPath(folder: string, file: string): Promise<string | undefined> {
  for (const path of [join(folder, file), join(folder, `${file}.gz`)])
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  return undefined;
}

export async function hasIdx(folder: string): Promise<boolean> {
  return (await idxPath(folder, idxFiles.trainImages)) !== undefined;
}

/**
 * @throws {UserError} when a file is missing
 * @throws {FormatError} for a file that is no gzip archive, and see {@link idxDataset}
 */
export async function readIdxFolder(folder: string, name: string): Promise<Dataset> {
  const read = async (file: string): Promise<IdxFile> => {
    const path = await idxPath(folder, file);
    if (!path) throw new UserError(`${folder}: ${missingIdx(file)}`);
    const packed = await readBytes(path, mostImageBytes);
    return { path, bytes: path.endsWith(".gz") ? await unpack(packed, path) : packed };
  };
  const trainImages = await read(idxFiles.trainImages);
  const testImages = await read(idxFiles.testImages);
  const trainLabels = await read(idxFiles.trainLabels);
  const testLabels = await read(idxFiles.testLabels);
  return idxDataset({ trainImages, testImages, trainLabels, testLabels }, name);
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

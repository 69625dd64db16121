import { readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { ParsedTarFileItem } from "nanotar";
import { parseDatasetFiles } from "../data/index.ts";
import { FormatError } from "../errors.ts";
import { checkDatasetTarget, saveDataset } from "./dataset-folder.ts";
import { checkMd5, type DownloadOptions, download, md5Of } from "./download.ts";
import { UserError } from "./user-mistake.ts";

/** The official archive: 170 MB packed, 184 MB unpacked. */
export const cifar10Archive = {
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  md5: "c32a1d4ab5d03f1284b67883e8d87530",
} as const;

export interface Cifar10DownloadOptions extends Omit<DownloadOptions, "md5" | "mostBytes"> {
  readonly mostBytes?: number; // of the archive, packed or unpacked; default 400 MB, twice the official one
  readonly url?: string; // default: CHAINRULE_CIFAR10_URL, else the official address
  readonly md5?: string; // default: the official archive's
  readonly replace?: boolean; // write over a dataset that is there; default false
}

/** Where `data download` and `auto` look for the archive. */
export function cifar10Url(): string {
  return process.env.CHAINRULE_CIFAR10_URL ?? cifar10Archive.url;
}

/** Where the archive lies until it is unpacked; one that was brought there by other means is used as it is. */
export function cifar10ArchivePath(dataDir: string): string {
  return join(dataDir, "cifar-10-binary.tar.gz");
}

/**
 * Downloads the CIFAR-10 binary archive, checks it and unpacks it to `dataDir/cifar10`. An archive of the same name
 * that already lies in `dataDir` is used instead of a download; it is removed once its images are in place.
 *
 * @returns the dataset's folder
 * @throws {NetworkError} without a network; see {@link download} for what else can go wrong
 * @throws {FormatError} when the archive does not hold the dataset
 */
export async function downloadCifar10(dataDir: string, options: Cifar10DownloadOptions = {}): Promise<string> {
  const { url = cifar10Url(), md5 = cifar10Archive.md5, replace = false, mostBytes = 400_000_000 } = options;
  checkMd5(md5);
  const folder = join(dataDir, "cifar10");
  await checkDatasetTarget(folder, { replace });
  const archive = cifar10ArchivePath(dataDir);
  if (!(await stat(archive).catch(() => undefined))) await download(url, archive, { ...options, mostBytes, md5 });
  else if ((await md5Of(archive)) !== md5.toLowerCase())
    throw new UserError(
      `${archive}: expected MD5 ${md5}, got ${await md5Of(archive)}; remove it and download it again`,
    );
  await saveDataset(parseDatasetFiles(await unpack(archive, mostBytes), archive), folder, { replace });
  await rm(archive);
  return folder;
}

/** The regular files of a `.tar.gz`, by base name. */
async function unpack(archive: string, mostBytes: number): Promise<Map<string, Uint8Array>> {
  const [{ parseTar }, packed] = await Promise.all([import("nanotar"), readFile(archive)]);
  const tar = await promisify(gunzip)(packed, { maxOutputLength: mostBytes }).catch((error: Error) => {
    throw new FormatError(
      `${basename(archive)}: expected a gzip archive of at most ${mostBytes} bytes (${error.message})`,
    );
  });
  const notTar = (reason: string): FormatError =>
    new FormatError(`${basename(archive)}: expected a tar archive inside (${reason})`);
  let entries: ParsedTarFileItem[];
  try {
    entries = parseTar(tar.buffer.slice(tar.byteOffset, tar.byteOffset + tar.byteLength) as ArrayBuffer);
  } catch (error) {
    throw notTar(error instanceof Error ? error.message : String(error)); // a size beyond the end
  }
  const files = entries.filter(({ type, data }) => type === "file" && data);
  for (const { name, size, data } of files)
    if (size !== data!.length) throw notTar(`${name} has ${data!.length} of ${size} bytes`);
  return new Map(files.map(({ name, data }) => [basename(name), data!]));
}

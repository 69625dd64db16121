/** Datasets by name: where they are looked for, and what to say when they are not there. */
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type Dataset, formatImageSize, isPlainName, shapesDataset } from "../data/index.ts";
import { cifar10Url, downloadCifar10 } from "./cifar10-download.ts";
import { isDatasetFolder, readDatasetFolder } from "./dataset-folder.ts";
import { hasIdx, readIdxFolder } from "./idx-folder.ts";
import { isUserMistake, oneLine, UserError } from "./user-mistake.ts";

/** What `--dataset` takes besides a folder. */
export const datasetNames: readonly string[] = ["auto", "cifar10", "fashion-mnist", "mnist", "shapes"];

export interface LoadDatasetOptions {
  readonly dataDir?: string | undefined; // default: see defaultDataDir
  readonly seed?: number | undefined; // of the shapes; default 442
  readonly onMessage?: ((line: string) => void) | undefined; // one line: which dataset, from where, and why that one
  readonly onProgress?: ((received: number, total: number | undefined) => void) | undefined; // bytes of a download
}

/** `CHAINRULE_DATA_DIR`, else `~/.cache/chainrule`. */
export function defaultDataDir(): string {
  return process.env.CHAINRULE_DATA_DIR || join(homedir(), ".cache", "chainrule");
}

/**
 * @param name - one of {@link datasetNames}, or a folder that `data import` wrote or that holds IDX files
 * @throws {UserError} when it is not there, saying where it was looked for and what works instead
 * @throws {FormatError} for files that are truncated or not what they should be
 */
export async function loadDataset(name = "auto", options: LoadDatasetOptions = {}): Promise<Dataset> {
  const { dataDir = defaultDataDir(), seed = 442, onMessage } = options;
  const found = async (dataset: Dataset, where: string): Promise<Dataset> => {
    onMessage?.(`dataset: ${describe(dataset)}, ${where}`);
    return dataset;
  };
  const onDisk = (dataset: Dataset, folder: string): Promise<Dataset> => {
    const path = resolve(folder);
    if (!isPlainName(path))
      throw new UserError(`expected a folder without line breaks or tabs in its path, got ${JSON.stringify(path)}`);
    return found({ ...dataset, folder: path }, `from ${folder}`);
  };
  if (name === "auto") {
    const place = await findOrDownload(dataDir, options);
    if ("folder" in place) return onDisk(await readDatasetFolder(place.folder), place.folder);
    return found(shapesDataset({ seed }), `built in, because ${place.reason}`);
  }
  if (name === "shapes") return found(shapesDataset({ seed }), "built in");
  if (name === "cifar10") {
    const folder = await findCifar10(dataDir);
    if (folder) return onDisk(await readDatasetFolder(folder), folder);
    throw new UserError(
      `CIFAR-10 is not in ${dataDir} (looked for cifar10 and cifar-10-batches-bin); get it with ` +
        `"chainrule data download cifar10", or use --dataset shapes, which is built in`,
    );
  }
  if (name === "fashion-mnist" || name === "mnist") {
    const places = [join(dataDir, name), dataDir, `/usr/share/datasets/${name}`];
    for (const folder of places) if (await hasIdx(folder)) return onDisk(await readIdxFolder(folder, name), folder);
    const debian = name === "mnist" ? "" : `, or install Debian's package dataset-${name}`;
    throw new UserError(
      `${name} is not in ${places.join(", ")}; put its four IDX files (train-images-idx3-ubyte …) there${debian}`,
    );
  }
  if (await isDatasetFolder(name)) return onDisk(await readDatasetFolder(name), name);
  if (await hasIdx(name)) return onDisk(await readIdxFolder(name, basename(resolve(name))), name);
  if ((await stat(name).catch(() => undefined))?.isDirectory())
    throw new UserError(
      `${name} is not a dataset folder; turn class folders of images into one: ` +
        `chainrule data import ${name} --out DIR`,
    );
  throw new UserError(`unknown dataset "${name}"; expected one of ${datasetNames.join(", ")}, or a dataset folder`);
}

/** `cifar10 (50000 training and 10000 test images of 3×32×32, 10 classes)`. */
function describe({ name, train, test, classNames, ...size }: Dataset): string {
  const images = `${train.count} training and ${test.count} test images of ${formatImageSize(size)}`;
  return `${name} (${images}, ${classNames.length} classes)`;
}

/** The folder of CIFAR-10 in `dataDir`, or `dataDir` itself. */
export async function findCifar10(dataDir: string): Promise<string | undefined> {
  for (const folder of [join(dataDir, "cifar10"), join(dataDir, "cifar-10-batches-bin"), dataDir])
    if (await isDatasetFolder(folder)) return folder;
  return undefined;
}

async function findOrDownload(
  dataDir: string,
  { onProgress }: LoadDatasetOptions,
): Promise<{ folder: string } | { reason: string }> {
  const folder = await findCifar10(dataDir);
  if (folder) return { folder };
  try {
    return { folder: await downloadCifar10(dataDir, { url: cifar10Url(), ...(onProgress ? { onProgress } : {}) }) };
  } catch (error) {
    if (!isUserMistake(error)) throw error;
    return { reason: `CIFAR-10 is not in ${dataDir} and could not be downloaded: ${oneLine(error)}` };
  }
}

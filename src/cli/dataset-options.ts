import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { Dataset } from "../data/index.ts";
import { datasetNames, loadDataset } from "../node/datasets.ts";
import { UserError } from "../node/user-mistake.ts";
import { type Checkpoint, checkDatasetFits } from "../training/index.ts";
import { print, remark } from "./print.ts";
import { megabytes, progressBar } from "./progress-bar.ts";

/** `--dataset` and `--data-dir`, the same for every command that reads images. */
export function datasetOptions(command: Command): Command {
  return command
    .option("--dataset <name>", `${datasetNames.join(", ")}, or a folder written by \`chainrule data import\``, "auto")
    .option("--data-dir <folder>", "where datasets are kept (default: $CHAINRULE_DATA_DIR or ~/.cache/chainrule)");
}

/** Loads what {@link datasetOptions} name; which one it is, and why, is the first line of output (stderr for --json). */
export async function openDataset(options: {
  readonly dataset: string;
  readonly dataDir?: string | undefined;
  readonly seed?: number | undefined; // of the built-in shapes
  readonly json?: boolean | undefined;
}): Promise<Dataset> {
  const { dataset, dataDir, seed, json } = options;
  const bar = progressBar("downloading CIFAR-10", megabytes);
  const onMessage = json ? remark : print;
  return loadDataset(dataset, { dataDir, seed, onMessage, onProgress: bar.update }).finally(bar.stop);
}

/**
 * The images a checkpoint was trained on: those of `--dataset` when it is given, else where they were found then, else
 * by their name.
 * @throws {SettingError} when the model was made for other images or classes
 */
export async function openCheckpointDataset(
  checkpoint: Checkpoint,
  options: Parameters<typeof openDataset>[0],
  command: Command,
): Promise<Dataset> {
  const { name, folder } = checkpoint.dataset;
  const isGiven = (option: string): boolean => command.getOptionValueSource(option) === "cli";
  const remembered = folder !== null && !isGiven("dataDir") && existsSync(folder) ? folder : name;
  const place = isGiven("dataset") ? options.dataset : remembered;
  if (place === name && !datasetNames.includes(name))
    throw new UserError(`${folder}, where this model found its images, is not there; name their folder with --dataset`);
  const dataset = await openDataset({ ...options, dataset: place, seed: checkpoint.settings.seed });
  checkDatasetFits(dataset, checkpoint);
  return dataset;
}

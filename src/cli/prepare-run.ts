/** What a call of `chainrule train` asks for: a dataset and settings, and what goes on. */
import type { Command } from "commander";
import type { Dataset } from "../data/index.ts";
import { kernels } from "../kernels/index.ts";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { checkpointOf, type FoundRun, newestRun, readRun } from "../node/run-folder.ts";
import { UserError } from "../node/user-mistake.ts";
import {
  type Checkpoint,
  checkSettings,
  mergeSettings,
  type PresetName,
  presets,
  settingsFor,
  type TrainSettings,
} from "../training/index.ts";
import { readConfig } from "./config.ts";
import { openCheckpointDataset, openDataset } from "./dataset-options.ts";
import { flag } from "./options.ts";
import { remark } from "./print.ts";
import { givenSettings, type SettingFlags } from "./train-flags.ts";

export interface PrepareOptions extends SettingFlags {
  readonly preset: PresetName;
  readonly config?: string;
  readonly run?: string;
  readonly runsDir: string;
  readonly checkpointFile?: string;
  readonly dataset: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

export interface Prepared {
  readonly dataset: Dataset;
  readonly settings: TrainSettings;
  readonly resume?: Checkpoint;
  readonly run?: FoundRun | undefined;
}

/** The preset or the file of settings, what the command line says instead, and no more images than the dataset has. */
export async function freshRun(options: PrepareOptions, command: Command): Promise<Prepared> {
  const { settings: config, dataset: configDataset } =
    options.config === undefined ? { settings: {}, dataset: undefined } : await readConfig(options.config);
  const base = mergeSettings(presets[options.preset], config);
  const given = givenSettings(options);
  const wanted = checkSettings(mergeSettings(base, given));
  const named = configDataset !== undefined && command.getOptionValueSource("dataset") !== "cli";
  const dataset = await openDataset({ ...options, ...(named && { dataset: configDataset }), seed: wanted.seed });
  const { numTrain: configTrain, numVal: configVal } = config;
  const counts = { ...(configTrain && { numTrain: configTrain }), ...(configVal && { numVal: configVal }) };
  const settings = settingsFor(dataset, base, { ...counts, ...given });
  const { numTrain, numVal } = settings;
  const { count } = dataset.train;
  if (numVal < count && (numVal !== wanted.numVal || numTrain !== wanted.numTrain))
    remark(
      `${dataset.name} has ${count} training images: using ${numTrain === "all" ? count - numVal : numTrain} to train and ${numVal} to validate`,
    );
  return { dataset, settings };
}

/** The settings and the images of the checkpoint. */
export async function resumedRun(options: PrepareOptions, command: Command): Promise<Prepared> {
  for (const name of ["preset", "config", "name", "init", "hiddenDim", ...Object.keys(presets.tuned)])
    if (name !== "epochs" && command.getOptionValueSource(name) === "cli")
      throw new UserError(`train: ${flag(name)} cannot change with --resume: the settings are the checkpoint's`);
  const { checkpointFile, runsDir } = options;
  const run =
    checkpointFile !== undefined
      ? undefined
      : await (options.run === undefined ? newestRun(runsDir) : readRun(options.run, runsDir));
  const file = checkpointFile ?? checkpointOf(run!);
  const resume = await readCheckpoint(file);
  const epochs = options.epochs ?? resume.settings.epochs;
  if (epochs <= resume.epoch)
    throw new UserError(
      `train: ${run?.record.name ?? file} already has ${resume.epoch} of ${epochs} epochs; ask for more with --epochs`,
    );
  const dataset = await openCheckpointDataset(resume, options, command);
  remark(`resuming ${run?.record.name ?? file} after epoch ${resume.epoch}`);
  if (kernels().name !== resume.kernels)
    remark(
      `it was trained with ${resume.kernels} kernels: with ${kernels().name} the numbers will differ in the last digits`,
    );
  return { dataset, settings: { ...resume.settings, epochs }, resume, run };
}

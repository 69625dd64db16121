/** What a call of `chainrule tune` asks for: images, a space, a method; or the search that goes on. Nothing is written here. */
import { availableParallelism } from "node:os";
import type { Command } from "commander";
import type { Dataset } from "../data/index.ts";
import { SettingError } from "../errors.ts";
import { readText } from "../node/files.ts";
import { parseJsonText } from "../node/json-text.ts";
import { findSearch, type SearchRecord, searchOf } from "../node/search-folder.ts";
import { UserError } from "../node/user-mistake.ts";
import { referTo } from "../training/checkpoint-metadata.ts";
import { mergeSettings, type PresetName, presets, settingsFor, type TrainSettings } from "../training/index.ts";
import {
  checkSearch,
  checkSpace,
  defaultSpace,
  type Method,
  parseSpace,
  pinSettings,
  rungEpochs,
  type Space,
  searched,
} from "../tuning/index.ts";
import { checkSettingTypes, readConfig } from "./config.ts";
import { openDataset } from "./dataset-options.ts";
import { type KernelsOptions, useKernels } from "./kernels-options.ts";
import { flag } from "./options.ts";
import { remark } from "./print.ts";
import { givenSettings, type SettingFlags } from "./train-flags.ts";

export interface TuneOptions extends SettingFlags, KernelsOptions {
  readonly space?: string;
  readonly trials: number;
  readonly method: Method;
  readonly parallel?: number;
  readonly minEpochs: number;
  readonly eta: number;
  readonly medianRule?: boolean;
  readonly resume?: boolean;
  readonly name?: string;
  readonly tunesDir: string;
  readonly preset: PresetName;
  readonly config?: string;
  readonly dataset: string;
  readonly dataDir?: string;
  readonly queue?: string;
  readonly json?: boolean;
}

export interface PreparedSearch {
  readonly dataset: Dataset;
  readonly record: SearchRecord;
  readonly folder?: string; // of the search that goes on
  readonly parallel: number;
  readonly threads: number; // of each trial
}

/** @throws {UserError} for a space, settings or images that cannot be, before anything is written */
export async function freshSearch(options: TuneOptions, command: Command): Promise<PreparedSearch> {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  const { method, trials, eta, medianRule = false } = options;
  for (const name of ["minEpochs", "eta"])
    if (method !== "asha" && isGiven(name))
      throw new UserError(`tune: ${flag(name)} is for --method asha, not ${method}`);
  if (method === "asha" && medianRule)
    throw new UserError("tune: --median-rule is for random and tpe; asha has its own way to end trials");
  const config = options.config === undefined ? undefined : await readConfig(options.config);
  const who = options.space ?? "the shipped space";
  const file = options.space === undefined ? defaultSpace : await readSpace(options.space);
  if (options.space === undefined) remark("no --space: searching the shipped one, which --print-space shows");
  const given = givenSettings(options);
  const space = pinSettings(file, given);
  const preset = mergeSettings(presets[options.preset], config?.settings ?? {});
  const { numTrain, numVal, seed } = { ...config?.settings, ...space.settings } as Partial<TrainSettings>;
  checkSpace(space, preset, who);
  if (searched(space).length === 0) throw new UserError(`tune: flags leave nothing of ${who} to search`);
  const base = { ...preset, ...(seed !== undefined && { seed }) };
  const named = config?.dataset !== undefined && !isGiven("dataset");
  const place = named ? config.dataset! : options.dataset;
  const plan = planOf(space, base, options, who);
  const resources = await shareCores(options);
  const dataset = await openDataset({ ...options, dataset: place, seed: base.seed });
  const counts = { ...(numTrain !== undefined && { numTrain }), ...(numVal !== undefined && { numVal }) };
  const record: SearchRecord = {
    format: 1,
    name: options.name ?? "",
    started: new Date().toISOString(),
    ...{ method, trials, eta, rungs: plan, medianRule, seed: base.seed, space },
    settings: checkCounts(dataset, settingsFor(dataset, base, counts)),
    dataset: referTo(dataset),
    kernels: resources.kernels,
    versions: { chainrule: __VERSION__, node: process.version },
  };
  checkSearch(searchOf(record));
  return { dataset, record, ...resources };
}

/** No trial would start without images. */
function checkCounts({ name, train: { count } }: Dataset, settings: TrainSettings): TrainSettings {
  const { numTrain, numVal } = settings;
  if ((numTrain === "all" ? 1 : numTrain) + numVal <= count) return settings;
  throw new SettingError(`tune: expected numTrain + numVal <= ${count} images of ${name}, got ${numTrain} + ${numVal}`);
}

/** The rungs of asha, in epochs. */
function planOf(
  space: Space,
  base: TrainSettings,
  { method, trials, eta, minEpochs }: TuneOptions,
  who: string,
): number[] {
  if (method !== "asha") return [];
  if (
    space.parameters.some(
      ({ name, range }) => /^epochs\b/.test(name) && !(range.kind === "choice" && range.values.length === 1),
    )
  )
    throw new SettingError(`${who}: asha cannot search epochs, which its rungs are measured in; take random or tpe`);
  if (eta < 2) throw new SettingError(`tune: expected --eta to be a whole number >= 2, got ${eta}`);
  const epochs = (space.settings.epochs as number | undefined) ?? base.epochs;
  return rungEpochs({ epochs, minEpochs, eta, trials });
}

async function readSpace(file: string): Promise<Space> {
  const space = parseSpace(parseJsonText(await readText(file), file), file);
  checkSettingTypes(space.settings, file);
  return space;
}

/** The search with its own settings; only what does not change its trials may differ. */
export async function resumedSearch(options: TuneOptions, command: Command): Promise<PreparedSearch> {
  const source = (name: string): string | undefined => command.getOptionValueSource(name);
  const own = ["space", "method", "minEpochs", "eta", "medianRule", "preset", "config", "init", "hiddenDim"];
  for (const name of [...own, ...Object.keys(presets.tuned)])
    if (source(name) === "cli")
      throw new UserError(`tune: ${flag(name)} cannot change with --resume: the search has its own`);
  const { folder, record: before } = await findSearch(options.tunesDir, options.name);
  const trials = source("trials") === "cli" ? options.trials : before.trials;
  if (trials < before.trials)
    throw new UserError(
      `tune: expected --trials >= ${before.trials}, which ${before.name} was started with, got ${trials}`,
    );
  const resources = await shareCores(options);
  if (resources.kernels !== before.kernels)
    remark(
      `it was started with ${before.kernels} kernels: with ${resources.kernels} the numbers will differ in the last digits`,
    );
  const { name, folder: place } = before.dataset;
  const from = source("dataset") === "cli" ? options.dataset : (place ?? name);
  const dataset = await openDataset({ ...options, dataset: from, seed: before.seed });
  const { trainCount, fingerprint } = referTo(dataset);
  if (trainCount !== before.dataset.trainCount || fingerprint !== before.dataset.fingerprint)
    throw new UserError(
      `tune: expected the images that ${before.name} was started with, got others; start a new search`,
    );
  const record = { ...before, trials };
  checkSearch(searchOf(record));
  remark(`resuming ${before.name}`);
  return { dataset, record, folder, ...resources };
}

/** Every trial gets the same number of threads; together they take the cores there are, or `--threads`. */
async function shareCores(options: TuneOptions): Promise<{ parallel: number; threads: number; kernels: string }> {
  const cores = options.threads ?? availableParallelism();
  const parallel = options.parallel ?? Math.min(4, availableParallelism());
  const threads = Math.max(1, Math.floor(cores / parallel));
  const { name } = await useKernels({ ...options, threads });
  return { parallel, threads, kernels: name };
}

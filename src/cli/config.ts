/** `--config FILE`: settings from a file, that of an earlier run for instance. */
import { FormatError, show } from "../errors.ts";
import { initializations } from "../models/index.ts";
import { readText } from "../node/files.ts";
import { parseJsonText } from "../node/json-text.ts";
import { presets, type TrainSettings } from "../training/index.ts";

const names = Object.keys(presets.tuned);
const types: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(presets.tuned).map(([name, value]) => [name, typeof value])),
  ...{ numTrain: "number", weightScale: "number" },
};
const words: Readonly<Record<string, readonly unknown[]>> = {
  numTrain: ["all"],
  weightScale: Object.keys(initializations),
};

export interface Config {
  readonly settings: Partial<TrainSettings>;
  /** What `--dataset` would say: the folder or the name of the images, where the file is the record of a run. */
  readonly dataset: string | undefined;
}

/**
 * The settings in a file: all of its JSON, or what stands under `settings` as in `run.json`. Values out of range are for the
 * training to refuse.
 *
 * @throws {FormatError} for anything but JSON, a setting that is unknown, or one of another type
 */
export async function readConfig(file: string): Promise<Config> {
  const text = await readText(file);
  const value = parseJsonText(text, file);
  const isObject = (x: unknown): x is Record<string, unknown> =>
    typeof x === "object" && x !== null && !Array.isArray(x);
  const settings = isObject(value) && "settings" in value ? value.settings : value;
  if (!isObject(settings)) throw new FormatError(`${file}: expected a JSON object of settings, got ${show(settings)}`);
  checkSettingTypes(settings, file);
  const { $schema: _, ...known } = settings;
  return { settings: known as Partial<TrainSettings>, dataset: datasetOf(value) };
}

/** @throws {FormatError} starting with `who`, for a setting that is unknown, or one of another type */
export function checkSettingTypes(settings: Readonly<Record<string, unknown>>, who: string): void {
  for (const [name, given] of Object.entries(settings)) {
    if (name === "$schema") continue;
    if (!names.includes(name))
      throw new FormatError(`${who}: unknown setting ${show(name)}; expected some of ${names.join(", ")}`);
    const isRight = typeof given === types[name] || words[name]?.includes(given);
    if (!isRight || given === null)
      throw new FormatError(`${who}: expected ${name} to be a ${types[name]}, got ${show(given)}`);
  }
}

function datasetOf(value: unknown): string | undefined {
  const { dataset } = value as { dataset?: { name?: unknown; folder?: unknown } };
  if (typeof dataset !== "object" || dataset === null) return undefined;
  const { name, folder } = dataset;
  return typeof folder === "string" ? folder : typeof name === "string" ? name : undefined;
}

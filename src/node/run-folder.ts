/**
 * A run is a folder: `run.json` (what it was asked and how it went), `model.safetensors`, `history.csv` and a plot. Whoever shows
 * or compares runs reads these.
 */
import { mkdir, readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { FormatError, show } from "../errors.ts";
import type { DatasetReference, EpochRecord, TrainSettings } from "../training/index.ts";
import { readText, writeFile } from "./files.ts";
import { kindOf } from "./kept-kinds.ts";
import type { Origin } from "./machine.ts";
import { UserError } from "./user-mistake.ts";

export type RunStatus = "running" | "finished" | "stopped" | "diverged";

export interface RunRecord extends Origin {
  readonly format: 1;
  readonly name: string;
  readonly status: RunStatus;
  readonly started: string; // ISO 8601, as is updated
  readonly updated: string;
  readonly settings: TrainSettings;
  readonly dataset: DatasetReference;
  readonly seed: number;
  readonly kernels: string;
  readonly results: RunResults | null; // null before the first epoch
  /** Paths of what the run wrote, from its own folder. */
  readonly files: { readonly checkpoint: string; readonly history: string; readonly plot: string };
}

export interface RunResults {
  readonly epochs: number; // done
  readonly best: EpochRecord;
  readonly last: EpochRecord;
  readonly seconds: number; // of all epochs
}

/** A run that was found on disk. */
export interface FoundRun {
  readonly folder: string;
  readonly record: RunRecord;
}

const recordFile = "run.json";

/**
 * Makes the folder of a new run.
 *
 * @param name - of the run, as {@link checkRunName} takes it
 * @returns its path
 * @throws {UserError} for a name that somebody has taken
 */
export async function createNamedRun(runsDir: string, name: string): Promise<string> {
  const folder = join(runsDir, name);
  await mkdir(runsDir, { recursive: true });
  if (!(await isNewFolder(folder))) throw isTaken(folder);
  return folder;
}

/** `prefix-1`, `prefix-2`, …: the next number that nobody has, not even a process that starts at the same moment. */
export async function createNumberedRun(runsDir: string, prefix: string): Promise<string> {
  await mkdir(runsDir, { recursive: true });
  const numbers = (await readdir(runsDir)).map((name) =>
    Number(name.match(/^(.+)-(\d+)$/)?.[1] === prefix ? name.slice(prefix.length + 1) : 0),
  );
  for (let number = Math.max(0, ...numbers) + 1; ; number++) {
    const folder = join(runsDir, `${prefix}-${number}`);
    if (await isNewFolder(folder)) return folder;
  }
}

/** Makes a folder. @returns false when it is there already */
async function isNewFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isTaken(folder: string): UserError {
  return new UserError(`${folder} is there already; choose another --name`);
}

/** @throws {UserError} for a name that is taken, or has more than letters, digits, dots, dashes and underscores */
export async function checkRunName(runsDir: string, name: string): Promise<void> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name))
    throw new UserError(
      `expected the name of a run to be at most 100 letters, digits, dots, dashes and underscores, got ${show(name)}`,
    );
  if (await exists(join(runsDir, name))) throw isTaken(join(runsDir, name));
}

export async function writeRun(folder: string, record: RunRecord): Promise<void> {
  await writeFile(join(folder, recordFile), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * @param run - a folder, or the name of one in `runsDir`
 * @throws {UserError} when there is no such run
 * @throws {FormatError} for a run.json that is broken
 */
export async function readRun(run: string, runsDir: string): Promise<FoundRun> {
  for (const folder of [resolve(runsDir, run), resolve(run)])
    if (await exists(join(folder, recordFile))) return readRecord(folder);
  const known = (await listRuns(runsDir)).runs.map(({ record }) => record.name);
  const hint = known.length > 0 ? `; ${runsDir} has ${known.slice(0, 8).join(", ")}` : "";
  throw new UserError(`no run ${show(run)} in ${runsDir}${hint}`);
}

/** The trainings of a folder, the newest first, and what is wrong with those that cannot be read. */
export async function listRuns(runsDir: string): Promise<{ runs: FoundRun[]; broken: string[] }> {
  const runs: FoundRun[] = [];
  const broken: string[] = [];
  const names = await readdir(runsDir).catch(() => []);
  for (const name of names) {
    const folder = join(runsDir, name);
    if (!(await exists(join(folder, recordFile)))) continue;
    try {
      if (kindOf(await readText(join(folder, recordFile))) !== undefined) continue;
      runs.push(await readRecord(folder));
    } catch (error) {
      broken.push((error as Error).message);
    }
  }
  runs.sort((a, b) => b.record.updated.localeCompare(a.record.updated) || b.folder.localeCompare(a.folder));
  return { runs, broken };
}

async function readRecord(folder: string): Promise<FoundRun> {
  const path = join(folder, recordFile);
  const text = await readText(path);
  const kind = kindOf(text);
  if (kind !== undefined) throw new UserError(`${folder}: expected the run of a training, got that of a ${kind}`);
  return { folder, record: parseRun(text, path) };
}

/** @throws {UserError} when there is none */
export async function newestRun(runsDir: string): Promise<FoundRun> {
  const { runs, broken } = await listRuns(runsDir);
  if (runs[0]) return runs[0];
  throw new UserError(
    broken[0] ??
      `there is no run in ${runsDir} yet; train one with \`chainrule train\`, or name a checkpoint with --checkpoint-file`,
  );
}

/** The checkpoint that a run wrote. */
export function checkpointOf({ folder, record }: FoundRun): string {
  return resolve(folder, record.files.checkpoint);
}

/** @param name - starts the message: the file */
function parseRun(text: string, name: string): RunRecord {
  let value: Partial<RunRecord> | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${name}: expected JSON, got ${(error as Error).message}`);
  }
  const { format, settings, dataset, results, files, status, updated } = value ?? {};
  const isRight =
    format === 1 &&
    typeof settings === "object" &&
    typeof dataset?.name === "string" &&
    typeof status === "string" &&
    typeof updated === "string" &&
    typeof files?.checkpoint === "string" &&
    typeof files.history === "string" &&
    (results === null || (typeof results?.epochs === "number" && typeof results.best?.epoch === "number"));
  if (!isRight) throw new FormatError(`${name}: expected the record of a run in format 1`);
  const folder = basename(resolve(name, ".."));
  return { ...(value as RunRecord), name: typeof value!.name === "string" ? value!.name : folder };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * A search is a folder: `search.json` (what was asked), `log.jsonl` (what happened), `trials/` (checkpoints of each attempt), and what
 * is made of these at the end.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FormatError, show } from "../errors.ts";
import type { DatasetReference, TrainSettings } from "../training/index.ts";
import {
  bestResult,
  formatSpace,
  type Method,
  parseSpace,
  readEvents,
  type Search,
  type Space,
} from "../tuning/index.ts";
import { lockFile, readText, writeFile } from "./files.ts";
import { parseJsonText } from "./json-text.ts";
import type { LogEvent, TrialResult } from "./search-log.ts";
import { UserError } from "./user-mistake.ts";

export interface SearchRecord {
  readonly format: 1;
  readonly name: string;
  readonly started: string; // ISO 8601
  readonly method: Method;
  readonly trials: number;
  readonly eta: number;
  readonly rungs: readonly number[]; // epochs; empty but for asha
  readonly medianRule: boolean;
  readonly seed: number;
  readonly space: Space;
  /** of every trial, but for what the space says */
  readonly settings: TrainSettings;
  readonly dataset: DatasetReference;
  readonly kernels: string;
  readonly versions: { readonly chainrule: string; readonly node: string };
}

export function searchOf({ space, seed, method, trials, rungs, eta }: SearchRecord): Search {
  return { space, seed, method, trials, eta, rungs: Math.max(1, rungs.length) };
}

const recordFile = "search.json";

export async function writeSearch(folder: string, record: SearchRecord): Promise<void> {
  const json = { ...record, space: formatSpace(record.space) };
  await writeFile(join(folder, recordFile), `${JSON.stringify(json, null, 2)}\n`);
}

/**
 * @param name - of the search; default: the newest
 * @throws {UserError} when there is none
 * @throws {FormatError} for a search.json that is broken
 */
export async function findSearch(
  tunesDir: string,
  name: string | undefined,
): Promise<{ folder: string; record: SearchRecord }> {
  const names = name === undefined ? await readdir(tunesDir).catch(() => []) : [name];
  let newest: { folder: string; changed: number } | undefined;
  for (const one of names) {
    const folder = join(tunesDir, one);
    const changed = (await stat(join(folder, recordFile)).catch(() => undefined))?.mtimeMs;
    if (changed !== undefined && !(newest && newest.changed >= changed)) newest = { folder, changed };
  }
  if (!newest)
    throw new UserError(
      name === undefined
        ? `there is no search in ${tunesDir} yet; start one with \`chainrule tune\``
        : `no search ${show(name)} in ${tunesDir}`,
    );
  const file = join(newest.folder, recordFile);
  const record = parseJsonText(await readText(file), file) as SearchRecord;
  const { format, space, settings, dataset } = record ?? {};
  if (format !== 1 || typeof settings !== "object" || typeof dataset?.name !== "string")
    throw new FormatError(`${file}: expected the record of a search in format 1`);
  return { folder: newest.folder, record: { ...record, space: parseSpace(space, file) } };
}

/**
 * Makes sure that nobody else goes on with the search at the same time.
 * @returns gives it free again
 * @throws {UserError} when another process has it
 */
export function lockSearch(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "lock");
  return lockFile(
    path,
    { idleMs: Number.POSITIVE_INFINITY, namelessMs: 0 },
    (owner) => new UserError(`${folder} is in use by process ${owner}; wait for it, or remove ${path} if it has ended`),
  );
}

/** Where an attempt keeps its checkpoint: nobody else writes there, so a process that was given up cannot spoil another one's. */
export function checkpointName(trial: number, rung: number, attempt: number): string {
  return join("trials", `${trial}-${rung}-${attempt}.safetensors`);
}

/** Where a job goes on: its own last attempt that saved anything, else where the trial stood at the rung before. */
export async function whereToGoOn(
  folder: string,
  events: readonly LogEvent[],
  { trial, rung }: { readonly trial: number; readonly rung: number },
  attempt: number,
): Promise<string | null> {
  const before = readEvents<TrialResult>(events).results.get(`${trial}/${rung - 1}`)?.file;
  const own = Array.from({ length: attempt - 1 }, (_, i) => checkpointName(trial, rung, attempt - 1 - i));
  for (const name of [...own, ...(before ? [before] : [])])
    if (await stat(join(folder, name)).catch(() => undefined)) return name;
  return null;
}

/** Removes the checkpoints that nothing can ask for any more: keeps the best, the paused, and those of trials that run. */
export async function pruneCheckpoints(folder: string, events: readonly LogEvent[]): Promise<void> {
  const state = readEvents<TrialResult>(events);
  const kept = new Set([bestResult(state)?.file]);
  const last = new Map<number, TrialResult>();
  for (const result of state.results.values()) last.set(result.trial, result);
  for (const { status, file } of last.values()) if (status === "paused") kept.add(file);
  const running = new Set([...state.jobs].filter(([key]) => !state.results.has(key)).map(([, { trial }]) => trial));
  for (const name of await readdir(resolve(folder, "trials")).catch(() => [])) {
    const trial = Number(/^(\d+)-\d+-\d+\.safetensors$/.exec(name)?.[1] ?? Number.NaN);
    const path = join("trials", name);
    if (!Number.isNaN(trial) && !running.has(trial) && !kept.has(path)) await rm(join(folder, path), { force: true });
  }
}

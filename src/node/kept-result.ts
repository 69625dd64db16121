/**
 * Results that no training made are runs too: a folder with `run.json`, and beside it drawings, code and tables. What they have in
 * common with the record of a training is there under the same names.
 */
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { FormatError } from "../errors.ts";
import { readText, writeFile } from "./files.ts";
import { type KeptKind, kindOf } from "./kept-kinds.ts";
import { type Origin, originHere } from "./machine.ts";
import { createNumberedRun } from "./run-folder.ts";

export interface KeptRecord extends Origin {
  readonly format: 1;
  readonly kind: KeptKind;
  readonly name: string;
  readonly status: "finished";
  readonly started: string; // ISO 8601, as is updated
  readonly updated: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number | null; // null where nothing is random
  readonly results: Readonly<Record<string, unknown>>;
  /** Paths of what is beside the record, from its own folder. */
  readonly files: Readonly<Record<string, string>>;
}

export interface FoundKept {
  readonly folder: string;
  readonly record: KeptRecord;
}

export interface Keepable extends Pick<KeptRecord, "settings" | "seed" | "results"> {
  readonly started: Date;
  /** what goes beside the record: for each, its name there and what is in it */
  readonly files: Readonly<Record<string, readonly [name: string, content: string]>>;
}

/**
 * Writes `runs/<kind>-<n>`; the record comes last, so that a folder without one was never finished.
 * @returns the folder
 */
export async function keepResult(runsDir: string, kind: KeptKind, result: Keepable): Promise<string> {
  const folder = await createNumberedRun(runsDir, kind);
  const { settings, seed, results, started, files } = result;
  try {
    for (const [name, content] of Object.values(files)) await writeFile(join(folder, name), content);
    const record: KeptRecord = {
      ...{ format: 1, kind, name: basename(folder), status: "finished" },
      ...{ started: started.toISOString(), updated: new Date().toISOString() },
      ...{ settings, seed, ...originHere(), results },
      files: Object.fromEntries(Object.entries(files).map(([key, [name]]) => [key, name])),
    };
    await writeFile(join(folder, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** The kept results of a folder, the newest first, and what is wrong with those that cannot be read. */
export async function listKept(runsDir: string): Promise<{ kept: FoundKept[]; broken: string[] }> {
  const kept: FoundKept[] = [];
  const broken: string[] = [];
  for (const name of await readdir(runsDir).catch(() => [])) {
    const folder = join(runsDir, name);
    const path = join(folder, "run.json");
    const text = await readText(path).catch(() => undefined);
    if (text === undefined || kindOf(text) === undefined) continue;
    const record: Partial<KeptRecord> = JSON.parse(text);
    const { format, settings, results, files, updated } = record;
    const isRight =
      format === 1 &&
      typeof updated === "string" &&
      [settings, results, files].every((part) => part && typeof part === "object");
    if (isRight) kept.push({ folder, record: { ...(record as KeptRecord), name } });
    else broken.push(new FormatError(`${path}: expected the record of a ${record.kind} in format 1`).message);
  }
  kept.sort((a, b) => b.record.updated.localeCompare(a.record.updated) || b.folder.localeCompare(a.folder));
  return { kept, broken };
}

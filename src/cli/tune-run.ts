/** Runs the trials of a search on this machine, records them, and says how it goes. */
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { KernelsName } from "../kernels/index.ts";
import { processExecutor } from "../node/process-executor.ts";
import { createNamedRun, createNumberedRun } from "../node/run-folder.ts";
import {
  checkpointName,
  lockSearch,
  pruneCheckpoints,
  type SearchRecord,
  searchOf,
  whereToGoOn,
  writeSearch,
} from "../node/search-folder.ts";
import { type LogEvent, SearchLog, type TrialResult } from "../node/search-log.ts";
import { localExecutor, TrialCrash, type TrialExecutor, type TrialOutcome } from "../node/trial-run.ts";
import { coordinate, isBelowMedian, type Job, readEvents, settingsAt } from "../tuning/index.ts";
import { remark } from "./print.ts";
import type { PreparedSearch, TuneOptions } from "./tune-prepare.ts";
import { tuneProgress } from "./tune-progress.ts";

export interface FinishedSearch {
  readonly folder: string;
  readonly record: SearchRecord;
  readonly events: readonly LogEvent[];
}

/** @returns when all trials are done, or the signal is aborted */
export async function runSearch(
  prepared: PreparedSearch,
  options: TuneOptions,
  interrupt: AbortSignal,
): Promise<FinishedSearch> {
  const { folder, record } = await openFolder(prepared, options);
  const unlock = await lockSearch(folder);
  try {
    const log = await SearchLog.open(join(folder, "log.jsonl"), (bytes) =>
      remark(`the last line of ${join(folder, "log.jsonl")} was not written whole: dropped ${bytes} bytes`),
    );
    if (prepared.folder !== undefined) await writeSearch(folder, record); // more trials, perhaps
    await runTrials({ ...prepared, record }, options, folder, log, interrupt).finally(() => log.close());
    return { folder, record, events: log.events };
  } finally {
    await unlock();
  }
}

async function openFolder(prepared: PreparedSearch, { tunesDir, name }: TuneOptions): Promise<FinishedSearch> {
  const { record } = prepared;
  if (prepared.folder !== undefined) return { folder: prepared.folder, record, events: [] };
  const folder = name === undefined ? await createNumberedRun(tunesDir, "tune") : await createNamedRun(tunesDir, name);
  const named = { ...record, name: basename(folder) };
  await mkdir(join(folder, "trials"));
  await writeSearch(folder, named);
  return { folder, record: named, events: [] };
}

async function runTrials(
  prepared: PreparedSearch,
  options: TuneOptions,
  folder: string,
  log: SearchLog,
  signal: AbortSignal,
): Promise<void> {
  const { record, parallel } = prepared;
  const executor = await executorFor(prepared, options, folder);
  const progress = tuneProgress(record, folder);
  const stop = (): void => void executor.close();
  signal.addEventListener("abort", stop);
  try {
    await coordinate<TrialResult>({
      ...{ search: searchOf(record), journal: log, parallel, signal },
      run: (job) => attempt(job, record, folder, log, executor, signal),
      onResult: async (result) => {
        progress.onResult(result, log.events);
        await pruneCheckpoints(folder, log.events);
      },
    });
  } finally {
    progress.stop();
    signal.removeEventListener("abort", stop);
    await executor.close();
  }
}

async function executorFor(
  { dataset, record, parallel, threads }: PreparedSearch,
  options: TuneOptions,
  folder: string,
): Promise<TrialExecutor> {
  if (options.queue !== undefined) {
    const { queueExecutor } = await import("../node/trial-queue.ts");
    return await queueExecutor({ url: options.queue, search: record.name, dataset: record.dataset, folder });
  }
  if (parallel === 1) return localExecutor(dataset);
  const { deterministic } = options;
  return processExecutor({
    dataset: dataset.folder ?? dataset.name,
    seed: record.seed,
    kernels: { kernels: options.kernels as KernelsName | undefined, threads, deterministic },
  });
}

/** Does a job; a second time if whoever did it was killed. */
async function attempt(
  job: Job,
  record: SearchRecord,
  folder: string,
  log: SearchLog,
  executor: TrialExecutor,
  signal: AbortSignal,
): Promise<TrialResult> {
  const { trial, rung } = job;
  const settings = settingsAt(record.space, record.settings, job.point);
  for (let crashes = 0; ; ) {
    const number = log.attempts(job);
    const file = checkpointName(trial, rung, number);
    const from = await whereToGoOn(folder, log.events, job, number);
    const epochs = Math.min(settings.epochs, record.rungs[rung] ?? settings.epochs);
    const onEpoch = (curve: readonly number[]): boolean =>
      record.medianRule && isBelowMedian(curve, curvesOf(log.events));
    let outcome: TrialOutcome;
    try {
      outcome = await executor.runTrial({ folder, settings, epochs, from, file }, onEpoch);
    } catch (error) {
      if (signal.aborted || !(error instanceof TrialCrash)) throw error;
      if (crashes++ === 0) {
        await log.append({ type: "job", ...job });
        continue;
      }
      const nothing = { status: "failed", epochs: 0, value: null, curve: [], seconds: 0, file: null } as const;
      outcome = { ...nothing, message: `${error.message}, twice` };
    }
    return { type: "result", trial, rung, attempt: number, ...outcome, at: new Date().toISOString() };
  }
}

const curvesOf = (events: readonly LogEvent[]): (readonly number[])[] =>
  [...readEvents<TrialResult>(events).results.values()]
    .filter(({ status }) => status === "done" || status === "stopped")
    .map(({ curve }) => curve);

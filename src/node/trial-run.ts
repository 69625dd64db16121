/** One trial of a search, up to a rung: trains, saves after every epoch, and says how far it came. */
import { join } from "node:path";
import type { Dataset } from "../data/index.ts";
import { SettingError } from "../errors.ts";
import {
  bestEpoch,
  DivergenceError,
  type EpochRecord,
  type TrainSettings,
  trainingSession,
} from "../training/index.ts";
import { readCheckpoint } from "./checkpoint-file.ts";
import { writeFile } from "./files.ts";
import type { TrialResult } from "./search-log.ts";
import { oneLine } from "./user-mistake.ts";

export interface TrialTask {
  readonly folder: string; // of the search
  readonly settings: TrainSettings; // with the epochs of a whole run: the schedule is the same at every rung
  readonly epochs: number; // pause after so many
  readonly from: string | null; // checkpoint to go on from, in the folder
  readonly file: string; // where to save, in the folder
}

export type TrialOutcome = Pick<TrialResult, "status" | "epochs" | "value" | "curve" | "seconds" | "file" | "message">;

export interface TrialHooks {
  /** Told the val accuracies after every epoch; true ends the trial. */
  readonly onEpoch?: (curve: readonly number[]) => boolean | Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** Whatever can do a trial: this process, others on this machine, or workers behind a queue. */
export interface TrialExecutor {
  /** @throws {TrialCrash} when whoever did it is gone */
  runTrial(task: TrialTask, onEpoch: NonNullable<TrialHooks["onEpoch"]>): Promise<TrialOutcome>;
  /** Ends what still runs. */
  close(): Promise<void>;
}

/** The trial did not end by itself: the process that ran it was killed, for instance for want of memory. */
export class TrialCrash extends Error {
  override name = "TrialCrash";
}

/**
 * @returns how the trial ended; settings that cannot be trained, or a loss that explodes, are outcomes and no errors
 * @throws the signal's reason when it is aborted
 */
export async function runTrial(dataset: Dataset, task: TrialTask, hooks: TrialHooks = {}): Promise<TrialOutcome> {
  const { folder, settings, from, epochs } = task;
  const resume = from === null ? undefined : await readCheckpoint(join(folder, from));
  const records: EpochRecord[] = [...(resume?.history.epochs ?? [])];
  let file = from;
  const outcome = (status: TrialResult["status"], message?: string): TrialOutcome => {
    const isLost = status === "diverged" || status === "failed";
    const curve = records.map(({ valAccuracy }) => valAccuracy);
    const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
    const value = isLost ? null : (bestEpoch({ epochs: records })?.valAccuracy ?? null);
    return { status, epochs: records.length, value, curve, seconds, file, ...(message !== undefined && { message }) };
  };
  const atRung = (): TrialOutcome => outcome(records.length >= settings.epochs ? "done" : "paused");
  if (records.length >= epochs) return atRung();
  const save = async (checkpoint: Uint8Array): Promise<void> => {
    await writeFile(join(folder, task.file), checkpoint);
    file = task.file;
  };
  try {
    const { signal } = hooks;
    for await (const event of trainingSession(dataset, settings, { resume, save, ...(signal && { signal }) })) {
      if (event.type === "stopped") signal?.throwIfAborted();
      if (event.type === "finished") return outcome("done");
      if (event.type !== "saved") continue;
      records.push(event.record);
      const stop = await hooks.onEpoch?.(records.map(({ valAccuracy }) => valAccuracy));
      if (records.length >= epochs) return atRung();
      if (stop) return outcome("stopped");
    }
  } catch (error) {
    if (error instanceof DivergenceError) return outcome("diverged", oneLine(error));
    if (error instanceof SettingError) return outcome("failed", oneLine(error));
    throw error;
  }
  return outcome("done");
}

/** Trials in this process, one at a time. */
export function localExecutor(dataset: Dataset): TrialExecutor {
  const controller = new AbortController();
  return {
    runTrial: (task, onEpoch) => runTrial(dataset, task, { onEpoch, signal: controller.signal }),
    close: async () => controller.abort(),
  };
}

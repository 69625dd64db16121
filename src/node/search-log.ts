/**
 * The log of a search: a line of JSON for every job that was started and every result, each flushed to the disk before anything
 * follows from it. It is the truth about the search; everything else in the folder can be made from it.
 */
import { type FileHandle, open } from "node:fs/promises";
import { FormatError, show } from "../errors.ts";
import type { JobEvent, Journal, ResultEvent } from "../tuning/index.ts";
import { readText } from "./files.ts";

export type TrialStatus = "done" | "paused" | "stopped" | "diverged" | "failed";

export interface TrialResult extends ResultEvent {
  readonly attempt: number;
  /** all epochs, up to a rung, ended by the median rule, no finite loss, or not at all */
  readonly status: TrialStatus;
  readonly epochs: number; // of the trial in all
  readonly curve: readonly number[]; // val accuracy after each of them
  readonly seconds: number; // of all of them
  readonly file: string | null; // the checkpoint, in the folder of the search
  readonly message?: string; // what went wrong
  readonly at: string; // ISO 8601
}

export interface StartedJob extends JobEvent {
  readonly attempt: number; // 1, 2, …: how often this job was started
  readonly at: string;
}

export type LogEvent = StartedJob | TrialResult;

export class SearchLog implements Journal<TrialResult> {
  readonly events: LogEvent[];
  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, events: LogEvent[]) {
    this.#file = file;
    this.events = events;
  }

  /**
   * Opens a log to go on with it; makes an empty one where there is none. A last line that was not written whole is cut off.
   * @param onTorn - called with the length of such a line
   * @throws {FormatError} for any other line that is none of a log
   */
  static async open(path: string, onTorn: (bytes: number) => void = () => {}): Promise<SearchLog> {
    const file = await open(path, "a");
    try {
      const text = await readText(path);
      const whole = text.lastIndexOf("\n") + 1;
      if (whole < text.length) {
        const [kept, all] = [Buffer.byteLength(text.slice(0, whole)), (await file.stat()).size];
        onTorn(all - kept);
        await file.truncate(kept);
        await file.sync();
      }
      return new SearchLog(file, parseLog(text.slice(0, whole), path));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** How often the job was started so far. */
  attempts({ trial, rung }: { readonly trial: number; readonly rung: number }): number {
    return this.events.filter((one) => one.type === "job" && one.trial === trial && one.rung === rung).length;
  }

  append(event: JobEvent | TrialResult): Promise<void> {
    const write = async (): Promise<void> => {
      const at = new Date().toISOString();
      const full: LogEvent = event.type === "job" ? { ...event, attempt: this.attempts(event) + 1, at } : event;
      await this.#file.writeFile(`${JSON.stringify(full)}\n`);
      await this.#file.sync();
      this.events.push(full);
    };
    this.#last = this.#last.then(write);
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file.close();
  }
}

/** @param name - starts messages: the file */
export function parseLog(text: string, name: string): LogEvent[] {
  const lines = text.split("\n");
  return lines.slice(0, -1).map((line, at) => {
    let event: Partial<LogEvent> | undefined;
    try {
      event = JSON.parse(line);
    } catch {}
    const { type, trial, rung } = event ?? {};
    const isCounted = Number.isSafeInteger(trial) && Number.isSafeInteger(rung);
    const value = (event as Partial<TrialResult> | undefined)?.value;
    const isResult = type === "result" && (value === null || Number.isFinite(value));
    const isJob = type === "job" && typeof (event as Partial<StartedJob>).point === "object";
    if (isCounted && (isJob || isResult)) return event as LogEvent;
    throw new FormatError(`${name}: expected a job or a result in line ${at + 1}, got ${show(line)}`);
  });
}

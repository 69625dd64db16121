/** Keeps so many trials running at once, and records what happens; knows neither disks nor processes. */
import {
  type Job,
  type JobEvent,
  jobsInFlight,
  keyOf,
  nextJob,
  type ResultEvent,
  readEvents,
  type Search,
} from "./search.ts";

/** Where events are recorded; what it has not recorded has not happened. */
export interface Journal<R extends ResultEvent> {
  readonly events: readonly (JobEvent | R)[];
  append(event: JobEvent | R): Promise<void>;
}

export interface CoordinatorOptions<R extends ResultEvent> {
  readonly search: Search;
  readonly journal: Journal<R>;
  readonly parallel: number;
  /** Does the work, here or far away; a rejection ends the search, and the job is still to be done. */
  readonly run: (job: Job) => Promise<R>;
  /** Called with what was recorded. */
  readonly onResult?: (result: R) => Promise<void> | void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Goes through a search to its end: first the jobs that were started before and have no result, then whatever is next.
 * @returns when nothing is left to do, or when the signal is aborted
 */
export async function coordinate<R extends ResultEvent>(options: CoordinatorOptions<R>): Promise<void> {
  const { search, journal, parallel, run, onResult, signal } = options;
  const interrupted = jobsInFlight(readEvents(journal.events));
  const running = new Map<string, Promise<R>>();
  try {
    while (!signal?.aborted) {
      while (running.size < parallel) {
        const job = interrupted.shift() ?? nextJob(search, journal.events);
        if (!job) break;
        await journal.append({ type: "job", ...job });
        const work = run(job);
        work.catch(() => {}); // it may fail before anybody waits for it
        running.set(keyOf(job), work);
      }
      if (running.size === 0) return;
      const result = await Promise.race(running.values());
      running.delete(keyOf(result));
      await journal.append(result);
      await onResult?.(result);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    await Promise.allSettled(running.values());
  }
}

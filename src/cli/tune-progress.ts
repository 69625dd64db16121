import type { SearchRecord } from "../node/search-folder.ts";
import type { LogEvent, TrialResult } from "../node/search-log.ts";
import { bestResult, readEvents } from "../tuning/index.ts";
import { io, remark } from "./print.ts";
import { percent } from "./training-progress.ts";

export interface TuneProgress {
  onResult(result: TrialResult, events: readonly LogEvent[]): void;
  stop(): void;
}

/** A line for each result with the best so far; on a terminal one line that changes. On stderr. */
export function tuneProgress({ name, method, trials, rungs }: SearchRecord, folder: string): TuneProgress {
  const { stderr } = io();
  const started = performance.now();
  const isTerminal = stderr.isTTY ?? false;
  const steps = rungs.length > 1 ? `, rungs after ${rungs.join(", ")} epochs` : "";
  remark(`${name}: ${trials} trials by ${method}${steps}, in ${folder}`);
  return {
    onResult({ trial, status, epochs, value, message }, events) {
      const state = readEvents<TrialResult>(events);
      const best = bestResult(state);
      const outcome = value === null ? (message ?? status) : `${percent(value)} after ${epochs} epochs`;
      const top = best ? `best ${percent(best.value!)} (trial ${best.trial}, ${best.epochs} epochs)` : "none yet";
      const done = new Set([...state.results.values()].map((result) => result.trial)).size;
      const seconds = Math.round((performance.now() - started) / 1000);
      const line = `trial ${trial}: ${outcome}; ${top}; ${done}/${trials} trials, ${seconds} s`;
      if (isTerminal) stderr.write(`\r\u001b[K${line.slice(0, 110)}`);
      else remark(line);
    },
    stop() {
      if (isTerminal) stderr.write("\r\u001b[K");
    },
  };
}

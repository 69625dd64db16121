/** Checks the functions of a learner's module in a thread of their own: whatever they do is a finding. */
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import {
  type CheckResult,
  checkPlans,
  describeError,
  failedCheck,
  nameInputs,
  type Samples,
} from "../exercises/check.ts";
import type { CheckJob, CheckMessage, CheckRequest } from "./check-worker.ts";

export interface ModuleCheck {
  /** A JavaScript or TypeScript module that exports the functions by name. */
  readonly file: string;
  readonly jobs: readonly CheckJob[];
  readonly samples: Samples;
  readonly trials: number;
  readonly seed: number;
  /** Seconds that loading, and then each check, may take. */
  readonly timeLimit: number;
}

/** @returns one result per job, in order */
export async function checkModule(check: ModuleCheck): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  while (results.length < check.jobs.length) {
    const remaining = check.jobs.slice(results.length);
    const { done, problem, isFatal, inputs } = await runThread(check, remaining);
    results.push(...done);
    const broken = remaining.slice(done.length, problem === undefined ? 0 : isFatal ? undefined : done.length + 1);
    for (const job of broken) {
      const where = inputs.length === 0 ? {} : { inputs: nameInputs(checkPlans[job.function].inputs, inputs) };
      results.push(failedCheck(job.function, job.check, { problem: problem!, ...where }));
    }
  }
  return results;
}

interface ThreadEnd {
  readonly done: CheckResult[];
  /** Why the thread ended before its last job. */
  readonly problem?: string;
  /** Whether the module itself, and so every job, failed. */
  readonly isFatal: boolean;
  readonly inputs: readonly number[];
}

async function runThread(check: ModuleCheck, jobs: readonly CheckJob[]): Promise<ThreadEnd> {
  const { workerUrl } = await import("./check-worker.ts");
  const { samples, trials, seed, timeLimit } = check;
  const running = new SharedArrayBuffer(8 * 16);
  const file = resolve(check.file);
  const request: CheckRequest = { kind: "chainrule-check", file, jobs, samples, trials, seed, running };
  const worker = new Worker(workerUrl, {
    workerData: request,
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  worker.stdout.pipe(process.stderr, { end: false }); // what the functions print must not mix with the results
  const done: CheckResult[] = [];
  let isFatal = true;
  let timer: NodeJS.Timeout | undefined;
  const problem = await new Promise<string | undefined>((end) => {
    const wait = (what: string): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end(`${what} was still running after ${timeLimit} s, the time limit`), timeLimit * 1000);
    };
    worker.on("message", (message: CheckMessage) => {
      if (message.kind === "unloadable") end(`the module threw ${message.problem}`);
      else {
        isFatal = false;
        if (message.kind === "result") done.push(message.result);
        if (done.length === jobs.length) end(undefined);
        else wait(jobs[done.length]!.function);
      }
    });
    worker.on("error", (error) => end(`threw ${describeError(error)}`));
    worker.on("exit", () => end("ended the process"));
    wait("the module");
  });
  clearTimeout(timer);
  await worker.terminate();
  const memory = new Float64Array(running);
  const inputs = [...memory.subarray(1, 1 + memory[0]!)];
  return { done, isFatal, inputs, ...(problem === undefined ? {} : { problem }) };
}

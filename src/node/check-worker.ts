/**
 * Runs inside a worker thread: loads a learner's module and checks its functions one after the other. The inputs of
 * the call that is running stand in shared memory, for the case that it never returns.
 */
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import {
  type Candidate,
  type CheckResult,
  checkGradients,
  checkOutputs,
  describeError,
  failedCheck,
  type Samples,
  type Watcher,
} from "../exercises/check.ts";
import type { FunctionName } from "../graph/functions/texts.ts";
import { createRng } from "../tensor/rng.ts";

export interface CheckJob {
  readonly function: FunctionName;
  readonly check: CheckResult["check"];
}

export interface CheckRequest {
  readonly kind: "chainrule-check";
  readonly file: string;
  readonly jobs: readonly CheckJob[];
  readonly samples: Samples;
  readonly trials: number;
  readonly seed: number;
  /** How many inputs the running call has, and then the inputs. */
  readonly running: SharedArrayBuffer;
}

export type CheckMessage =
  | { readonly kind: "loaded" }
  | { readonly kind: "unloadable"; readonly problem: string }
  | { readonly kind: "result"; readonly result: CheckResult };

/** Where this module lies, to start a thread from. */
export const workerUrl: URL = new URL(import.meta.url);

async function load(file: string): Promise<Record<string, unknown>> {
  if ([".ts", ".mts", ".cts"].includes(extname(file))) {
    const { createJiti } = await import("jiti");
    return await createJiti(import.meta.url, { fsCache: false }).import<Record<string, unknown>>(file);
  }
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

async function run(request: CheckRequest, send: (message: CheckMessage) => void): Promise<void> {
  let functions: Record<string, unknown>;
  try {
    functions = await load(request.file);
  } catch (error) {
    send({ kind: "unloadable", problem: describeError(error) });
    return;
  }
  send({ kind: "loaded" });
  const running = new Float64Array(request.running);
  const watch = (inputs: readonly number[]): void => {
    running[0] = inputs.length;
    running.set(inputs, 1);
  };
  for (const job of request.jobs) {
    running[0] = 0;
    send({ kind: "result", result: check(job, functions[job.function], request, watch) });
  }
}

function check(job: CheckJob, f: unknown, request: CheckRequest, watch: Watcher): CheckResult {
  if (typeof f !== "function") {
    const problem = `the module does not export a function named ${job.function}`;
    return failedCheck(job.function, job.check, { problem, isMissing: true });
  }
  return job.check === "outputs"
    ? checkOutputs(job.function, f as Candidate, request.samples, watch)
    : checkGradients(job.function, f as Candidate, request.trials, createRng(request.seed), watch);
}

function isRequest(data: unknown): data is CheckRequest {
  return typeof data === "object" && data !== null && (data as Partial<CheckRequest>).kind === "chainrule-check";
}

if (!isMainThread && isRequest(workerData)) await run(workerData, (message) => parentPort?.postMessage(message));

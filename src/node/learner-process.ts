/**
 * The process that a learner's module runs in: loads it, calls its functions at the points that the parent sends, and
 * sends back what they return. It knows neither samples nor verdicts. Messages go over a channel of their own, so that
 * prints do not mix with them; every answer repeats the key of its question, which the learner's code is not told.
 */
import { readSync, writeSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { type Candidate, describeError, evaluate, isProblem } from "../exercises/evaluate.ts";
import {
  channel,
  type ExportedFunction,
  formatMessage,
  headerLength,
  type Load,
  type Request,
} from "./learner-message.ts";

/** The file that node runs: the built one in any case, because node cannot run the source. */
export const processFile: string = fileURLToPath(
  import.meta.url.endsWith(".ts") ? new URL("../../dist/node/learner-process.js", import.meta.url) : import.meta.url,
);
/** Tells this file that it is the process, and not imported. */
export const processArgument = "chainrule-learner-process";

/** Blocks until a message arrives. */
function receive(): { head: Request & { key: string }; numbers: Float64Array } {
  const [text = 0, numbers = 0] = new Uint32Array(read(headerLength));
  const head = JSON.parse(new TextDecoder().decode(read(text))) as Request & { key: string };
  return { head, numbers: new Float64Array(read(numbers)) };
}

function read(length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const count = readSync(channel, bytes, at, length - at, null);
    if (count === 0) process.exit(); // the parent is gone
    at += count;
  }
  return bytes.buffer;
}

function send(head: object, numbers?: Float64Array): void {
  const message = formatMessage(head, numbers);
  for (let at = 0; at < message.length; ) at += writeSync(channel, message, at);
}

async function load({ file, library, cache }: Load): Promise<Record<string, unknown>> {
  if (library !== undefined) {
    const chainrule = await (library === "whole" ? import("../index.ts") : import("../exercises/learner-library.ts"));
    const { createJiti } = await import("jiti");
    const virtualModules = { chainrule };
    return await createJiti(import.meta.url, { fsCache: cache ?? false, virtualModules }).import(file);
  }
  if (![".ts", ".mts", ".cts"].includes(extname(file))) return await import(pathToFileURL(file).href);
  const { createJiti } = await import("jiti");
  return await createJiti(import.meta.url, { fsCache: false }).import(file);
}

/** Everything that a module exports by name, or as properties of its default export. */
function exportsOf(module: Record<string, unknown>): Map<string, unknown> {
  const { default: main, ...named } = module;
  const all = new Map(Object.entries(typeof main === "object" && main !== null ? { ...main, ...named } : named));
  if (typeof main === "function" && ![...all.values()].includes(main)) all.set(main.name || "default", main);
  for (const name of ["__esModule", "default", "module.exports"])
    if (typeof all.get(name) !== "function") all.delete(name);
  return all;
}

const longestCode = 20_000; // characters; read for the names of parameters only

/** Prints must be written before the code continues: it may end the process, or never return. */
function printAtOnce(): void {
  for (const stream of [process.stdout, process.stderr] as { _handle?: { setBlocking?: (on: boolean) => void } }[])
    stream._handle?.setBlocking?.(true);
}

/** A parent that is killed cannot end this process, which may be in an endless loop. A thread watches for that. */
function endWithParent(): void {
  if (process.platform === "win32") return; // no process groups, and ppid never changes
  const program = `setInterval(() => process.ppid === ${process.ppid} || process.kill(0, "SIGKILL"), 250)`;
  new Worker(program, { eval: true }).unref();
}

/** Loaded when they are needed: the checks of scalar functions do without the layers. */
function programParts() {
  return Promise.all([import("../exercises/program.ts"), import("../exercises/tasks/nets.ts")]);
}

async function serve(): Promise<void> {
  printAtOnce();
  endWithParent();
  send({ key: receive().head.key }); // the time limit of the module starts once this process is ready
  const { head } = receive();
  if (!("file" in head)) throw new Error("expected a file first");
  let all: Map<string, unknown>;
  try {
    all = exportsOf(await load(head));
  } catch (error) {
    return send({ key: head.key, problem: `threw ${describeError(error)}` });
  }
  const isFunction = (value: unknown): value is Candidate =>
    typeof value === "function" && !/^class\b/.test(String(value));
  const functions = [...all].flatMap(([name, f]): ExportedFunction[] =>
    isFunction(f) ? [{ name, length: f.length, code: String(f).slice(0, longestCode) }] : [],
  );
  const others = [...all].flatMap(([name, value]) => (isFunction(value) ? [] : [name]));
  send({ key: head.key, functions, others });
  for (;;) {
    const { head, numbers } = receive();
    if ("program" in head) {
      const [{ runEncoded }, { given }] = await programParts();
      send({ key: head.key, answer: runEncoded({ ...given, ...Object.fromEntries(all) }, head.program) });
      continue;
    }
    if (!("name" in head)) throw new Error("expected a question");
    const answer = evaluate(all.get(head.name) as Candidate, { ...head, points: numbers });
    if (isProblem(answer)) send({ key: head.key, ...answer });
    else send({ key: head.key }, answer);
  }
}

if (process.argv[2] === processArgument) await serve();

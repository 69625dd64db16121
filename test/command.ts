/** The command in tests: in this process for most, as a process of its own where signals, pipes or exits matter. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { main } from "../src/cli/cli.ts";
import { registerNodeKernels } from "../src/node/kernels.ts";

const run = resolve("dist/cli/run.js");
/** No network, no datasets of the machine: what a test sees is what it made. */
const quiet = { CHAINRULE_DATA_DIR: "/nonexistent", CHAINRULE_CIFAR10_URL: "http://127.0.0.1:59999/" };

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

let last: Promise<unknown> = Promise.resolve();

/** Calls the command in this process, from its sources; one call at a time, because the working directory is shared. */
export function chainrule(args: readonly string[], place: Place = {}): Promise<Result> {
  const result = last.then(() => call(args, place));
  last = result.catch(() => {});
  return result;
}

async function call(args: readonly string[], { cwd = ".", env = {} }: Place): Promise<Result> {
  const [stdout, stderr] = [output(), output()];
  const before = { cwd: process.cwd(), env: { ...process.env } };
  process.chdir(cwd);
  Object.assign(process.env, quiet, env);
  try {
    const status = await main(args, { stdout: stdout.stream, stderr: stderr.stream });
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before.cwd);
    for (const name of Object.keys(process.env)) if (!(name in before.env)) delete process.env[name];
    Object.assign(process.env, before.env);
    registerNodeKernels(); // the next call chooses anew
  }
}

/** A stream that remembers what is written to it. */
export function output(): { readonly stream: Writable & { isTTY?: boolean }; text(): string } {
  let written = "";
  const stream = new Writable({
    decodeStrings: false,
    write(text, _, done) {
      written += text;
      done();
    },
  });
  return { stream, text: () => written };
}

/** Runs the built command to its end, in a process of its own. */
export function spawnChainrule(args: readonly string[], { cwd = ".", env = {} }: Place = {}): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [run, ...args], {
    cwd,
    env: { ...process.env, ...quiet, ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** Starts the built command and leaves it running. */
export function startChainrule(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [run, ...args], {
    cwd,
    env: { ...process.env, ...quiet },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** An empty folder that is gone after the test. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-test-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

const run = resolve("dist/cli/run.js");
/** No network, no datasets of the machine: what a test sees is what it made. */
const quiet = { CHAINRULE_DATA_DIR: "/nonexistent", CHAINRULE_CIFAR10_URL: "http://127.0.0.1:59999/" };

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command to its end. */
export function chainrule(
  args: readonly string[],
  { cwd = ".", env = {} }: { cwd?: string; env?: object } = {},
): Result {
  const result = spawnSync(process.execPath, [run, ...args], {
    cwd,
    env: { ...process.env, ...quiet, ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
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

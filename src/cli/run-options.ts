/** `--run`, `--runs-dir` and `--checkpoint-file`: which model a command reads, the same for all of them. */
import { relative } from "node:path";
import type { Command } from "commander";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { checkpointOf, newestRun, readRun } from "../node/run-folder.ts";
import type { Checkpoint } from "../training/index.ts";
import { remark } from "./print.ts";

export interface RunOptions {
  readonly run?: string;
  readonly runsDir: string;
  readonly checkpointFile?: string;
}

export function runOptions(command: Command): Command {
  return runsDirOption(command)
    .option("--run <name>", "a run written by `chainrule train` (default: the newest)")
    .option("--checkpoint-file <file>", "a model's file instead of a run");
}

export function runsDirOption(command: Command): Command {
  return command.option("--runs-dir <folder>", "where runs are kept", "runs");
}

/** The checkpoint that {@link runOptions} name, and its file. */
export async function openModel(options: RunOptions): Promise<{ checkpoint: Checkpoint; checkpointFile: string }> {
  const checkpointFile = options.checkpointFile ?? (await checkpointFileOf(options));
  return { checkpoint: await readCheckpoint(checkpointFile), checkpointFile };
}

async function checkpointFileOf({ run, runsDir }: RunOptions): Promise<string> {
  const found = run === undefined ? await newestRun(runsDir) : await readRun(run, runsDir);
  const file = relative(".", checkpointOf(found));
  if (run === undefined) remark(`run: ${found.record.name}`);
  return file;
}

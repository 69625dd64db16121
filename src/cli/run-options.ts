/** `--run`, `--runs-dir` and `--checkpoint-file`: which model a command reads, the same for all of them. */
import { relative } from "node:path";
import type { Command } from "commander";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { checkpointOf, type FoundRun, newestRun, readRun } from "../node/run-folder.ts";
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

/** The checkpoint that {@link runOptions} name, its file, and the run if it is one's. */
export async function openModel(
  options: RunOptions,
): Promise<{ checkpoint: Checkpoint; checkpointFile: string; run: FoundRun | undefined }> {
  const run = options.checkpointFile === undefined ? await findRun(options) : undefined;
  const checkpointFile = options.checkpointFile ?? relative(".", checkpointOf(run!));
  return { checkpoint: await readCheckpoint(checkpointFile), checkpointFile, run };
}

async function findRun({ run, runsDir }: RunOptions): Promise<FoundRun> {
  if (run !== undefined) return readRun(run, runsDir);
  const found = await newestRun(runsDir);
  remark(`run: ${found.record.name}`);
  return found;
}

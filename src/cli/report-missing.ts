/** `chainrule report --run-missing`: calls the commands that make what a report has not. */
import { Writable } from "node:stream";
import { Command } from "commander";
import { defaultDataDir, findCifar10 } from "../node/datasets.ts";
import { commandLine, findParts, type Missing, type ReportParts } from "../node/report/index.ts";
import { type Io, io, remark, withIo } from "./print.ts";

export interface MissingOptions {
  readonly runsDir: string;
  readonly dataset?: string;
  readonly dataDir?: string;
}

const makers: Readonly<Record<string, () => Promise<{ command(): Command }>>> = {
  graph: () => import("./graph.ts"),
  fit: () => import("./fit.ts"),
  train: () => import("./train.ts"),
  test: () => import("./test.ts"),
};

/** @returns what there is then; undefined when somebody pressed Ctrl-C, which has set the exit code */
export async function runMissing(options: MissingOptions): Promise<ReportParts | undefined> {
  const dataset = await datasetArgs(options);
  const done = new Set<string>();
  for (;;) {
    const parts = await findParts(options.runsDir);
    const next = parts.missing.find(({ name }) => !done.has(name));
    if (!next) return parts;
    done.add(next.name);
    if ((await make(next, dataset)) !== 0) return undefined;
  }
}

/** Nothing is downloaded: without CIFAR-10 on this machine the networks see the built-in shapes. */
async function datasetArgs({ dataset, dataDir }: MissingOptions): Promise<string[]> {
  const place = dataDir === undefined ? [] : [`--data-dir=${dataDir}`];
  if (dataset !== undefined) return [`--dataset=${dataset}`, ...place];
  const folder = dataDir ?? defaultDataDir();
  if (await findCifar10(folder)) return ["--dataset=cifar10", ...place];
  remark(
    `report: CIFAR-10 is not in ${folder}: networks are trained on the built-in shapes; chainrule data download cifar10 gets it`,
  );
  return ["--dataset=shapes"];
}

/** @returns its exit code */
async function make({ what, args: known }: Missing, dataset: readonly string[]): Promise<number> {
  const args = known[0] === "train" && !known.includes("--resume") ? [...known, ...dataset] : known;
  remark(`report: ${what}: ${commandLine(args)}`);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() }); // its results are in the report
  const inner: Io = { stdout: nowhere, stderr: io().stderr };
  const program = new Command("chainrule").exitOverride().addCommand((await makers[args[0]!]!()).command());
  await withIo(inner, () => program.parseAsync([...args], { from: "user" }));
  if (inner.exitCode) io().exitCode = inner.exitCode;
  return Number(inner.exitCode ?? 0);
}

/** `chainrule backprop`: the driver that checks f1 … f4, ours or a learner's. */
import { readFile, stat } from "node:fs/promises";
import { Command, Option } from "commander";
import {
  type Candidate,
  type CheckResult,
  checkGradients,
  checkOutputs,
  makeSamples,
  readSamples,
  type Samples,
  sampleKeys,
} from "../exercises/check.ts";
import { formatNumber } from "../graph/format-number.ts";
import { f1, f2, f3, f4 } from "../graph/functions/index.ts";
import type { FunctionName } from "../graph/functions/texts.ts";
import type { CheckJob } from "../node/check-worker.ts";
import { UserError } from "../node/user-mistake.ts";
import { createRng } from "../tensor/rng.ts";
import { examples, jsonOption, positiveInteger, positiveNumber, seedOption } from "./options.ts";
import { formatTable, io, print, printJson, remark, remarkFile } from "./print.ts";

const ours: Readonly<Record<FunctionName, Candidate>> = { f1, f2, f3, f4 };
const names = Object.keys(ours) as FunctionName[];
const actions = ["check-both", "check-outputs", "check-grads", "save-outputs"] as const;

interface Options {
  readonly action: (typeof actions)[number];
  readonly function: FunctionName | "all";
  readonly dataFile?: string;
  readonly functions?: string;
  readonly seed: number;
  readonly trials?: number;
  readonly timeLimit: number;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("backprop")
    .description(
      "Checks functions that are differentiated by hand: outputs against a file of samples, gradients against central " +
        "differences at random points (largest difference 1e-10 for f1, 1e-8 for the others).\n\n" +
        "  f1(x1, w1, x2, w2, b, y)   squared error of a linear model, (x1·w1 + x2·w2 + b − y)²\n" +
        "  f2(x)                      tanh from one exponential, (exp(2x) − 1) / (exp(2x) + 1)\n" +
        "  f3(s1, s2, y)              softmax loss of two scores, the right one being y = 1 or 2\n" +
        "  f4(x, w, b, y)             focal loss of a logistic neuron, class y = 1 or 2\n\n" +
        "Each returns [output, grads], one gradient per input except y of f3 and f4. Exit code 1 when a check fails.",
    )
    .addOption(new Option("--action <name>", "what to do").choices(actions).default("check-both"))
    .addOption(new Option("--function <name>", "which function").choices(["all", ...names]).default("all"))
    .option("--data-file <file>", "samples to compare with, or to write (default: the samples of the package)")
    .option("--functions <module>", "check the functions that this .js or .ts module exports instead of ours")
    .option("--trials <n>", "random points per gradient check (100000), or samples to save (100)", positiveInteger)
    .option("--time-limit <seconds>", "longest time for one check of your functions", positiveNumber, 10)
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule backprop", "check outputs and gradients of all four functions"],
        ["chainrule backprop --functions my.ts --function f3", "check f3 of your own module"],
        ["chainrule backprop --action save-outputs --data-file samples.json", "write samples of the four functions"],
      ),
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const chosen = options.function === "all" ? names : [options.function];
  if (options.action === "save-outputs") return await save(options, chosen);
  const jobs = await makeJobs(options, chosen);
  const results =
    options.functions === undefined
      ? jobs.list.map((job) => checkOurs(job, jobs.samples, options))
      : await checkTheirs(options.functions, jobs.list, jobs.samples, options);
  const passed = results.every((result) => result.passed);
  if (options.json) {
    const { action, seed } = options;
    printJson({ passed, action, seed, trials: trialsOf(options), checks: results });
  } else printResults(results);
  if (!passed) io().exitCode = 1;
}

function trialsOf({ trials = 100_000 }: Options): number {
  return trials;
}

async function makeJobs(
  options: Options,
  chosen: readonly FunctionName[],
): Promise<{ list: CheckJob[]; samples: Samples }> {
  const list: CheckJob[] = [];
  const checksOutputs = options.action !== "check-grads";
  const samples = checksOutputs ? await readSampleFile(options.dataFile) : {};
  for (const name of chosen) {
    const hasSamples = sampleKeys(name).some(({ key }) => key in samples);
    if (checksOutputs && !hasSamples) {
      if (options.function !== "all")
        throw new UserError(`backprop: ${options.dataFile} has no samples of ${name}; use --action check-grads`);
      remark(`${options.dataFile} has no samples of ${name}; its outputs are not checked`);
    }
    if (checksOutputs && hasSamples) list.push({ function: name, check: "outputs" });
    if (options.action !== "check-outputs") list.push({ function: name, check: "gradients" });
  }
  if (list.length === 0) throw new UserError(`backprop: ${options.dataFile} has no samples of ${chosen.join(", ")}`);
  return { list, samples };
}

async function readSampleFile(file: string | undefined): Promise<Samples> {
  if (file === undefined) return (await import("../exercises/fixtures/samples.ts")).samples;
  const text = await readFile(file, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file}: expected JSON, got a syntax error: ${(error as Error).message}`);
  }
  return readSamples(value, file);
}

function checkOurs(job: CheckJob, samples: Samples, options: Options): CheckResult {
  const f = ours[job.function];
  return job.check === "outputs"
    ? checkOutputs(job.function, f, samples)
    : checkGradients(job.function, f, trialsOf(options), createRng(options.seed));
}

async function checkTheirs(
  file: string,
  jobs: readonly CheckJob[],
  samples: Samples,
  options: Options,
): Promise<CheckResult[]> {
  if (!(await stat(file)).isFile()) throw new UserError(`--functions ${file}: expected a file`);
  const kind = /\.[mc]?[jt]s$/.exec(file)?.[0] ?? "";
  if (kind === "") throw new UserError(`--functions ${file}: expected a module ending in .js or .ts`);
  const { checkModule } = await import("../node/check-module.ts");
  const { seed, timeLimit } = options;
  const results = await checkModule({ file, jobs, samples, trials: trialsOf(options), seed, timeLimit });
  return options.function === "all" ? leaveOutMissing(file, results) : results;
}

async function save(options: Options, chosen: readonly FunctionName[]): Promise<void> {
  const { dataFile, trials = 100, seed } = options;
  if (dataFile === undefined) throw new UserError("backprop: save-outputs needs --data-file, the file to write");
  if (options.functions !== undefined)
    throw new UserError("backprop: save-outputs writes samples of our functions; leave --functions out");
  const { checkOutputs: checkFiles, writeFile } = await import("../node/files.ts");
  await checkFiles([dataFile]);
  const functions = Object.fromEntries(chosen.map((name) => [name, ours[name]]));
  const samples = makeSamples(functions, trials, createRng(seed));
  remarkFile(dataFile, await writeFile(dataFile, `${JSON.stringify(samples)}\n`));
  const keys = Object.keys(samples);
  if (options.json) printJson({ passed: true, action: options.action, seed, trials, file: dataFile, samples: keys });
  else print(`${dataFile}: ${trials} samples each of ${keys.join(", ")}`);
}

/** Of a module that exports some of the functions, only these are checked; one that exports none has failed. */
function leaveOutMissing(file: string, results: readonly CheckResult[]): CheckResult[] {
  const present = results.filter(({ finding }) => finding?.isMissing !== true);
  if (present.length === 0 || present.length === results.length) return [...results];
  const missing = new Set(results.filter((result) => !present.includes(result)).map((result) => result.function));
  remark(`${file} does not export ${[...missing].join(", ")}; not checked`);
  return present;
}

function printResults(results: readonly CheckResult[]): void {
  const rows = results.map(({ function: name, check, count, largestDifference, tolerance, passed }) => [
    name,
    check,
    count.toLocaleString("en"),
    largestDifference === null ? "none" : formatNumber(largestDifference, 2),
    String(tolerance),
    passed ? "passed" : "FAILED",
  ]);
  print(formatTable(["function", "check", "points", "largest difference", "tolerance", "result"], rows));
  printFindings(results);
}

/** A problem that several checks have in common is printed once. */
function printFindings(results: readonly CheckResult[]): void {
  const texts = new Map<string, string[]>();
  for (const { function: name, check, finding } of results) {
    if (finding === undefined) continue;
    const lines = [finding.problem];
    const inputs = Object.entries(finding.inputs ?? {}).map(([input, value]) => `${input} = ${value}`);
    if (inputs.length > 0) lines.push(`  at ${inputs.join(", ")}`);
    if (finding.of === "output") lines.push(`  output ${finding.got}, sample ${finding.expected}`);
    else if (finding.of !== undefined)
      lines.push(`  gradient of ${finding.of}: ${finding.got}, central difference ${finding.expected}`);
    const text = lines.join("\n");
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${check}`]);
  }
  for (const [text, checks] of texts) print(`\n${checks.join(", ")}: ${text}`);
}

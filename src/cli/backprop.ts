/** `chainrule backprop`: checks f1 … f4, ours or a learner's, and any other function that a learner exports. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  type Candidate,
  type CheckPlan,
  type CheckResult,
  checkGradients,
  checkOutputs,
  coursePlans,
  type Evaluate,
  evaluate,
  type Finding,
  failedCheck,
  isCourseName,
  makePlan,
  makeSamples,
  type PlanSettings,
  readSamples,
  type Samples,
  samplesOf,
  withSettings,
} from "../exercises/index.ts";
import { formatNumber } from "../graph/format-number.ts";
import { f1, f2, f3, f4 } from "../graph/functions/index.ts";
import type { FunctionName } from "../graph/functions/texts.ts";
import { type LearnerFunction, LearnerModule } from "../node/learner-module.ts";
import { UserError } from "../node/user-mistake.ts";
import { createRng } from "../tensor/rng.ts";
import { examples, jsonOption, positiveInteger, positiveNumber, seedOption } from "./options.ts";
import { checkModuleFile } from "./own-code.ts";
import { formatTable, io, print, printJson, remark, remarkFile } from "./print.ts";

const ours: Readonly<Record<FunctionName, Candidate>> = { f1, f2, f3, f4 };
const names = Object.keys(ours) as FunctionName[];
const actions = ["check-both", "check-outputs", "check-grads", "save-outputs"] as const;

type Ranges = NonNullable<PlanSettings["ranges"]>;
type Classes = NonNullable<PlanSettings["classes"]>;

interface Options {
  readonly action: (typeof actions)[number];
  readonly function: string;
  readonly dataFile?: string;
  readonly functions?: string;
  readonly range?: Ranges;
  readonly classes?: Classes;
  readonly seed: number;
  readonly trials?: number;
  readonly timeLimit: number;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("backprop")
    .description(
      "Checks functions that are differentiated by hand: outputs against a file of samples, gradients against numeric " +
        "ones at random points (largest difference 1e-10 for f1, 1e-8 for the others).\n\n" +
        "  f1(x1, w1, x2, w2, b, y)   squared error of a linear model, (x1·w1 + x2·w2 + b − y)²\n" +
        "  f2(x)                      tanh from one exponential, (exp(2x) − 1) / (exp(2x) + 1)\n" +
        "  f3(s1, s2, y)              softmax loss of two scores, the right one being y = 1 or 2\n" +
        "  f4(x, w, b, y)             focal loss of a logistic neuron, class y = 1 or 2\n\n" +
        "Each returns [output, grads], one gradient per input except y of f3 and f4. With --functions, every function " +
        "that the module exports is checked, whatever its name and number of inputs; those with samples are compared " +
        "with them. The inputs of f1 to f4 are drawn from 0 to 1, those of other functions from -1 to 1, or from 0.1 to " +
        "1 if the function is not finite everywhere. Exit code 1 when a check fails.",
    )
    .addOption(new Option("--action <name>", "what to do").choices(actions).default("check-both"))
    .option("--function <name>", "which function: f1 to f4, or one that your module exports", "all")
    .option("--data-file <file>", "samples to compare with, or to write (default: the samples of the package)")
    .option("--functions <module>", "check the functions that this .js or .ts module exports instead of ours")
    .option(
      "--range <name=from..to>",
      "range to draw an input from; without a name, that of all inputs not named (repeatable)",
      collectRange,
    )
    .option(
      "--classes <name=n>",
      "treat an input as a class number from 1 to n, without a gradient (repeatable)",
      collectClasses,
    )
    .option("--trials <n>", "random points per gradient check (100000), or samples to save (100)", positiveInteger)
    .option("--time-limit <seconds>", "longest time for one check of your functions", positiveNumber, 10)
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule backprop", "check outputs and gradients of all four functions"],
        ["chainrule backprop --functions my.ts --function f3", "check f3 of your own module"],
        ["chainrule backprop --functions my.ts --range x=-6..6", "check all its functions, drawing x from -6 to 6"],
        ["chainrule backprop --action save-outputs --data-file samples.json", "write samples of the four functions"],
      ),
    )
    .action(run);
}

function collectRange(text: string, before: Ranges = {}): Ranges {
  const [, name = "", from, to] = /^(?:([^=]+)=)?(.+)\.\.(.+)$/.exec(text) ?? [];
  if (!(Number(from) < Number(to) && Number.isFinite(Number(to) - Number(from))))
    throw new InvalidArgumentError("expected name=from..to or from..to with from < to, for instance x=0.1..5.");
  return { ...before, [name]: [Number(from), Number(to)] };
}

function collectClasses(text: string, before: Classes = {}): Classes {
  const [, name = "", count] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (!(Number(count) >= 1 && Number(count) <= 1e9))
    throw new InvalidArgumentError("expected name=n with a whole number n >= 1, for instance y=3.");
  return { ...before, [name]: Number(count) };
}

/** A function to check. */
interface Subject {
  readonly name: string;
  /** How it is checked; a finding when it cannot be. */
  readonly plan: CheckPlan | Finding;
  /** Made once per check: the time limit runs from then on. */
  readonly evaluator: () => Evaluate;
}

async function run(options: Options): Promise<void> {
  if (options.action === "save-outputs") return await save(options);
  const samples = options.action === "check-grads" ? {} : await readSampleFile(options.dataFile);
  const results =
    options.functions === undefined
      ? await checkOurs(options, samples)
      : await checkTheirs(options.functions, options, samples);
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

function chooseOurs({ function: name }: Options): FunctionName[] {
  if (name === "all") return names;
  if (isCourseName(name)) return [name];
  throw new UserError(
    `--function ${name}: expected one of all, ${names.join(", ")}; functions of your own need --functions`,
  );
}

async function checkOurs(options: Options, samples: Samples): Promise<CheckResult[]> {
  const subjects = chooseOurs(options).map((name): Subject => {
    const plan = withSettings(coursePlans[name], settingsOf(options));
    return { name, plan, evaluator: () => async (question) => evaluate(ours[name], question) };
  });
  return await checkAll(subjects, options, samples);
}

function settingsOf({ range = {}, classes = {} }: Options): PlanSettings {
  return { ranges: range, classes };
}

async function checkTheirs(file: string, options: Options, samples: Samples): Promise<CheckResult[]> {
  await checkModuleFile({ option: "--functions", file });
  const { stderr } = io(); // what the functions print must not mix with the results
  const module = new LearnerModule(file, { timeLimit: options.timeLimit, onPrint: (bytes) => stderr.write(bytes) });
  try {
    const loaded = await module.load();
    if ("problem" in loaded) return [failedCheck(basename(file), "module", { problem: loaded.problem })];
    const { functions, others } = loaded;
    const chosen = functions.filter(({ name }) => options.function === "all" || options.function === name);
    if (chosen.length === 0) return [missing(file, options)];
    if (options.function === "all") remarkOnExports(file, functions, others);
    const subjects: Subject[] = [];
    for (const { name, inputs } of chosen) {
      const evaluator = (): Evaluate => module.evaluator(name);
      const plan = await makePlan(name, inputs, evaluator(), createRng(options.seed), settingsOf(options));
      if ("remarks" in plan) for (const text of plan.remarks) remark(text);
      subjects.push({ name, plan, evaluator });
    }
    return await checkAll(subjects, options, samples);
  } finally {
    await module.close();
  }
}

function missing(file: string, { function: name }: Options): CheckResult {
  if (name === "all") return failedCheck(basename(file), "module", { problem: "the module exports no function" });
  return failedCheck(name, "module", { problem: `the module does not export a function named ${name}` });
}

/** Of a module that exports some of the functions of the course, the others may have been forgotten. */
function remarkOnExports(file: string, functions: readonly LearnerFunction[], others: readonly string[]): void {
  const absent = names.filter((name) => !functions.some((f) => f.name === name));
  if (absent.length < names.length && absent.length > 0)
    remark(`${file} does not export ${absent.join(", ")}; not checked`);
  if (others.length > 0)
    remark(
      `${file} also exports ${others.join(", ")}, which ${others.length > 1 ? "are not functions" : "is not a function"}; ignored`,
    );
}

async function checkAll(subjects: readonly Subject[], options: Options, samples: Samples): Promise<CheckResult[]> {
  refuseUnknownInputs(subjects, options);
  const results: CheckResult[] = [];
  for (const { name, plan, evaluator } of subjects) {
    if ("problem" in plan) {
      results.push(failedCheck(name, options.action === "check-outputs" ? "outputs" : "gradients", plan));
      continue;
    }
    if (options.action !== "check-grads" && hasSamples(name, plan, samples, options))
      results.push(await checkOutputs(name, plan, evaluator(), samples));
    if (options.action !== "check-outputs")
      results.push(await checkGradients(name, plan, evaluator(), trialsOf(options), createRng(options.seed)));
  }
  if (results.length === 0)
    throw new UserError(
      `backprop: ${options.dataFile} has no samples of ${subjects.map(({ name }) => name).join(", ")}; use --action check-grads`,
    );
  return results;
}

/** A mistyped name would be ignored in silence. */
function refuseUnknownInputs(subjects: readonly Subject[], { range = {}, classes = {} }: Options): void {
  const plans = subjects.map(({ plan }) => plan);
  const inputs = plans.flatMap((plan) => ("problem" in plan ? [] : plan.inputs.map(({ name }) => name)));
  if (plans.some((plan) => "problem" in plan)) return; // its inputs are not known
  for (const [option, values] of Object.entries({ range, classes }))
    for (const name of Object.keys(values))
      if (name !== "" && !inputs.includes(name))
        throw new UserError(
          `--${option} ${name}: no function has an input of that name; expected one of ${[...new Set(inputs)].join(", ")}`,
        );
}

function hasSamples(name: string, plan: CheckPlan, samples: Samples, { dataFile, action }: Options): boolean {
  if (name === "f4" && !isCourseF4(plan)) {
    remark("f4 has other inputs than the course's, so its outputs are not compared with samples");
    return false;
  }
  if (samplesOf(name, samples).inputs.length > 0) return true;
  if (isCourseName(name) || action === "check-outputs")
    remark(`${dataFile ?? "the package"} has no samples of ${name}; its outputs are not checked`);
  return false;
}

function isCourseF4({ inputs }: CheckPlan): boolean {
  return inputs.length === coursePlans.f4.inputs.length && inputs.at(-1)!.isClass === true;
}

async function save(options: Options): Promise<void> {
  const { dataFile, trials = 100, seed } = options;
  if (dataFile === undefined) throw new UserError("backprop: save-outputs needs --data-file, the file to write");
  if (options.functions !== undefined)
    throw new UserError("backprop: save-outputs writes samples of our functions; leave --functions out");
  const { checkOutputs: checkFiles, writeFile } = await import("../node/files.ts");
  await checkFiles([dataFile]);
  const functions = Object.fromEntries(chooseOurs(options).map((name) => [name, ours[name]]));
  const samples = makeSamples(functions, trials, createRng(seed));
  remarkFile(dataFile, await writeFile(dataFile, `${JSON.stringify(samples)}\n`));
  const keys = Object.keys(samples);
  if (options.json) printJson({ passed: true, action: options.action, seed, trials, file: dataFile, samples: keys });
  else print(`${dataFile}: ${trials} samples each of ${keys.join(", ")}`);
}

function printResults(results: readonly CheckResult[]): void {
  const rows = results.map(({ function: name, check, count, largestDifference, tolerance, passed }) => [
    name,
    check,
    count.toLocaleString("en"),
    largestDifference === null ? "none" : formatNumber(largestDifference, 2),
    tolerance === null ? "none" : String(tolerance),
    passed ? "passed" : "FAILED",
  ]);
  print(formatTable(["function", "check", "points", "largest difference", "tolerance", "result"], rows));
  for (const { function: name, kinks } of results)
    if (kinks > 0)
      print(
        `\n${name} gradients: ${kinks} points skipped because the function has a kink there and so no numeric gradient`,
      );
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
      lines.push(`  gradient of ${finding.of}: ${finding.got}, numeric gradient ${finding.expected}`);
    const text = lines.join("\n");
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${check}`]);
  }
  for (const [text, checks] of texts) print(`\n${checks.join(", ")}: ${text}`);
}

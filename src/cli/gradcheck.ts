import { Argument, Command } from "commander";
import type { OwnCheck } from "../exercises/own-checks.ts";
import type { GradcheckReport } from "../gradcheck/index.ts";
import { checkLayers } from "../layers/layer-checks.ts";
import { UserError } from "../node/user-mistake.ts";
import { createRng, type Rng } from "../tensor/index.ts";
import { checkModels } from "../training/model-checks.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, positiveNumber, seedOption } from "./options.ts";
import { formatTable, io, print, printJson, remark } from "./print.ts";

interface Options extends KernelsOptions {
  layers?: string;
  model?: string;
  timeLimit: number;
  seed: number;
  json?: boolean;
}

const suites: Readonly<Record<string, (rng: Rng) => { name: string; report: GradcheckReport }[]>> = {
  layers: checkLayers,
  models: checkModels,
};

export function command(): Command {
  const command = new Command("gradcheck")
    .description(
      "Compares the gradients of every backward pass with numeric gradients, in float64 at a random point: layers must " +
        "agree to 1e-9, models (every parameter) to 1e-10. Exit code 1 on failure.",
    )
    .addArgument(new Argument("[what]", "which of ours to check").choices(Object.keys(suites)))
    .option(
      "--layers <module>",
      "check the layers and losses that this .js or .ts module exports: nameForward and nameBackward",
    )
    .option(
      "--model <module>",
      "check the classifier that this module exports: a class with parameters, forward and backward",
    )
    .option("--time-limit <seconds>", "longest time for one call of your code", positiveNumber, 10)
    .addOption(seedOption());
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule gradcheck layers", "fc, every activation and normalisation, dropout, the losses"],
        [
          "chainrule gradcheck models --seed 7 --json",
          "linear classifier, two-layer net, deeper nets, at another point",
        ],
        ["chainrule gradcheck --layers mine.ts", "fc, relu or any other layer of your own, and your losses"],
        ["chainrule gradcheck --model mine.ts", "your own classifier, every parameter"],
      ),
    )
    .action(runGradcheck);
}

interface Checked {
  readonly name: string;
  readonly report: GradcheckReport;
  /** Why nothing could be compared. */
  readonly problem?: string;
}

async function runGradcheck(what: string | undefined, options: Options): Promise<void> {
  const asked = [what, options.layers, options.model].filter((one) => one !== undefined);
  if (asked.length !== 1)
    throw new UserError(
      `gradcheck: expected one of layers, models, --layers MODULE, --model MODULE, got ${asked.length}`,
    );
  const { name: kernels } = await useKernels(options);
  const checks: Checked[] = what === undefined ? await checkTheirs(options) : suites[what]!(createRng(options.seed));
  const passed = checks.every(({ report }) => report.passed);
  const tolerance = Math.max(...checks.map(({ report }) => report.tolerance));
  if (!passed) io().exitCode = 1;
  if (options.json) {
    printJson({
      passed,
      tolerance,
      kernels,
      checks: checks.flatMap(entriesOf),
    });
    return;
  }
  const rows = checks.flatMap(({ name, report }) =>
    report.inputs.map((input) => [
      name,
      input.name,
      input.maxAbsolute.toExponential(2),
      input.maxRelative.toExponential(2),
      `[${input.at.join(", ")}]`,
      input.analytic.toPrecision(6),
      input.numeric.toPrecision(6),
      input.passed ? "ok" : `FAILED${input.hint ? `: ${input.hint}` : ""}`,
    ]),
  );
  print(formatTable(["check", "input", "largest", "relative", "at", "analytic", "numeric", "verdict"], rows));
  for (const { name, problem } of checks) if (problem !== undefined) print(`\n${name}: FAILED: ${problem}`);
  print(`\n${passed ? "all" : "not all"} differences are below ${tolerance} (kernels: ${kernels})`);
}

/** What `--json` says of a check: an entry per input, or the reason why there is none. */
function entriesOf({ name, report, problem }: Checked): object[] {
  if (problem !== undefined) return [{ check: name, name, passed: false, problem }];
  return report.inputs.map((input) => ({
    check: name,
    input: input.name,
    ...input,
    name: `${name}.${input.name}`,
    largestDifference: input.maxAbsolute,
  }));
}

/** A learner's layers or classifier, in a process of its own. */
async function checkTheirs({ layers, model, seed, timeLimit }: Options): Promise<Checked[]> {
  const { withModule } = await import("./own-code.ts");
  const own = await import("../exercises/own-checks.ts");
  const [option, file] = layers === undefined ? ["--model", model!] : ["--layers", layers];
  const checks = await withModule({ option, file, timeLimit }, async ({ names, ask }) => {
    const refuse = (expected: string): never => {
      throw new UserError(`${option} ${file}: expected ${expected}, got ${names.join(", ") || "nothing"}`);
    };
    const done: OwnCheck[] = [];
    if (layers === undefined) {
      const classes = names.filter((name) => /^[A-Z]/.test(name));
      if (classes.length === 0) refuse("an exported class");
      for (const name of classes) done.push(await own.checkOwnModel(ask, name, seed));
      return done;
    }
    const found = own.findLayers(names);
    if (found.layers.length + found.losses.length === 0) refuse("pairs such as fcForward and fcBackward");
    if (found.others.length > 0) remark(`${file} also exports ${found.others.join(", ")}; not checked`);
    for (const name of found.layers) done.push(await own.checkOwnLayer(ask, name, seed));
    for (const name of found.losses) done.push(await own.checkOwnLoss(ask, name, seed));
    return done;
  });
  const nothing: GradcheckReport = { passed: false, tolerance: 0, inputs: [] };
  return checks.map(({ name, report = nothing, problem }) => ({
    name,
    report,
    ...(problem !== undefined && { problem }),
  }));
}

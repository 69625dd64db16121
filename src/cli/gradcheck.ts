import { Argument, Command } from "commander";
import type { GradcheckReport } from "../gradcheck/index.ts";
import { checkLayers } from "../layers/layer-checks.ts";
import { createRng, type Rng } from "../tensor/index.ts";
import { checkModels } from "../training/model-checks.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, seedOption } from "./options.ts";
import { formatTable, io, print, printJson } from "./print.ts";

interface Options extends KernelsOptions {
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
    .addArgument(new Argument("<what>", "what to check").choices(Object.keys(suites)))
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
      ),
    )
    .action(runGradcheck);
}

async function runGradcheck(what: string, options: Options): Promise<void> {
  const { name: kernels } = await useKernels(options);
  const checks = suites[what]!(createRng(options.seed));
  const passed = checks.every(({ report }) => report.passed);
  const tolerance = Math.max(...checks.map(({ report }) => report.tolerance));
  if (!passed) io().exitCode = 1;
  if (options.json) {
    printJson({
      passed,
      tolerance,
      kernels,
      checks: checks.flatMap(({ name, report }) =>
        report.inputs.map((input) => ({
          check: name,
          input: input.name,
          ...input,
          name: `${name}.${input.name}`,
          largestDifference: input.maxAbsolute,
        })),
      ),
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
  print(`\n${passed ? "all" : "not all"} differences are below ${tolerance} (kernels: ${kernels})`);
}

import { Command } from "commander";
import { checkFitting, type FittingChecks } from "../fitting/fitting-checks.ts";
import type { GradcheckReport, InputReport } from "../gradcheck/index.ts";
import { createRng, Tensor } from "../tensor/index.ts";
import { examples, jsonOption, positiveInteger, positiveNumber, seedOption } from "./options.ts";
import { formatTable, io, print, printJson } from "./print.ts";

const tolerance = 1e-8;

export function gradcheckCommand(): Command {
  return new Command("gradcheck")
    .summary("compare the gradients with numeric ones on random problems")
    .description(
      "Random points, targets, S and t; every number of S and t is nudged and the slope of the loss compared with " +
        "gradS and gradT, in float64. All must agree to 1e-8. Exit code 1 on failure.",
    )
    .option("--problems <n>", "random problems of 1 to 50 correspondences", positiveInteger, 100)
    .option("--functions <module>", "check the affineTransformLoss that this .js or .ts module exports instead of ours")
    .option("--time-limit <seconds>", "longest time for one call of your function", positiveNumber, 10)
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule fit gradcheck --problems 1000 --seed 7", "more of them, others"],
        ["chainrule fit gradcheck --functions mine.ts", "the gradients of your own loss"],
      ),
    )
    .action(runGradcheck);
}

interface Options {
  readonly problems: number;
  readonly functions?: string;
  readonly timeLimit: number;
  readonly seed: number;
  readonly json?: boolean;
}

async function runGradcheck(options: Options): Promise<void> {
  const { problems, seed, json, functions } = options;
  const checked =
    functions === undefined
      ? checkFitting(createRng(seed), { problems, tolerance })
      : await checkTheirs(functions, options);
  const reports = checked.map(({ report }) => report);
  const passed = reports.every((report) => report.passed);
  if (!passed) io().exitCode = 1;
  const checks = ["s", "t"].map((name) => {
    const all = reports.flatMap(({ inputs }) => inputs.filter((input) => input.name === name));
    const worst = all.reduce((a, b): InputReport => (b.maxAbsolute > a.maxAbsolute ? b : a));
    return { ...worst, maxRelative: Math.max(...all.map((input) => input.maxRelative)) };
  });
  if (json) {
    printJson({ passed, tolerance, problems, checks });
    return;
  }
  const rows = checks.map((check) => [
    check.name,
    check.maxAbsolute.toExponential(2),
    check.maxRelative.toExponential(2),
    check.passed ? "ok" : `FAILED${check.hint ? `: ${check.hint}` : ""}`,
  ]);
  print(formatTable(["gradient of", "largest difference", "relative", "verdict"], rows));
  print(`\n${problems} random problems: ${passed ? "all" : "not all"} differences are below ${tolerance}`);
}

/** The same problems for a learner's function. */
async function checkTheirs(
  file: string,
  { problems, seed, timeLimit }: Options,
): Promise<{ report: GradcheckReport }[]> {
  const { checkExport } = await import("./own-code.ts");
  return await checkExport({ option: "--functions", file, timeLimit }, "affineTransformLoss", (call) =>
    checkFitting(createRng(seed), { problems, tolerance, loss: (...args) => readLoss(call(...args)) }),
  );
}

function readLoss(result: unknown): ReturnType<NonNullable<FittingChecks["loss"]>> {
  const { loss, gradS, gradT } = (result ?? {}) as Record<string, unknown>;
  if (typeof loss === "number" && gradS instanceof Tensor && gradT instanceof Tensor) return { loss, gradS, gradT };
  throw new Error("returned something else than { loss, gradS, gradT }, a number and two tensors");
}

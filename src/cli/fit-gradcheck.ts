import { Command } from "commander";
import { checkFitting } from "../fitting/fitting-checks.ts";
import type { InputReport } from "../gradcheck/index.ts";
import { createRng } from "../tensor/index.ts";
import { examples, jsonOption, positiveInteger, seedOption } from "./options.ts";
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
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule fit gradcheck --problems 1000 --seed 7", "more of them, others"]))
    .action(runGradcheck);
}

function runGradcheck({ problems, seed, json }: { problems: number; seed: number; json?: boolean }): void {
  const reports = checkFitting(createRng(seed), { problems, tolerance }).map(({ report }) => report);
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

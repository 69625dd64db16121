import { Command, InvalidArgumentError, Option } from "commander";
import { type Comparison, compareAffineFits, comparedMethods } from "../fitting/compare.ts";
import { judgeComparison } from "../fitting/compare-verdicts.ts";
import { checkOutputs } from "../node/files.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import { UserError } from "../node/user-mistake.ts";
import { comparisonFits, comparisonPlot } from "../plots/fitting-plots.ts";
import { createRng } from "../tensor/index.ts";
import { dataOption, formatNumber, loadCorrespondences, stepCount } from "./fit-points.ts";
import { readComparison } from "./fit-reading.ts";
import { checkKeep, type KeepOptions, keep, keepOptions } from "./keep.ts";
import { examples, fraction, jsonOption, positiveInteger, positiveNumber, seedOption } from "./options.ts";
import { formatTable, print, printJson, remark, remarkFile } from "./print.ts";

interface Options extends KeepOptions {
  dataFile?: string;
  shares: readonly number[];
  repeats: number;
  steps: number;
  threshold?: number;
  errorPlot: string;
  fitsPlot: string;
  fitsShare?: number;
  seed: number;
  json?: boolean;
}

const usualShares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6];

export function compareCommand(): Command {
  const command = new Command("compare")
    .summary("descent, Huber descent, least squares and RANSAC on the same points under outliers")
    .description(
      "Replaces growing shares of the targets by noise, fits what is left in four ways, and says in a table, two pictures " +
        "and a few sentences how far each is off and how long it takes. A file's own targets count as free of outliers, and " +
        "least squares on them as the reference.",
    );
  return keepOptions(dataOption(command), "compare")
    .addOption(
      new Option("--shares <list>", "shares of replaced targets, 0 to below 1 each")
        .argParser(shareList)
        .default(usualShares, usualShares.join()),
    )
    .option("--repeats <n>", "draws per share; the table holds medians", positiveInteger, 5)
    .option("--steps <n>", "updates of both descents", stepCount, 500)
    .option(
      "--threshold <x>",
      "RANSAC's threshold and Huber's δ (default: three times the measured noise)",
      positiveNumber,
    )
    .option(
      "--error-plot <file>",
      "error against share, .png, .svg or .pdf; with --keep none unless named",
      "fit-errors.png",
    )
    .option("--fits-plot <file>", "the four fits side by side at one share", "fit-outliers.png")
    .option("--fits-share <x>", "which share that is (default: the one nearest to 0.4)", fraction)
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule fit compare", "the built-in points, shares 0 to 0.6"],
        [
          "chainrule fit compare --data-file points.npy --shares 0,0.25,0.5 --repeats 20 --json",
          "your own, for a script",
        ],
      ),
    )
    .action(runCompare);
}

async function runCompare(options: Options, command: Command): Promise<void> {
  checkKeep("fit compare", options, command);
  const started = new Date();
  const { errorPlot, fitsPlot, shares, repeats, steps, threshold, seed } = options;
  for (const file of [errorPlot, fitsPlot]) checkPicturePath(file);
  if (options.fitsShare !== undefined && !shares.includes(options.fitsShare))
    throw new UserError(
      `fit compare: expected --fits-share to be one of ${shares.join(", ")}, got ${options.fitsShare}`,
    );
  const isWanted = (name: string): boolean => !options.keep || command.getOptionValueSource(name) === "cli";
  const outputs = [isWanted("errorPlot") ? errorPlot : undefined, isWanted("fitsPlot") ? fitsPlot : undefined];
  await checkOutputs(outputs);
  const { name, p, pPrime, truth } = await loadCorrespondences(options.dataFile, createRng(seed));
  const asked = { shares, repeats, steps, ...(threshold !== undefined && { threshold }) };
  const comparison = compareAffineFits(p, pPrime, { ...asked, seed }, truth);
  const [count, measured] = [p.shape[0]!, formatNumber(comparison.threshold)];
  const reading = readComparison(comparison, repeats);

  const wanted = options.fitsShare ?? 0.4;
  const shown = comparison.cases.reduce((a, b) => (Math.abs(b.share - wanted) < Math.abs(a.share - wanted) ? b : a));
  const title = `${Math.round(100 * shown.share)} % of ${count} targets replaced by noise${repeats > 1 ? ", one draw" : ""}`;
  const pictures = [comparisonPlot(comparison), comparisonFits(p, shown, { title })] as const;
  for (const [i, out] of outputs.entries()) if (out) remarkFile(out, await writePicture(out, pictures[i]!));
  const { rows, reference } = comparison;
  const results = {
    reference: { s: reference.s.toArray(), t: reference.t.toArray(), isTruth: truth !== undefined },
    threshold: comparison.threshold,
    rows,
    verdicts: judgeComparison(comparison),
    reading,
  };
  if (options.keep) {
    const files = { errors: ["errors.svg", pictures[0]], fits: ["fits.svg", pictures[1]] } as const;
    await keep(options, "compare", {
      settings: { data: name, count, ...asked, shownShare: shown.share },
      seed,
      results,
      started,
      files,
    });
  }
  if (options.json) {
    printJson({ data: name, count, ...results, steps, repeats, seed, errorPlot: outputs[0], fitsPlot: outputs[1] });
    return;
  }
  remark(
    `${count} correspondences from ${name}; errors against ${truth ? "the transform they were made with" : "least squares on them as they are"}; ` +
      `threshold and δ ${measured}; medians of ${repeats} draws`,
  );
  print(table(comparison, repeats));
  print(`\n${definitions}\n\n${reading.join("\n")}`);
}

const definitions =
  "parameter error: the largest absolute difference of the six numbers of S and t from the reference\n" +
  "inlier error: root mean square distance from the targets that were not replaced\n" +
  "converged: draws in which the descent arrived at its minimum; the other methods take no steps";

function table({ rows, isReferenceLeastSquares }: Comparison, repeats: number): string {
  return formatTable(
    ["replaced", "method", "parameter error", "inlier error", "converged", "ms"],
    rows.map(({ share, method, parameterError, inlierError, converged, milliseconds }) => [
      method === comparedMethods[0] ? `${Math.round(100 * share)} %` : "",
      method,
      isReferenceLeastSquares && share === 0 && method === "least squares" ? "reference" : formatNumber(parameterError),
      formatNumber(inlierError),
      converged === undefined ? "" : `${Math.round(converged * repeats)} of ${repeats}`,
      milliseconds.toFixed(2),
    ]),
  );
}

function shareList(text: string): number[] {
  const shares = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!shares.every((share) => share >= 0 && share < 1))
    throw new InvalidArgumentError("expected shares from 0 to below 1, as 0,0.25,0.5.");
  return [...new Set(shares)].sort((a, b) => a - b);
}

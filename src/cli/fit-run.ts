import { extname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { descentMethods } from "../fitting/gradient-descent.ts";
import { fitAffineLeastSquares, fitAffineRansac, type RansacFit } from "../fitting/index.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { checkGifPath } from "../node/gif.ts";
import { checkPicturePath } from "../node/picture.ts";
import { UserError } from "../node/user-mistake.ts";
import { createRng } from "../tensor/index.ts";
import { type DescentOptions, type Found, runDescent } from "./fit-descent.ts";
import {
  type Correspondences,
  dataOption,
  formatNumber,
  formatTransform,
  loadCorrespondences,
  stepCount,
} from "./fit-points.ts";
import { checkKeep, type KeepOptions, keep, keepOptions } from "./keep.ts";
import {
  examples,
  flag,
  jsonOption,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  seedOption,
} from "./options.ts";
import { print, printJson, remark, remarkFile } from "./print.ts";

const methods = [...descentMethods, "least-squares", "ransac"] as const;

interface Options extends DescentOptions, KeepOptions {
  method: (typeof methods)[number];
  threshold?: number;
  confidence?: number;
  maxTrials?: number;
  dataFile?: string;
  out?: string;
  seed: number;
  json?: boolean;
}

/** Which options belong to which way of fitting; the others refuse them rather than ignore them. */
const forDescent = [
  "learningRate",
  "steps",
  "huberDelta",
  "printLossEvery",
  "lossPlot",
  "lossScale",
  "animatedGif",
  "showEvery",
];
const forRansac = ["threshold", "confidence", "maxTrials"];

export function runCommand(): Command {
  const command = new Command("run")
    .alias("fit")
    .allowExcessArguments() // `chainrule fit x` arrives here too and gets a better answer
    .summary("fit one transform")
    .description(
      "Fits S and t to pairs of points. Gradient descent starts at the identity; its problem is quadratic, so " +
        "`--learning-rate auto` knows the fastest constant rate, and a rate that would diverge is refused with the limit.",
    )
    .addOption(new Option("--method <name>", "how to fit").choices(methods).default("gd"))
    .option("--learning-rate <x>", "step size, or `auto`", rateOrAuto, "auto" as const)
    .option("--steps <n>", "updates from the identity, at most 10 million", stepCount, 100)
    .option(
      "--momentum <x>",
      "with --method momentum: 0 to below 1 (default: fast but calm, or 0.9 with a given rate)",
      nonNegativeNumber,
    )
    .option(
      "--huber-delta <x>",
      "minimize the Huber loss: beyond this distance a point pulls with constant force",
      positiveNumber,
    )
    .option(
      "--threshold <x>",
      "with --method ransac: distance up to which a point agrees (default: measured)",
      positiveNumber,
    )
    .option(
      "--confidence <x>",
      "with --method ransac: chance of having seen a clean triple (default: 0.999)",
      positiveNumber,
    )
    .option("--max-trials <n>", "with --method ransac: triples at most (default: 10000)", positiveInteger);
  return keepOptions(dataOption(command), "fit")
    .option("--print-loss-every <n>", "a line with the loss every so many steps; 0 for none", nonNegativeInteger, 0)
    .option("--loss-plot <file>", "loss against step, .png, .svg or .pdf")
    .addOption(new Option("--loss-scale <name>", "axis of the loss plot").choices(["linear", "log"]).default("log"))
    .option("--animated-gif <file>", "the points on their way, .gif")
    .option(
      "--show-every <n>",
      "steps between two frames, of which there are at most 120 (default: for about 60)",
      positiveInteger,
    )
    .option("--out <file>", "S, t and the figures as .json")
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule fit run --animated-gif fit.gif --loss-plot loss.png", "the built-in points, watched"],
        [
          "chainrule fit run --data-file points.npy --learning-rate 0.6 --steps 75 --print-loss-every 10",
          "your own points, every setting given",
        ],
        [
          "chainrule fit run --data-file points.csv --method ransac --out transform.json",
          "points of which some are wrong",
        ],
      ),
    )
    .action(runFit);
}

async function runFit(options: Options, command: Command): Promise<void> {
  if (command.args.length > 0)
    throw new UserError(`fit: unknown command '${command.args[0]}'; expected run, compare or gradcheck`);
  checkKeep("fit", options, command);
  await checkOptions(options, command);
  const rng = createRng(options.seed);
  const points = await loadCorrespondences(options.dataFile, rng);
  const { p, pPrime } = points;
  const [startDate, started] = [new Date(), performance.now()];
  const seconds = (): number => (performance.now() - started) / 1000;
  let found: Found;
  if (options.method === "ransac") {
    const { threshold, confidence, maxTrials } = options;
    const settings = {
      ...(threshold && { threshold }),
      ...(confidence && { confidence }),
      ...(maxTrials && { maxTrials }),
    };
    const fit = fitAffineRansac(p, pPrime, { rng, ...settings });
    found = { fit, seconds: seconds(), lines: ransacLines(fit, p.shape[0]!), figures: ransacFigures(fit) };
  } else if (options.method === "least-squares") {
    const fit = fitAffineLeastSquares(p, pPrime);
    found = { fit, seconds: seconds(), lines: ["least squares, in one go"], figures: {} };
  } else {
    found = await runDescent(options, options.method, points, options.json ? remark : print);
  }
  await report(options, points, found, startDate);
}

/** What a fit was asked; what was chosen for it is among its results. */
function settingsOf(options: Options): Record<string, unknown> {
  const { method, huberDelta, threshold, confidence, maxTrials, learningRate, steps, momentum } = options;
  const asked =
    method === "ransac"
      ? { threshold, confidence, maxTrials }
      : method === "least-squares"
        ? {}
        : { learningRate, steps, momentum, huberDelta };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function ransacLines({ inliers, threshold, trials }: RansacFit, count: number): string[] {
  const share = ((100 * inliers.length) / count).toFixed(1);
  return [
    `RANSAC: ${inliers.length} inliers (${share} %) within ${formatNumber(threshold)}, ${trials} triple${trials === 1 ? "" : "s"} tried`,
  ];
}

function ransacFigures({ inliers, inlierLoss, threshold, trials }: RansacFit): Record<string, number> {
  return { inliers: inliers.length, inlierLoss, threshold, trials };
}

async function report(
  options: Options,
  { name, p, truth }: Correspondences,
  { fit, seconds, lines, figures, files = {} }: Found,
  started: Date,
): Promise<void> {
  const result = {
    method: options.method,
    data: name,
    count: p.shape[0]!,
    loss: fit.loss,
    s: fit.s.toArray(),
    t: fit.t.toArray(),
    ...figures,
    seconds,
  };
  if (options.out) remarkFile(options.out, await writeFile(options.out, `${JSON.stringify(result, null, 2)}\n`));
  if (options.keep) {
    const { method, data, count, ...results } = result;
    const settings = { ...settingsOf(options), method, data, count };
    const described = { lines, transform: formatTransform(fit).split("\n") };
    await keep(options, "fit", { settings, seed: options.seed, results: { ...results, ...described }, started, files });
  }
  if (options.json) {
    printJson(result);
    return;
  }
  const inlierLoss = figures.inlierLoss;
  print(`${result.count} correspondence${result.count === 1 ? "" : "s"} from ${name}`);
  print(lines.join("\n"));
  print(formatTransform(fit));
  print(
    `${options.huberDelta === undefined ? "loss" : "Huber loss"} ${formatNumber(fit.loss)}${typeof inlierLoss === "number" ? ` (inliers ${formatNumber(inlierLoss)})` : ""}; ` +
      `fitted in ${(1000 * seconds).toFixed(1)} ms`,
  );
  if (truth) print(`the targets were made with\n${formatTransform(truth)}\nand noise`);
}

async function checkOptions(options: Options, command: Command): Promise<void> {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  const isDescent = (descentMethods as readonly string[]).includes(options.method);
  const foreign = [...(isDescent ? [] : forDescent), ...(options.method === "ransac" ? [] : forRansac)];
  if (options.method !== "momentum") foreign.push("momentum");
  for (const name of foreign)
    if (isGiven(name)) {
      const use = name === "momentum" ? "momentum" : forRansac.includes(name) ? "ransac" : descentMethods.join(", ");
      throw new UserError(`fit: ${flag(name)} needs --method ${use}, got ${options.method}`);
    }
  for (const [name, needed] of [
    ["lossScale", "lossPlot"],
    ["showEvery", "animatedGif"],
  ] as const)
    if (isGiven(name) && !options[needed]) throw new UserError(`fit: ${flag(name)} needs ${flag(needed)}`);
  if (options.lossPlot) checkPicturePath(options.lossPlot);
  if (options.animatedGif) checkGifPath(options.animatedGif);
  if (options.out && extname(options.out).toLowerCase() !== ".json")
    throw new UserError(`fit: expected --out to end in .json, got ${options.out}`);
  await checkOutputs([options.lossPlot, options.animatedGif, options.out]);
}

function rateOrAuto(text: string): number | "auto" {
  if (text === "auto") return text;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidArgumentError("expected a number > 0 or auto.");
  return value;
}

import { existsSync } from "node:fs";
import { extname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Dataset, formatImageSize } from "../data/index.ts";
import { kernels } from "../kernels/index.ts";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import { UserError } from "../node/user-mistake.ts";
import { schedules, type Tensors } from "../optim/index.ts";
import { trainingPlot } from "../plots/index.ts";
import {
  bestEpoch,
  checkSettings,
  copyParameters,
  evaluatedModel,
  formatCheckpoint,
  historyToCsv,
  type PresetName,
  presets,
  type Run,
  resumeRun,
  startRun,
  type TrainSettings,
  train,
} from "../training/index.ts";
import { datasetOptions, openCheckpointDataset, openDataset } from "./dataset-options.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import {
  examples,
  flag,
  jsonOption,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  seedNumber,
} from "./options.ts";
import { print, printJson, remark } from "./print.ts";
import { percent, trainingProgress } from "./training-progress.ts";

interface Options extends Partial<Omit<TrainSettings, "weightScale">>, KernelsOptions {
  preset: PresetName;
  weightScale?: number;
  init?: "he";
  resume?: boolean;
  dataset: string;
  dataDir?: string;
  plotFile: string;
  checkpointFile: string;
  historyFile?: string;
  printEvery: number;
  json?: boolean;
}

/** Train accuracy is measured on this many images at most: enough for half a percent, cheap beside an epoch. */
const trainAccuracyExamples = 5000;

export function command(): Command {
  const command = new Command("train")
    .summary("train a classifier on images, plot how it went, keep the best")
    .description(
      "Trains a two-layer network (or, with --hidden-dim 0, a linear classifier) by minibatch SGD. " +
        "The checkpoint is written after every epoch, so Ctrl-C loses at most one; --resume goes on from it. " +
        "Settings that are not given come from the preset.",
    )
    .addOption(new Option("--preset <name>", "starting settings").choices(Object.keys(presets)).default("tuned"));
  datasetOptions(command)
    .option("--num-train <n>", "training images, or `all` that validation leaves", allOr(positiveInteger))
    .option("--num-val <n>", "validation images, drawn from the training part", positiveInteger)
    .option("--hidden-dim <n>", "hidden units; 0 for a linear classifier", nonNegativeInteger)
    .option("--batch-size <n>", "images per step", positiveInteger)
    .option("--epochs <n>", "passes over the training images", positiveInteger)
    .option("--learning-rate <x>", "step size", positiveNumber)
    .addOption(new Option("--schedule <name>", "how the learning rate falls").choices(Object.keys(schedules)))
    .option("--momentum <x>", "0 to below 1", nonNegativeNumber)
    .option("--reg <x>", "strength of the L2 penalty on weights", nonNegativeNumber)
    .option(
      "--average-decay <x>",
      "0 to below 1, per step: evaluate and keep the moving average of the weights; 0 for none",
      nonNegativeNumber,
    )
    .addOption(
      new Option("--weight-scale <x>", "standard deviation of the first weights")
        .argParser(nonNegativeNumber)
        .conflicts("init"),
    )
    .addOption(new Option("--init <name>", "or a rule for it: He's √(2/inputs)").choices(["he"]))
    .option("--normalize", "subtract the mean and divide by the std, per channel")
    .option("--no-normalize", "leave pixels 0…1 as they are")
    .option("--seed <n>", "start of every random stream (default: 442)", seedNumber)
    .option("--resume", "go on from --checkpoint-file with its settings; only --epochs may change")
    .option("--checkpoint-file <file>", "where the model is kept", "model.safetensors")
    .option("--plot-file <file>", "loss and accuracy, .pdf, .svg or .png", "plot.pdf")
    .option("--history-file <file>", "figures per epoch, .csv or .json")
    .option("--print-every <steps>", "a line of text every so many steps; 0 for none", nonNegativeInteger, 0);
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `\nPresets:\n${Object.entries(presets).map(describePreset).join("\n")}\n${examples(
        ["chainrule train", "the best settings on CIFAR-10, or on built-in shapes where there is no CIFAR-10"],
        ["chainrule train --preset untuned --plot-file untuned.png", "the homework's start: a loss that only creeps"],
        [
          "chainrule train --hidden-dim 1024 --epochs 20 --history-file run.csv",
          "larger and longer, figures to a file",
        ],
        ["chainrule train --resume --epochs 30", "go on to epoch 30"],
      )}`,
    )
    .action(runTrain);
}

async function runTrain(options: Options, command: Command): Promise<void> {
  await checkFiles(options);
  const kernels = await useKernels(options);
  const { run, best: firstBest, dataset } = await prepare(options, command);
  remark(
    `training on ${run.train.count} images, validating on ${run.val.count}, ${formatImageSize(dataset)}; kernels: ${kernels.description}`,
  );

  const { settings, history } = run;
  const interrupt = interruptSignal();
  const progress = trainingProgress({ epochs: settings.epochs, printEvery: options.printEvery });
  const started = performance.now();
  let best = firstBest;
  try {
    await train({
      ...run,
      epochs: settings.epochs,
      batchSize: settings.batchSize,
      reg: settings.reg,
      schedule: schedules[settings.schedule],
      trainAccuracyExamples,
      signal: interrupt,
      onStep: progress.onStep,
      async onEpoch(record) {
        if (bestEpoch(history) === record) best = copyParameters(evaluatedModel(run));
        await writeFile(options.checkpointFile, formatCheckpoint(run, best));
        progress.onEpoch(record);
      },
    });
  } catch (error) {
    progress.stop();
    if (!interrupt.aborted) throw error;
    const saved = history.epochs.length;
    remark(
      saved === 0
        ? "stopped before the first epoch was finished: nothing was saved"
        : `stopped in epoch ${saved + 1}; ${options.checkpointFile} holds epoch ${saved}: go on with --resume --checkpoint-file ${options.checkpointFile}`,
    );
    process.exitCode = Number(interrupt.reason);
    return;
  }
  progress.stop();
  await summarize(options, run, dataset, kernels.name, (performance.now() - started) / 1000);
}

interface Prepared {
  readonly run: Run;
  readonly best: Tensors; // parameters of the best epoch so far
  readonly dataset: Dataset;
}

/** A new run, or the one in the checkpoint. */
async function prepare(options: Options, command: Command): Promise<Prepared> {
  if (!options.resume) {
    const settings = settingsFrom(options);
    if (existsSync(options.checkpointFile))
      remark(`${options.checkpointFile} exists and will be replaced after the first epoch`);
    const dataset = await openDataset({ ...options, seed: settings.seed });
    const run = startRun(dataset, fitToDataset(settings, options, dataset));
    return { run, best: copyParameters(evaluatedModel(run)), dataset };
  }
  const fixed = ["preset", "numTrain", "numVal", "hiddenDim", "batchSize", "learningRate", "schedule", "momentum"];
  for (const name of [...fixed, "reg", "averageDecay", "weightScale", "init", "normalize", "seed"])
    if (command.getOptionValueSource(name) === "cli")
      throw new UserError(`train: ${flag(name)} cannot change with --resume: the settings are the checkpoint's`);
  const checkpoint = await readCheckpoint(options.checkpointFile);
  const epochs = options.epochs ?? checkpoint.settings.epochs;
  if (epochs <= checkpoint.epoch)
    throw new UserError(
      `train: ${options.checkpointFile} already has ${checkpoint.epoch} of ${epochs} epochs; ask for more with --epochs`,
    );
  const dataset = await openCheckpointDataset(checkpoint, options, command);
  const run = resumeRun(startRun(dataset, { ...checkpoint.settings, epochs }), checkpoint);
  remark(`resuming ${options.checkpointFile} after epoch ${checkpoint.epoch}`);
  if (kernels().name !== checkpoint.kernels)
    remark(
      `it was trained with ${checkpoint.kernels} kernels: with ${kernels().name} the numbers will differ in the last digits`,
    );
  return { run, best: copyParameters(checkpoint.model), dataset };
}

function settingsFrom(options: Options): TrainSettings {
  const preset = presets[options.preset];
  const given = Object.entries(options).filter(([name]) => Object.hasOwn(preset, name));
  const settings: TrainSettings = { ...preset, ...Object.fromEntries(given) };
  return checkSettings(options.init ? { ...settings, weightScale: options.init } : settings);
}

/** A preset's image counts shrink to a small dataset, saying so; counts from the command line are taken at their word. */
function fitToDataset(settings: TrainSettings, options: Options, dataset: Dataset): TrainSettings {
  const count = dataset.train.count;
  const numVal = options.numVal ?? Math.min(settings.numVal, Math.max(1, Math.floor(count / 5)));
  const numTrain =
    options.numTrain ??
    (settings.numTrain === "all" ? "all" : Math.max(1, Math.min(settings.numTrain, count - numVal)));
  const isEnough = count - numVal >= 1; // else the run says what is wrong
  if (isEnough && (numVal !== settings.numVal || numTrain !== settings.numTrain))
    remark(
      `${dataset.name} has ${count} training images: using ${numTrain === "all" ? count - numVal : numTrain} to train and ${numVal} to validate`,
    );
  return { ...settings, numVal, numTrain };
}

async function checkFiles({ plotFile, checkpointFile, historyFile }: Options): Promise<void> {
  checkPicturePath(plotFile);
  if (historyFile !== undefined && ![".csv", ".json"].includes(extname(historyFile).toLowerCase()))
    throw new UserError(`train: expected --history-file to end in .csv or .json, got ${historyFile}`);
  await checkOutputs([checkpointFile, plotFile, historyFile]);
}

async function summarize(
  options: Options,
  run: Run,
  dataset: Dataset,
  kernels: string,
  seconds: number,
): Promise<void> {
  const { plotFile, checkpointFile, historyFile } = options;
  const { history } = run;
  const [best, last] = [bestEpoch(history)!, history.epochs.at(-1)!];
  await writePicture(plotFile, trainingPlot(history));
  if (historyFile)
    await writeFile(
      historyFile,
      extname(historyFile).toLowerCase() === ".csv" ? historyToCsv(history) : `${JSON.stringify(history, null, 2)}\n`,
    );
  if (options.json)
    printJson({
      dataset: dataset.name,
      bestValAccuracy: best.valAccuracy,
      bestEpoch: best.epoch,
      trainAccuracy: last.trainAccuracy,
      valAccuracy: last.valAccuracy,
      loss: last.loss,
      epochs: last.epoch,
      seconds,
      kernels,
      checkpointFile,
      plotFile,
      historyFile: historyFile ?? null,
      settings: run.settings,
      history: history.epochs,
    });
  else
    print(
      `best val accuracy ${percent(best.valAccuracy)} (epoch ${best.epoch}), last: train ${percent(last.trainAccuracy)}, val ${percent(last.valAccuracy)}; ${seconds.toFixed(1)} s\n` +
        `model ${checkpointFile}, plot ${plotFile}${historyFile ? `, history ${historyFile}` : ""}`,
    );
}

/** Aborted at the first Ctrl-C or SIGTERM, with the exit code as its reason; a second one ends the process at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  // "on", not "once": a save that is under way ends the process itself when nobody else listens.
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      controller.abort(code);
    });
  return controller.signal;
}

function allOr(parse: (text: string) => number): (text: string) => number | "all" {
  return (text) => {
    if (text === "all") return "all";
    const value = parse(text);
    if (Number.isNaN(value)) throw new InvalidArgumentError("expected a whole number >= 1 or all.");
    return value;
  };
}

function describePreset([name, s]: [string, TrainSettings]): string {
  return (
    `  ${name.padEnd(8)} ${s.numTrain} images, hidden ${s.hiddenDim}, batch ${s.batchSize}, ${s.epochs} epochs, ` +
    `learning rate ${s.learningRate} ${s.schedule},\n           momentum ${s.momentum}, reg ${s.reg}, ` +
    `weights ${s.weightScale}${s.averageDecay ? `, averaged with decay ${s.averageDecay}` : ""}, ${s.normalize ? "normalized" : "pixels 0…1 as they are"}`
  );
}

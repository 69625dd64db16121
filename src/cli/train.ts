import { extname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Dataset, formatImageSize } from "../data/index.ts";
import { kernels } from "../kernels/index.ts";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import { UserError } from "../node/user-mistake.ts";
import { schedules } from "../optim/index.ts";
import { trainingPlot } from "../plots/index.ts";
import {
  type Checkpoint,
  checkSettings,
  type EpochRecord,
  type History,
  historyToCsv,
  type PresetName,
  presets,
  settingsFor,
  type TrainSettings,
  trainingSession,
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
import { io, print, printJson, remark, remarkFile } from "./print.ts";
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

export function command(): Command {
  const command = new Command("train")
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
    .action((options, command) => interruptible((interrupt) => runTrain(options, command, interrupt)));
}

async function runTrain(options: Options, command: Command, interrupt: AbortSignal): Promise<void> {
  await checkFiles(options);
  const kernels = await useKernels(options);
  const { dataset, settings, resume } = options.resume ? await resumed(options, command) : await fresh(options);
  const progress = trainingProgress({ epochs: settings.epochs, printEvery: options.printEvery });
  let saves = 0;
  const save = async (checkpoint: Uint8Array): Promise<void> => {
    const replaced = await writeFile(options.checkpointFile, checkpoint);
    if (saves++ === 0) remarkFile(options.checkpointFile, replaced, progress.say);
  };
  const started = performance.now();
  try {
    for await (const event of trainingSession(dataset, settings, { resume, save, signal: interrupt })) {
      if (event.type === "started") {
        const { train, val, image } = event.run;
        remark(
          `training on ${train.count} images, validating on ${val.count}, ${formatImageSize(image)}; kernels: ${kernels.description}`,
        );
      } else if (event.type === "step") progress.onStep(event);
      else if (event.type === "saved") progress.onEpoch(event.record);
      else if (event.type !== "evaluated") progress.stop();
      if (event.type === "finished")
        await summarize(options, dataset, settings, event, kernels.name, (performance.now() - started) / 1000);
      if (event.type === "stopped") {
        remark(
          event.epoch === 0
            ? "stopped before the first epoch was finished: nothing was saved"
            : `stopped in epoch ${event.epoch + 1}; ${options.checkpointFile} holds epoch ${event.epoch}: continue with --resume --checkpoint-file ${options.checkpointFile}`,
        );
        io().exitCode = Number(interrupt.reason);
      }
    }
  } finally {
    progress.stop();
  }
}

interface Prepared {
  readonly dataset: Dataset;
  readonly settings: TrainSettings;
  readonly resume?: Checkpoint;
}

/** The preset, what the command line says instead, and no more images than the dataset has. */
async function fresh(options: Options): Promise<Prepared> {
  const preset = presets[options.preset];
  const given = {
    ...Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(preset, name))),
    ...(options.init && { weightScale: options.init }),
  };
  const wanted = checkSettings({ ...preset, ...given });
  const dataset = await openDataset({ ...options, seed: wanted.seed });
  const settings = settingsFor(dataset, preset, given);
  const { numTrain, numVal } = settings;
  const { count } = dataset.train;
  if (numVal < count && (numVal !== wanted.numVal || numTrain !== wanted.numTrain))
    remark(
      `${dataset.name} has ${count} training images: using ${numTrain === "all" ? count - numVal : numTrain} to train and ${numVal} to validate`,
    );
  return { dataset, settings };
}

/** The settings and the images of the checkpoint. */
async function resumed(options: Options, command: Command): Promise<Prepared> {
  for (const name of ["preset", "init", ...Object.keys(presets[options.preset])])
    if (name !== "epochs" && command.getOptionValueSource(name) === "cli")
      throw new UserError(`train: ${flag(name)} cannot change with --resume: the settings are the checkpoint's`);
  const resume = await readCheckpoint(options.checkpointFile);
  const epochs = options.epochs ?? resume.settings.epochs;
  if (epochs <= resume.epoch)
    throw new UserError(
      `train: ${options.checkpointFile} already has ${resume.epoch} of ${epochs} epochs; ask for more with --epochs`,
    );
  const dataset = await openCheckpointDataset(resume, options, command);
  remark(`resuming ${options.checkpointFile} after epoch ${resume.epoch}`);
  if (kernels().name !== resume.kernels)
    remark(
      `it was trained with ${resume.kernels} kernels: with ${kernels().name} the numbers will differ in the last digits`,
    );
  return { dataset, settings: { ...resume.settings, epochs }, resume };
}

async function checkFiles({ plotFile, checkpointFile, historyFile }: Options): Promise<void> {
  checkPicturePath(plotFile);
  if (historyFile !== undefined && ![".csv", ".json"].includes(extname(historyFile).toLowerCase()))
    throw new UserError(`train: expected --history-file to end in .csv or .json, got ${historyFile}`);
  await checkOutputs([checkpointFile, plotFile, historyFile]);
}

async function summarize(
  { plotFile, checkpointFile, historyFile, json }: Options,
  dataset: Dataset,
  settings: TrainSettings,
  { history, best }: { history: History; best: EpochRecord },
  kernels: string,
  seconds: number,
): Promise<void> {
  const last = history.epochs.at(-1)!;
  remarkFile(plotFile, await writePicture(plotFile, trainingPlot(history)));
  if (historyFile) {
    const isCsv = extname(historyFile).toLowerCase() === ".csv";
    const text = isCsv ? historyToCsv(history) : `${JSON.stringify(history, null, 2)}\n`;
    remarkFile(historyFile, await writeFile(historyFile, text));
  }
  if (json)
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
      settings,
      history: history.epochs,
    });
  else
    print(
      `best val accuracy ${percent(best.valAccuracy)} (epoch ${best.epoch}), last: train ${percent(last.trainAccuracy)}, val ${percent(last.valAccuracy)}; ${seconds.toFixed(1)} s`,
    );
}

/** Aborts the work at the first Ctrl-C or SIGTERM, with the exit code as the reason; a second one ends the process at once. */
async function interruptible(work: (interrupt: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const listeners = new Map(
    Object.entries({ SIGINT: 130, SIGTERM: 143 }).map(([name, code]) => [
      name,
      (): void => {
        if (controller.signal.aborted) process.exit(code);
        controller.abort(code);
      },
    ]),
  );
  for (const [name, listener] of listeners) process.on(name, listener);
  try {
    await work(controller.signal);
  } finally {
    for (const [name, listener] of listeners) process.off(name, listener);
  }
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
    `  ${name.padEnd(8)} ${s.numTrain} images, hidden ${s.hiddenDims.join("-") || "none"}, batch ${s.batchSize}, ${s.epochs} epochs, ` +
    `learning rate ${s.learningRate} ${s.schedule},\n           momentum ${s.momentum}, reg ${s.reg}, ` +
    `weights ${s.weightScale}${s.averageDecay ? `, averaged with decay ${s.averageDecay}` : ""}, ${s.normalize ? "normalized" : "pixels 0…1 as they are"}`
  );
}

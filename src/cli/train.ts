import { relative } from "node:path";
import { Command, Option } from "commander";
import { formatImageSize } from "../data/index.ts";
import type { Kernels } from "../kernels/index.ts";
import { checkRunName } from "../node/run-folder.ts";
import { UserError } from "../node/user-mistake.ts";
import { bestEpoch, presets, type Run, type TrainSettings, trainingSession } from "../training/index.ts";
import { datasetOptions } from "./dataset-options.ts";
import { interruptible } from "./interruptible.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { findLearningRate } from "./lr-find.ts";
import { examples, jsonOption, nonNegativeInteger } from "./options.ts";
import { freshRun, type Prepared, type PrepareOptions, resumedRun } from "./prepare-run.ts";
import { io, print, printJson, remark } from "./print.ts";
import { runsDirOption } from "./run-options.ts";
import { checkRunOutputs, type OutputOptions, type RunFiles, RunOutputs } from "./run-outputs.ts";
import { settingFlags } from "./train-flags.ts";
import { percent, preparationProgress, trainingProgress } from "./training-progress.ts";

interface Options extends PrepareOptions, KernelsOptions, OutputOptions {
  readonly resume?: boolean;
  readonly lrFind?: boolean;
  readonly printEvery: number;
}

export function command(): Command {
  const command = new Command("train")
    .description(
      "Trains a network of fully-connected layers on images. Everything a run writes is in its folder, runs/<preset>-<n>: the " +
        "model, the figures per epoch, the plot, and run.json with all settings. The model is saved after every epoch, so Ctrl-C loses at " +
        "most one; --resume goes on from it. Settings that are not given come from --config, else from the preset.",
    )
    .addOption(new Option("--preset <name>", "starting settings").choices(Object.keys(presets)).default("tuned"))
    .option("--config <file>", "settings in JSON, for instance the run.json of a run, which repeats it");
  settingFlags(datasetOptions(command))
    .option("--lr-find", "no training: measure the loss against the learning rate, and suggest one")
    .option("--resume", "go on from --run or --checkpoint-file with its settings; only --epochs may change")
    .option("--run <name>", "the run to resume (default: the newest)")
    .option("--name <name>", "of the run's folder (default: the preset and the next number)");
  runsDirOption(command)
    .option("--checkpoint-file <file>", "no run folder: keep the model in this file")
    .option("--plot-file <file>", "where the plot goes, .pdf, .svg or .png")
    .option("--history-file <file>", "where the figures per epoch go, .csv or .json")
    .option("--print-every <steps>", "a line of text every so many steps; 0 for none", nonNegativeInteger, 0);
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `\nPresets:\n${Object.entries(presets).map(describePreset).join("\n")}\n${examples(
        [
          "chainrule train",
          "the best two-layer settings on CIFAR-10, or on built-in shapes where there is no CIFAR-10",
        ],
        ["chainrule train --preset untuned --name creep", "the homework's start: a loss that only creeps"],
        [
          "chainrule train --hidden-dims 1024,512 --norm batch --dropout 0.3 --optimizer adamw --learning-rate 0.002",
          "a deeper network with another optimizer",
        ],
        ["chainrule train --resume --epochs 30", "go on with the newest run to epoch 30"],
        ["chainrule train --config runs/tuned-1/run.json", "the same run again"],
      )}`,
    )
    .action((options, command) => interruptible((interrupt) => runTrain(options, command, interrupt)));
}

async function runTrain(options: Options, command: Command, interrupt: AbortSignal): Promise<void> {
  await checkRunOutputs(options);
  if (options.name !== undefined) await checkRunName(options.runsDir, options.name);
  if (options.run !== undefined && !options.resume)
    throw new UserError("train: --run names the run that --resume goes on with; a new run's name is --name");
  const kernels = await useKernels(options);
  const prepared = options.resume ? await resumedRun(options, command) : await freshRun(options, command);
  if (options.lrFind) {
    await findLearningRate(prepared, options, kernels);
    return;
  }
  await trainSession(prepared, options, kernels, interrupt);
}

async function trainSession(
  { dataset, settings, resume, run: resumedRun }: Prepared,
  options: Options,
  kernels: Kernels,
  interrupt: AbortSignal,
): Promise<void> {
  const preparation = preparationProgress();
  const progress = trainingProgress({ epochs: settings.epochs, printEvery: options.printEvery });
  const outputs = new RunOutputs(options, {
    ...{ prefix: options.config === undefined ? options.preset : "config", kernels: kernels.name },
    ...{ resumed: resumedRun, say: progress.say },
  });
  let run: Run | undefined;
  const save = (checkpoint: Uint8Array): Promise<void> => outputs.save(checkpoint, run!);
  const started = performance.now();
  const session = { resume, save, signal: interrupt, onPreparing: preparation.update };
  try {
    for await (const event of trainingSession(dataset, settings, session)) {
      if (event.type === "started") {
        preparation.stop();
        run = event.run;
        const { train, val, image } = run;
        remark(
          `training on ${train.count} images, validating on ${val.count}, ${formatImageSize(image)}; kernels: ${kernels.description}`,
        );
      } else if (event.type === "step") progress.onStep(event);
      else if (event.type === "saved") progress.onEpoch(event.record);
      else if (event.type === "finished") {
        progress.stop();
        if (event.early)
          remark(`stopped early: no epoch after ${event.best.epoch} was better, for ${settings.patience} epochs`);
        await outputs.end(run!, "finished");
        summarize(run!, outputs.files!, options, kernels.name, (performance.now() - started) / 1000);
      } else if (event.type === "stopped") {
        progress.stop();
        await outputs.end(run!, "stopped");
        remark(
          event.epoch === 0
            ? "stopped before the first epoch was finished: nothing was saved"
            : `stopped in epoch ${event.epoch + 1}; ${outputs.files!.checkpointFile} holds epoch ${event.epoch}: continue with ${resumeCall(options, outputs.files!)}`,
        );
        io().exitCode = Number(interrupt.reason);
      }
    }
  } catch (error) {
    if (run && (error as Error).name === "DivergenceError") await outputs.end(run, "diverged");
    throw error;
  } finally {
    preparation.stop();
    progress.stop();
  }
}

function resumeCall({ checkpointFile, runsDir, name }: Options, { folder }: RunFiles): string {
  if (checkpointFile !== undefined) return `--resume --checkpoint-file ${checkpointFile}`;
  return `--resume --run ${name ?? relative(runsDir, folder!)}`;
}

function summarize(
  { dataset, settings, history }: Run,
  { folder, checkpointFile, plotFile, historyFile }: RunFiles,
  { json }: Options,
  kernels: string,
  seconds: number,
): void {
  const last = history.epochs.at(-1)!;
  const best = bestEpoch(history)!;
  if (json)
    printJson({
      run: folder ?? null,
      dataset: dataset.name,
      bestValAccuracy: best.valAccuracy,
      bestEpoch: best.epoch,
      trainAccuracy: last.trainAccuracy,
      valAccuracy: last.valAccuracy,
      loss: last.loss,
      dataLoss: last.dataLoss,
      regLoss: last.regLoss,
      valLoss: last.valLoss,
      epochs: last.epoch,
      seconds,
      kernels,
      ...{ checkpointFile, plotFile: plotFile ?? null, historyFile: historyFile ?? null },
      settings,
      history: history.epochs,
    });
  else
    print(
      `best val accuracy ${percent(best.valAccuracy)} (epoch ${best.epoch}), last: train ${percent(last.trainAccuracy)}, val ${percent(last.valAccuracy)}; ${seconds.toFixed(1)} s`,
    );
}

function describePreset([name, s]: [string, TrainSettings]): string {
  const more = [
    s.norm !== "none" && `${s.norm} norm`,
    s.dropout > 0 && `dropout ${s.dropout}`,
    s.labelSmoothing > 0 && `labels smoothed by ${s.labelSmoothing}`,
    s.averageDecay > 0 && `weights averaged with decay ${s.averageDecay}`,
    s.whiten > 0 && `${s.whiten} whitened components`,
    Object.keys(s.augment).length > 0 && `changed by ${Object.keys(s.augment).join(" and ")}`,
    s.whiten === 0 && (s.normalize ? "normalized" : "pixels 0…1 as they are"),
  ].filter(Boolean);
  return (
    `  ${name.padEnd(8)} ${s.numTrain} images, hidden ${s.hiddenDims.join("-") || "none"}, batch ${s.batchSize}, ${s.epochs} epochs, ` +
    `${s.optimizer}, learning rate ${s.learningRate} ${s.schedule},\n           momentum ${s.momentum}, reg ${s.reg}, ` +
    `weights ${s.weightScale},\n           ${more.join(", ")}`
  );
}

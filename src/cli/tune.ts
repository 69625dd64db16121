import { relative } from "node:path";
import { Command, Option } from "commander";
import { checkRunName } from "../node/run-folder.ts";
import { UserError } from "../node/user-mistake.ts";
import { presets } from "../training/index.ts";
import { defaultSpace, formatSpace, methods } from "../tuning/index.ts";
import { datasetOptions } from "./dataset-options.ts";
import { interruptible } from "./interruptible.ts";
import { kernelsOptions } from "./kernels-options.ts";
import { examples, jsonOption, positiveInteger } from "./options.ts";
import { io, print, printJson, remark } from "./print.ts";
import { runsDirOption } from "./run-options.ts";
import { settingFlags } from "./train-flags.ts";
import { percent } from "./training-progress.ts";
import { freshSearch, resumedSearch, type TuneOptions } from "./tune-prepare.ts";
import { writeReport } from "./tune-report.ts";
import { retrain } from "./tune-retrain.ts";
import { runSearch } from "./tune-run.ts";

interface Options extends TuneOptions {
  readonly printSpace?: boolean;
  readonly retrain?: number | true;
  readonly runsDir: string;
}

export function command(): Command {
  const command = new Command("tune")
    .description(
      "Searches for the settings that train best: tries settings from a space, and measures each on the validation images. " +
        "Everything is in a folder, tunes/tune-<n>: the log, the results, pictures, and the best model. Ctrl-C, or even a kill, loses " +
        "at most the epochs under way; --resume goes on. A setting given as a flag is the same for all trials.",
    )
    .option("--space <file>", "what to search, in JSON (default: the shipped space, see --print-space)")
    .option("--print-space", "print the shipped space, to start a file of your own from")
    .option("--trials <n>", "how many settings to try", positiveInteger, 30)
    .addOption(
      new Option(
        "--method <name>",
        "random; asha: many trials for few epochs, the best go on; tpe: learns where to look",
      )
        .choices(methods)
        .default("asha"),
    )
    .option(
      "--parallel <k>",
      "trials at once; cores are shared fairly (default: one per core, at most 4)",
      positiveInteger,
    )
    .option(
      "--queue <url>",
      "hand the trials to `chainrule worker` on other machines, through Redis (redis://… or rediss://…)",
    )
    .option("--min-epochs <n>", "asha: before anything is decided, at least", positiveInteger, 1)
    .option("--eta <n>", "asha: one trial in so many goes on", positiveInteger, 3)
    .option("--median-rule", "random and tpe: stop a trial that is below the median of the others")
    .option("--resume", "go on with --name, or the newest search; --trials may grow")
    .option("--name <name>", "of the search's folder (default: tune and the next number)")
    .option("--tunes-dir <folder>", "where searches are kept", "tunes")
    .addOption(
      new Option(
        "--retrain [epochs]",
        "then train the best settings into a run, and test it once on the test images",
      ).argParser(positiveInteger),
    )
    .addOption(
      new Option("--preset <name>", "settings that are not searched").choices(Object.keys(presets)).default("tuned"),
    )
    .option("--config <file>", "or in JSON, for instance the run.json of a run");
  settingFlags(datasetOptions(runsDirOption(command)));
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule tune --dataset shapes", "30 trials of the shipped space by successive halving"],
        ["chainrule tune --print-space > space.json", "a file to edit, then: chainrule tune --space space.json"],
        ["chainrule tune --method tpe --trials 60 --optimizer adamw", "all trials with one optimizer"],
        ["chainrule tune --resume --retrain 60", "go on, then train the winner for 60 epochs and test it"],
      ),
    )
    .action((options, command) => interruptible((interrupt) => runTune(options, command, interrupt)));
}

async function runTune(options: Options, command: Command, interrupt: AbortSignal): Promise<void> {
  if (options.printSpace) {
    printJson(formatSpace(defaultSpace));
    return;
  }
  if (options.name !== undefined && !options.resume) await checkRunName(options.tunesDir, options.name);
  if (Number.isNaN(options.retrain)) throw new UserError("tune: expected --retrain with a whole number of epochs >= 1");
  if (options.queue !== undefined) await (await import("../node/trial-queue.ts")).checkQueue(options.queue);
  const prepared = options.resume ? await resumedSearch(options, command) : await freshSearch(options, command);
  const started = performance.now();
  const { folder, record, events } = await runSearch(prepared, options, interrupt);
  const report = await writeReport(folder, record, events);
  const shown = relative(".", folder) || ".";
  remark(`wrote ${shown}: results.csv, results.json, pictures${report.best ? ", best.safetensors" : ""}`);
  if (interrupt.aborted) {
    remark(`stopped; continue with chainrule tune --resume --name ${record.name}`);
    io().exitCode = Number(interrupt.reason);
    return;
  }
  const { best, importances } = report;
  const winner = best && options.retrain ? await retrain({ ...prepared, record }, best, options, interrupt) : null;
  if (winner === "stopped") return;
  const seconds = (performance.now() - started) / 1000;
  if (options.json) {
    printJson({ search: shown, ...report, retrained: winner, seconds });
    return;
  }
  if (!best)
    throw new UserError(`tune: none of the ${record.trials} trials came to anything; ${shown}/results.csv says why`);
  const values = Object.entries(best.point).map(([name, value]) => `${name} ${format(value)}`);
  print(
    `best val accuracy ${percent(best.value!)} after ${best.epochs} epochs, trial ${best.trial}; ${seconds.toFixed(1)} s`,
  );
  print(`  ${values.join(", ")}`);
  if (Array.isArray(importances)) {
    const lines = importances.slice(0, 5).map(({ parameter, share, spread: [low, high] }) => {
      return `${parameter} ${percent(share)} (${percent(low)} to ${percent(high)})`;
    });
    print(`what mattered, as a share of the variance it explains alone: ${lines.join(", ")}`);
  } else print(report.importancesRefused!);
  if (winner)
    print(
      `retrained as ${winner.run}: val accuracy ${percent(winner.valAccuracy)}, test accuracy ${percent(winner.testAccuracy)}`,
    );
}

const format = (value: unknown): string =>
  typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(3))) : String(value);

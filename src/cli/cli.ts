/** The command: picks one subcommand, loads only that one, and turns errors into exit codes. */
import { Command, CommanderError } from "commander";
import { isUserMistake, oneLine } from "../node/user-mistake.ts";
import { type Io, io, withIo } from "./print.ts";

/** Every command: one line here, one file beside this one. */
const commands: Readonly<Record<string, readonly [summary: string, load: () => Promise<{ command(): Command }>]>> = {
  graph: ["draw, step through, check and export a computational graph", () => import("./graph.ts")],
  backprop: ["check the hand-written functions f1 to f4, or yours", () => import("./backprop.ts")],
  train: ["train an image classifier, plot its progress, keep the best weights", () => import("./train.ts")],
  tune: ["search for the settings that train best, and go on after any stop", () => import("./tune.ts")],
  test: ["measure a trained model on images it has never seen", () => import("./test.ts")],
  inspect: ["show what a trained model has learned, in pictures", () => import("./inspect.ts")],
  runs: ["list the runs of a folder with their figures", () => import("./runs.ts")],
  plot: ["draw the loss and accuracy of one run or of several", () => import("./plot.ts")],
  predict: ["classify images with a trained model", () => import("./predict.ts")],
  export: ["write a trained model as ONNX, or as one file of TypeScript or Python", () => import("./export.ts")],
  fit: ["fit an affine transform to point pairs, animate it, compare methods", () => import("./fit.ts")],
  report: ["write up what the runs have measured, as one page or a PDF", () => import("./report.ts")],
  gradcheck: ["compare every backward pass with numeric gradients", () => import("./gradcheck.ts")],
  "softmax-stability": ["show that huge scores keep the loss finite", () => import("./softmax-stability.ts")],
  data: ["download, import and look at images to train on", () => import("./data.ts")],
  exercises: ["hand out, check and grade a course on backpropagation", () => import("./exercises.ts")],
  studio: ["open the page where backpropagation happens in front of you", () => import("./studio.ts")],
  worker: ["train trials that a search on another machine hands out", () => import("./worker.ts")],
  doctor: ["list the kernels and datasets that work on this machine", () => import("./doctor.ts")],
};

/** @returns the exit code: 0 done, 1 failed check or bug, 2 the user's mistake */
export function main(args: readonly string[], io: Io): Promise<number> {
  return withIo(io, () => call(args, io));
}

async function call(args: readonly string[], io: Io): Promise<number> {
  try {
    const name = args[0] === "help" ? args[1] : args[0];
    const program = await programFor(name);
    const isUnknown = name !== undefined && !/^(-|help$)/.test(name) && !Object.hasOwn(commands, name);
    await program.parseAsync(isUnknown ? [name] : [...args], { from: "user" }); // no help for what there is not
    return Number(io.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // help and version also arrive here
    if (isUserMistake(error)) {
      io.stderr.write(`chainrule: ${oneLine(error)}\n`);
      return 2;
    }
    io.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

/** The whole program with one subcommand in full and the others as a line each: `--help` loads nothing heavy. */
async function programFor(name: string | undefined): Promise<Command> {
  const program = new Command("chainrule")
    .description("Backpropagation you can see, check and train with.")
    .version(__VERSION__)
    .addHelpText(
      "after",
      "\nExamples:\n  chainrule train                     train a two-layer network and plot its progress\n" +
        "  chainrule train --help              all settings of one command\n\n" +
        "Results go to stdout (--json for scripts), progress to stderr. Exit codes: 1 when a check fails, 2 for a mistake in the call.",
    );
  for (const [command, [summary, load]] of Object.entries(commands)) {
    const full = command === name ? (await load()).command() : new Command(command).description(summary);
    program.addCommand(full.summary(summary));
  }
  strict(program);
  return program;
}

/** Mistakes become exceptions and single lines, in every subcommand. */
function strict(command: Command): void {
  command
    .exitOverride()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => io().stdout.write(text),
      writeErr: (text) => io().stderr.write(text),
      outputError: (text, write) => {
        const message = text.replace(/^error: /, "").replaceAll(/'([^']{80})[^']{20,}'/g, "'$1…'");
        write(`chainrule: ${oneLine(new Error(message))}\n`);
      },
    });
  for (const child of command.commands) strict(child);
}

/** The command: picks one subcommand, loads only that one, and turns errors into exit codes. */
import { Command, CommanderError } from "commander";
import { isUserMistake, oneLine } from "../node/user-mistake.ts";
import { type Io, io, withIo } from "./print.ts";

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ command: () => Command }>;
}

/** Every command: one line here, one file beside this one. */
const entries: readonly Entry[] = [
  {
    name: "graph",
    summary: "draw, step, check and write out a computational graph",
    load: () => import("./graph.ts"),
  },
  {
    name: "backprop",
    summary: "check the hand-written functions f1 to f4, or yours",
    load: () => import("./backprop.ts"),
  },
  {
    name: "train",
    summary: "train a classifier on images, plot how it went, keep the best",
    load: () => import("./train.ts"),
  },
  { name: "test", summary: "measure a trained model on images it has never seen", load: () => import("./test.ts") },
  { name: "predict", summary: "classify images with a trained model", load: () => import("./predict.ts") },
  {
    name: "fit",
    summary: "fit an affine transform to point pairs, watch it, compare methods",
    load: () => import("./fit.ts"),
  },
  {
    name: "gradcheck",
    summary: "compare every backward pass with numeric gradients",
    load: () => import("./gradcheck.ts"),
  },
  {
    name: "softmax-stability",
    summary: "show that the softmax loss survives huge scores",
    load: () => import("./softmax-stability.ts"),
  },
  { name: "data", summary: "download, import and look at images to train on", load: () => import("./data.ts") },
  { name: "doctor", summary: "say what this machine offers: kernels, datasets", load: () => import("./doctor.ts") },
];

/** @returns the exit code: 0 done, 1 failed check or bug, 2 the user's mistake */
export function main(args: readonly string[], io: Io): Promise<number> {
  return withIo(io, () => call(args, io));
}

async function call(args: readonly string[], io: Io): Promise<number> {
  try {
    const program = await programFor(args[0] === "help" ? args[1] : args[0]);
    await program.parseAsync([...args], { from: "user" });
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
      "\nExamples:\n  chainrule train                     train a two-layer network, plot what happened\n" +
        "  chainrule train --help              all settings of one command\n\n" +
        "Results go to stdout (--json for scripts), progress to stderr. Exit code 2 means a mistake in the call.",
    );
  for (const entry of entries)
    program.addCommand(entry.name === name ? (await entry.load()).command() : placeholder(entry));
  strict(program);
  return program;
}

function placeholder({ name, summary }: Entry): Command {
  return new Command(name).summary(summary).description(summary);
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

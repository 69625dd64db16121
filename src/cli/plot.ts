import { Command, Option } from "commander";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { checkOutputs } from "../node/files.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import { checkpointOf, newestRun, readRun } from "../node/run-folder.ts";
import { runsPlot, trainingPlot } from "../plots/index.ts";
import { examples } from "./options.ts";
import { remarkFile } from "./print.ts";
import { runsDirOption } from "./run-options.ts";

interface Options {
  readonly runsDir: string;
  readonly out: string;
  readonly theme: "light" | "dark";
  readonly log?: boolean;
}

export function command(): Command {
  return runsDirOption(
    new Command("plot")
      .description("Draws the loss and the accuracy of a run, or of several in one chart.")
      .argument("[run...]", "names of runs, or folders (default: the newest)"),
  )
    .option("--out <file>", "the picture, .pdf, .svg or .png", "runs.svg")
    .option("--log", "a logarithmic axis for the loss")
    .addOption(new Option("--theme <name>", "background").choices(["light", "dark"]).default("light"))
    .addHelpText("after", examples(["chainrule plot tuned-1 tuned-2 --out both.png", "two runs, one over the other"]))
    .action(draw);
}

async function draw(names: string[], { runsDir, out, theme, log }: Options): Promise<void> {
  checkPicturePath(out);
  await checkOutputs([out]);
  const found =
    names.length === 0 ? [await newestRun(runsDir)] : await Promise.all(names.map((name) => readRun(name, runsDir)));
  const runs = [];
  for (const run of found) {
    const { history } = await readCheckpoint(checkpointOf(run));
    runs.push({ name: run.record.name, history });
  }
  const [only] = runs;
  const lossScale = log ? "log" : "linear";
  const svg =
    runs.length === 1
      ? trainingPlot(only!.history, { title: only!.name, theme, lossScale })
      : runsPlot(runs, { theme, lossScale });
  remarkFile(out, await writePicture(out, svg));
}

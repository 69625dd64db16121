import { Command } from "commander";
import { preprocessedExamples } from "../data/index.ts";
import { softmax } from "../layers/index.ts";
import { decodeImage } from "../node/images.ts";
import { isUserMistake, oneLine } from "../node/user-mistake.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, positiveInteger } from "./options.ts";
import { formatTable, io, print, printJson, remark } from "./print.ts";
import { openModel, type RunOptions, runOptions } from "./run-options.ts";
import { percent } from "./training-progress.ts";

interface Options extends KernelsOptions, RunOptions {
  top: number;
  json?: boolean;
}

export function command(): Command {
  const command = new Command("predict")
    .description(
      "Scales each image to the model's size and prints the most probable classes. A file that cannot be read is one line on " +
        "stderr and exit code 2; the others are classified all the same.",
    )
    .argument("<image...>", "PNG, JPEG, WebP or GIF files of any size")
    .option("--top <n>", "how many classes to print", positiveInteger, 3);
  return kernelsOptions(runOptions(command))
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule predict cat.jpg dog.png", "the three most probable classes of each"]))
    .action(runPredict);
}

type Prediction =
  | { readonly file: string; readonly classes: readonly { readonly name: string; readonly probability: number }[] }
  | { readonly file: string; readonly error: string };

const first = Int32Array.of(0);

async function runPredict(files: string[], options: Options): Promise<void> {
  await useKernels(options);
  const { checkpoint, checkpointFile } = await openModel(options);
  const { model, image, classNames } = checkpoint;
  const predictions: Prediction[] = [];
  for (const file of files) {
    try {
      const images = await decodeImage(file, image);
      const set = { images, labels: Uint8Array.of(0), count: 1 };
      const { x } = preprocessedExamples(set, image, first, checkpoint).batch(first);
      const probs = softmax(model.forward(x)[0]);
      const classes = classNames.map((name, c) => ({ name, probability: probs.data[c]! }));
      classes.sort((a, b) => b.probability - a.probability);
      predictions.push({ file, classes: classes.slice(0, options.top) });
    } catch (error) {
      if (!isUserMistake(error)) throw error;
      remark(`chainrule: ${oneLine(error)}`);
      predictions.push({ file, error: oneLine(error) });
      io().exitCode = 2;
    }
  }
  if (options.json) {
    printJson({ checkpointFile, predictions });
    return;
  }
  const read = predictions.filter((prediction) => "classes" in prediction);
  if (read.length === 0) return;
  const rows = read.map(({ file, classes }) => [file, ...classes.map((c) => `${c.name} ${percent(c.probability)}`)]);
  const header = ["image", ...read[0]!.classes.map((_, i) => `${i + 1}.`)];
  print(formatTable(header, rows));
}

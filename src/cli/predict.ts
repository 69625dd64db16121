import { Command } from "commander";
import { imageExamples } from "../data/index.ts";
import { softmax } from "../layers/index.ts";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { decodeImage } from "../node/images.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, positiveInteger } from "./options.ts";
import { formatTable, print, printJson } from "./print.ts";
import { percent } from "./training-progress.ts";

interface Options extends KernelsOptions {
  checkpointFile: string;
  top: number;
  json?: boolean;
}

export function command(): Command {
  const command = new Command("predict")
    .summary("say what is on a picture, with a trained model")
    .description("Scales each picture to the model's size and prints the most probable classes.")
    .argument("<image...>", "PNG, JPEG, WebP or GIF files of any size")
    .option("--checkpoint-file <file>", "a model written by `chainrule train`", "model.safetensors")
    .option("--top <n>", "how many classes to print", positiveInteger, 3);
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule predict cat.jpg dog.png", "the three most probable classes of each"]))
    .action(runPredict);
}

async function runPredict(files: string[], options: Options): Promise<void> {
  await useKernels(options);
  const { model, image, normalization, classNames } = await readCheckpoint(options.checkpointFile);
  const decoded = await Promise.all(files.map((file) => decodeImage(file, image)));
  const results = decoded.map((images, i) => {
    const set = { images, labels: new Uint8Array(1), count: 1 };
    const [scores] = model.forward(
      imageExamples(set, image, Int32Array.of(0), normalization).batch(Int32Array.of(0)).x,
    );
    const probs = softmax(scores);
    const classes = classNames.map((name, c) => ({ name, probability: probs.data[c]! }));
    classes.sort((a, b) => b.probability - a.probability);
    return { file: files[i]!, classes: classes.slice(0, options.top) };
  });
  if (options.json) {
    printJson({ checkpointFile: options.checkpointFile, predictions: results });
    return;
  }
  const rows = results.map(({ file, classes }) => [file, ...classes.map((c) => `${c.name} ${percent(c.probability)}`)]);
  const header = ["image", ...results[0]!.classes.map((_, i) => `${i + 1}.`)];
  print(formatTable(header, rows));
}

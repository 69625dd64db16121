import { Command } from "commander";
import { imageExamples } from "../data/index.ts";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { checkOutputs } from "../node/files.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import { UserError } from "../node/user-mistake.ts";
import { confusionPlot } from "../plots/index.ts";
import { evaluate } from "../training/index.ts";
import { datasetOptions, openCheckpointDataset } from "./dataset-options.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, positiveInteger } from "./options.ts";
import { formatTable, print, printJson, remarkFile } from "./print.ts";
import { percent } from "./training-progress.ts";

interface Options extends KernelsOptions {
  checkpointFile: string;
  dataset: string;
  dataDir?: string;
  numTest?: number;
  plotFile?: string;
  json?: boolean;
}

export function command(): Command {
  const command = new Command("test")
    .description(
      "Test accuracy, accuracy per class, and which classes are taken for which. The dataset, the image size and the " +
        "normalization come from the checkpoint.",
    )
    .option("--checkpoint-file <file>", "a model written by `chainrule train`", "model.safetensors");
  datasetOptions(command)
    .option("--num-test <n>", "only the first n test images", positiveInteger)
    .option("--plot-file <file>", "the confusion matrix as a picture, .png, .svg or .pdf");
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule test", "the model that `chainrule train` has just written"],
        ["chainrule test --checkpoint-file pets.safetensors --plot-file confusion.png", "with a picture"],
      ),
    )
    .action(runTest);
}

async function runTest(options: Options, command: Command): Promise<void> {
  const { plotFile, checkpointFile } = options;
  if (plotFile) {
    checkPicturePath(plotFile);
    await checkOutputs([plotFile]);
  }
  const { name: kernels } = await useKernels(options);
  const checkpoint = await readCheckpoint(checkpointFile);
  const dataset = await openCheckpointDataset(checkpoint, options, command);
  const count = options.numTest ?? dataset.test.count;
  if (count > dataset.test.count)
    throw new UserError(
      `test: expected --num-test <= ${dataset.test.count} test images of ${dataset.name}, got ${count}`,
    );

  const rows = Int32Array.from({ length: count }, (_, i) => i);
  const testSet = imageExamples(dataset.test, dataset, rows, checkpoint.normalization);
  const { accuracy, perClass, confusion } = evaluate(checkpoint.model, testSet);
  const classNames = checkpoint.classNames;
  if (plotFile) remarkFile(plotFile, await writePicture(plotFile, confusionPlot(confusion, classNames)));
  if (options.json) {
    const byName = Object.fromEntries(classNames.map((className, c) => [className, perClass[c]]));
    printJson({
      accuracy,
      perClass: byName,
      confusion,
      classNames,
      count,
      dataset: dataset.name,
      kernels,
      checkpointFile,
      plotFile: plotFile ?? null,
    });
    return;
  }
  print(`test accuracy ${percent(accuracy)} on ${count} images of ${dataset.name}\n`);
  print(
    formatTable(
      ["class", "accuracy", ...classNames.map((_, c) => `→${c}`)],
      confusion.map((row, c) => [
        `${c} ${classNames[c]}`,
        Number.isNaN(perClass[c]) ? "none" : percent(perClass[c]!),
        ...row.map(String),
      ]),
    ),
  );
  print("\nEach row is a class; column →k counts its images taken for class k.");
}

import { Command } from "commander";
import { preprocessedExamples } from "../data/index.ts";
import { checkOutputs } from "../node/files.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import { writeTest } from "../node/test-record.ts";
import { isUserMistake, oneLine, UserError } from "../node/user-mistake.ts";
import { confusionPlot } from "../plots/index.ts";
import { evaluate } from "../training/index.ts";
import { datasetOptions, openCheckpointDataset } from "./dataset-options.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, positiveInteger } from "./options.ts";
import { formatTable, print, printJson, remark, remarkFile } from "./print.ts";
import { openModel, type RunOptions, runOptions } from "./run-options.ts";
import { percent } from "./training-progress.ts";

interface Options extends KernelsOptions, RunOptions {
  mirror?: boolean;
  dataset: string;
  dataDir?: string;
  numTest?: number;
  plotFile?: string;
  json?: boolean;
}

export function command(): Command {
  const command = new Command("test").description(
    "Test accuracy, accuracy per class, and which classes are taken for which. The dataset, the image size and the " +
      "normalization come from the checkpoint. What a run scores on all test images is kept in its folder, in test.json, with how " +
      "often they were looked at.",
  );
  runOptions(datasetOptions(command))
    .option("--num-test <n>", "only the first n test images", positiveInteger)
    .option("--mirror", "average the probabilities of each image and its mirror")
    .option("--plot-file <file>", "the confusion matrix as a picture, .png, .svg or .pdf");
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule test", "the newest run"],
        ["chainrule test --run tuned-1 --plot-file confusion.png", "another run, with a picture"],
      ),
    )
    .action(runTest);
}

async function runTest(options: Options, command: Command): Promise<void> {
  const { plotFile } = options;
  if (plotFile) {
    checkPicturePath(plotFile);
    await checkOutputs([plotFile]);
  }
  const { name: kernels } = await useKernels(options);
  const { checkpoint, checkpointFile, run } = await openModel(options);
  const dataset = await openCheckpointDataset(checkpoint, options, command);
  const count = options.numTest ?? dataset.test.count;
  if (count > dataset.test.count)
    throw new UserError(
      `test: expected --num-test <= ${dataset.test.count} test images of ${dataset.name}, got ${count}`,
    );

  const rows = Int32Array.from({ length: count }, (_, i) => i);
  const testSet = preprocessedExamples(dataset.test, dataset, rows, checkpoint);
  const mirrored = options.mirror && preprocessedExamples(dataset.test, dataset, rows, checkpoint, { mirrored: true });
  const evaluation = evaluate(checkpoint.model, testSet, { ...(mirrored && { averagedWith: mirrored }) });
  const { accuracy, loss, perClass, confusion } = evaluation;
  const classNames = checkpoint.classNames;
  const isWhole = count === dataset.test.count && !options.mirror && dataset.name === checkpoint.dataset.name;
  if (run && isWhole)
    await writeTest(run, { ...evaluation, dataset: dataset.name, count, classNames, kernels }).catch((error) => {
      if (!isUserMistake(error)) throw error;
      remark(`test: the result was not kept with the run: ${oneLine(error)}`);
    });
  if (plotFile) remarkFile(plotFile, await writePicture(plotFile, confusionPlot(confusion, classNames)));
  if (options.json) {
    const byName = Object.fromEntries(classNames.map((className, c) => [className, perClass[c]]));
    printJson({
      accuracy,
      loss,
      mirrored: options.mirror ?? false,
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
  const how = options.mirror ? ", probabilities averaged over each image and its mirror" : "";
  print(`test accuracy ${percent(accuracy)} on ${count} images of ${dataset.name}${how}\n`);
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

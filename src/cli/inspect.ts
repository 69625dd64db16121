import { join } from "node:path";
import { Command, Option } from "commander";
import { imageLength, preprocessedExamples } from "../data/index.ts";
import { matmul } from "../layers/index.ts";
import { checkOutputs } from "../node/files.ts";
import { writePicture } from "../node/picture.ts";
import { chart, confusionPlot, imageGrid, weightsGrid } from "../plots/index.ts";
import { type Tensor, tensor } from "../tensor/index.ts";
import { type Checkpoint, evaluate, inspectLayers, type LayerReport, mostWrong } from "../training/index.ts";
import { datasetOptions, openCheckpointDataset } from "./dataset-options.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, positiveInteger } from "./options.ts";
import { formatTable, print, printJson, remarkFile } from "./print.ts";
import { openModel, type RunOptions, runOptions } from "./run-options.ts";
import { percent } from "./training-progress.ts";

interface Options extends KernelsOptions, RunOptions {
  readonly dataset: string;
  readonly dataDir?: string;
  readonly out: string;
  readonly format: "svg" | "png" | "pdf";
  readonly theme: "light" | "dark";
  readonly count: number;
  readonly json?: boolean;
}

export function command(): Command {
  const command = new Command("inspect").description(
    "Shows what a model has learned, in four pictures: the weights of the first layer as images, the numbers and gradients of " +
      "every layer, the test images it is most wrong about, and the confusion matrix.",
  );
  runOptions(datasetOptions(command))
    .option("--out <folder>", "where the pictures go; must be there", ".")
    .addOption(new Option("--format <name>", "of the pictures").choices(["svg", "png", "pdf"]).default("svg"))
    .addOption(new Option("--theme <name>", "background").choices(["light", "dark"]).default("light"))
    .option("--count <n>", "of the most wrong images", positiveInteger, 30);
  return kernelsOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule inspect --run tuned-1 --format png", "four pictures of a run's model"]))
    .action(inspect);
}

async function inspect(options: Options, command: Command): Promise<void> {
  const { out, format, theme, count } = options;
  const files = ["weights", "layers", "mistakes", "confusion"].map((name) => join(out, `${name}.${format}`));
  await checkOutputs(files);
  await useKernels(options);
  const { checkpoint, checkpointFile } = await openModel(options);
  const dataset = await openCheckpointDataset(checkpoint, options, command);
  const { model, image, classNames } = checkpoint;
  const rows = Int32Array.from({ length: dataset.test.count }, (_, i) => i);
  const test = preprocessedExamples(dataset.test, dataset, rows, checkpoint);
  const layers = inspectLayers(model, test.batch(rows.slice(0, 500)));
  const mistakes = mostWrong(model, test, count);
  const { accuracy, loss, confusion } = evaluate(model, test);
  const D = imageLength(image);
  const pictures = [
    weightsGrid(firstWeights(checkpoint), image, { theme, title: "Weights of the first layer, unit by unit" }),
    layersChart(layers, theme),
    imageGrid(
      mistakes.map(({ row, label, predicted, probs }) => ({
        image: dataset.test.images.subarray(row * D, (row + 1) * D),
        label: `${classNames[predicted]} ${percent(probs[predicted]!)}, not ${classNames[label]}`,
      })),
      image,
      { theme, tile: 150, title: "Test images that the model is most wrong about" },
    ),
    confusionPlot(confusion, classNames, { theme }),
  ];
  for (const [i, svg] of pictures.entries()) remarkFile(files[i]!, await writePicture(files[i]!, svg));
  if (options.json) {
    const wrong = mistakes.map(({ probs, ...mistake }) => ({ ...mistake, probs: Array.from(probs) }));
    printJson({ accuracy, loss, layers, mistakes: wrong, confusion, classNames, files, checkpointFile });
    return;
  }
  print(`test accuracy ${percent(accuracy)}\n`);
  print(
    formatTable(
      ["layer", "mean", "std", "gradient std", "dead units"],
      layers.map(({ name, mean, std, gradStd, dead }) => [
        ...[name, mean.toFixed(4), std.toFixed(4), gradStd.toExponential(2), percent(dead)],
      ]),
    ),
  );
}

/** What the first layer does to pixels: its weights, taken back through the whitening where there is one. */
function firstWeights({ model, whitening }: Checkpoint): Tensor {
  const [name] = Object.keys(model.parameters());
  const w = model.parameters()[name!]!;
  return whitening ? matmul(tensor(whitening.components.data, { shape: whitening.components.shape }), w) : w;
}

function layersChart(layers: readonly LayerReport[], theme: "light" | "dark"): string {
  const x = layers.map((_, i) => i + 1);
  const line = (name: string, color: number, y: number[]) =>
    ({ kind: "line", name, color, x, y, marker: "circle" }) as const;
  const axis = { label: "layer", include: [1, layers.length] };
  return chart(
    [
      {
        title: "Spread of the outputs",
        x: axis,
        y: { label: "standard deviation", include: [0] },
        series: [
          line(
            "outputs",
            0,
            layers.map(({ std }) => std),
          ),
        ],
      },
      {
        title: "Spread of the gradients",
        x: axis,
        y: { label: "standard deviation", scale: "log" },
        series: [
          line(
            "gradients of the outputs",
            1,
            layers.map(({ gradStd }) => gradStd),
          ),
        ],
      },
      {
        title: "Units that are 0 for every image",
        x: axis,
        y: { label: "share (%)", include: [0, 1] },
        series: [
          line(
            "dead units",
            2,
            layers.map(({ dead }) => 100 * dead),
          ),
        ],
      },
    ],
    { theme, title: layers.map(({ name }) => name).join(" · "), width: 1200, columns: 3 },
  );
}

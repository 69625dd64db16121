/** `chainrule export`: a trained model as a file that other programs run. */
import { extname } from "node:path";
import { Command, Option } from "commander";
import { imageLength } from "../data/index.ts";
import {
  formatOnnx,
  formatPython,
  formatTypeScript,
  type OnnxOptions,
  type Operation,
  programOf,
  runProgram,
  withQuantizedWeights,
} from "../export/index.ts";
import { highest } from "../models/index.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { isUserMistake, oneLine, UserError } from "../node/user-mistake.ts";
import { Tensor } from "../tensor/index.ts";
import type { Checkpoint } from "../training/index.ts";
import { datasetOptions, openCheckpointDataset } from "./dataset-options.ts";
import { examples, jsonOption } from "./options.ts";
import { printJson, remark, remarkFile } from "./print.ts";
import { openModel, type RunOptions, runOptions } from "./run-options.ts";
import { percent } from "./training-progress.ts";

interface Options extends RunOptions, OnnxOptions {
  readonly out: string;
  readonly weights: "float32" | "int8";
  readonly dataset: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

const formats = [".onnx", ".ts", ".py"];
/** Test images on which 8-bit weights are compared with the model's own. */
const mostCompared = 1000;

export function command(): Command {
  const command = new Command("export").description(
    "Writes a trained model as a file that runs without this package: ONNX (in browsers, on phones, in Python), one TypeScript file " +
      "without dependencies, or one Python file that needs NumPy only. Batch normalisation is folded into the layer before it.",
  );
  return datasetOptions(runOptions(command))
    .requiredOption("--out <file>", "where to write: .onnx, .ts or .py")
    .addOption(
      new Option(
        "--input <kind>",
        ".onnx: uint8 images (N, channels, height, width), or scaled floats (N, D) as the model sees them",
      )
        .choices(["uint8", "scaled"])
        .default("uint8"),
    )
    .addOption(
      new Option("--output <kind>", ".onnx: what it computes")
        .choices(["probabilities", "scores"])
        .default("probabilities"),
    )
    .addOption(
      new Option(
        "--weights <type>",
        ".ts and .py: int8 makes a file a quarter as large; what that costs is measured and said",
      )
        .choices(["float32", "int8"])
        .default("float32"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule export --out model.onnx", "the newest run, from bytes of images to probabilities"],
        ["chainrule export --run tuned-1 --weights int8 --out classify.ts", "one TypeScript file with 8-bit weights"],
      ),
    )
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  const { out, input, output, weights, json } = options;
  const format = extname(out).toLowerCase();
  if (!formats.includes(format))
    throw new UserError(`cannot write ${out}: expected a file ending in ${formats.join(", ")}`);
  refuse(command, format === ".onnx" ? ["weights"] : ["input", "output"], format);
  await checkOutputs([out]);
  const { checkpoint, checkpointFile } = await openModel(options);
  const operations = format === ".onnx" ? [] : programOf(checkpoint);
  const content =
    format === ".onnx"
      ? formatOnnx(checkpoint, { input, output })
      : (format === ".ts" ? formatTypeScript : formatPython)(checkpoint, operations, { weights });
  const cost =
    format !== ".onnx" && weights === "int8" ? await costOf(operations, checkpoint, options, command) : undefined;
  remarkFile(out, await writeFile(out, content));
  if (json)
    printJson({
      file: out,
      bytes: Buffer.byteLength(content),
      checkpointFile,
      ...(cost && { int8: cost }),
      classNames: checkpoint.classNames,
    });
}

/** Settings of another format would be ignored. */
function refuse(command: Command, names: readonly string[], format: string): void {
  for (const name of names)
    if (command.getOptionValueSource(name) === "cli")
      throw new UserError(`export: --${name} has no meaning for ${format}`);
}

interface Cost {
  readonly images: number;
  readonly accuracy: number; // with 8-bit weights
  readonly accuracyBefore: number;
  readonly sameClass: number; // share of the images
}

/** What 8-bit weights lose on test images; undefined, and said, where the images are not at hand. */
async function costOf(
  operations: Operation[],
  checkpoint: Checkpoint,
  options: Options,
  command: Command,
): Promise<Cost | undefined> {
  try {
    const { test } = await openCheckpointDataset(checkpoint, options, command);
    const D = imageLength(checkpoint.image);
    const images = Math.min(mostCompared, test.count);
    const rounded = withQuantizedWeights(operations);
    let [right, rightBefore, same] = [0, 0, 0];
    for (let i = 0; i < images; i++) {
      const pixels = test.images.subarray(i * D, (i + 1) * D);
      const [before, after] = [operations, rounded].map((program) => classOf(runProgram(program, pixels)));
      if (before === after) same++;
      if (after === test.labels[i]) right++;
      if (before === test.labels[i]) rightBefore++;
    }
    const cost = { images, accuracy: right / images, accuracyBefore: rightBefore / images, sameClass: same / images };
    remark(
      `export: with 8-bit weights ${percent(cost.accuracy)} of ${images} test images are right, ${percent(cost.accuracyBefore)} before; ${percent(cost.sameClass)} get the same class`,
    );
    return cost;
  } catch (error) {
    if (!isUserMistake(error)) throw error;
    remark(`export: what 8-bit weights cost was not measured: ${oneLine(error)}`);
    return undefined;
  }
}

function classOf(scores: Float32Array): number {
  return highest(new Tensor(scores, [1, scores.length], "float32"))[0]!;
}

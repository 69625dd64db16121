/** `chainrule export`: a trained model as a file that other programs run. */
import { extname } from "node:path";
import { Command, Option } from "commander";
import { formatOnnx, type OnnxOptions } from "../export/index.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { UserError } from "../node/user-mistake.ts";
import { examples, jsonOption } from "./options.ts";
import { printJson, remarkFile } from "./print.ts";
import { openModel, type RunOptions, runOptions } from "./run-options.ts";

interface Options extends RunOptions, OnnxOptions {
  readonly out: string;
  readonly json?: boolean;
}

export function command(): Command {
  const command = new Command("export").description(
    "Writes a trained model as an ONNX file, which runs without this package: in browsers, on phones, in Python. Batches of any " +
      "size; batch normalisation is folded into the layer before it. Class names, settings and the size of the images are in the metadata.",
  );
  return runOptions(command)
    .requiredOption("--out <file>", "where to write; ends in .onnx")
    .addOption(
      new Option(
        "--input <kind>",
        "uint8: images (N, channels, height, width) of bytes; scaled: floats (N, D) as the model sees them",
      )
        .choices(["uint8", "scaled"])
        .default("uint8"),
    )
    .addOption(
      new Option("--output <kind>", "what it computes").choices(["probabilities", "scores"]).default("probabilities"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule export --out model.onnx", "the newest run, from bytes of images to probabilities"],
        [
          "chainrule export --run deep-1 --input scaled --output scores --out deep.onnx",
          "without preprocessing and softmax",
        ],
      ),
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { out, input, output, json } = options;
  if (extname(out).toLowerCase() !== ".onnx")
    throw new UserError(`cannot write ${out}: expected a file ending in .onnx`);
  await checkOutputs([out]);
  const { checkpoint, checkpointFile } = await openModel(options);
  const bytes = formatOnnx(checkpoint, { input, output });
  remarkFile(out, await writeFile(out, bytes));
  if (json)
    printJson({ file: out, bytes: bytes.length, checkpointFile, input, output, classNames: checkpoint.classNames });
}

/** The settings of a run as flags of `chainrule train`. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Augmentation } from "../data/index.ts";
import { activationNames } from "../layers/index.ts";
import { initializations, normNames } from "../models/index.ts";
import { optimizerNames, schedules } from "../optim/index.ts";
import { presets, type TrainSettings } from "../training/index.ts";
import {
  fraction,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  seedNumber,
} from "./options.ts";

/** What the flags give: settings, and two flags that stand for one. */
export interface SettingFlags extends Partial<Omit<TrainSettings, "weightScale">> {
  readonly weightScale?: number;
  readonly init?: string;
  readonly hiddenDim?: number;
}

export function settingFlags(command: Command): Command {
  return command
    .option("--num-train <n>", "training images, or `all` that validation leaves", allOr(positiveInteger))
    .option("--num-val <n>", "validation images, drawn from the training part", positiveInteger)
    .addOption(
      new Option("--hidden-dims <n,n,…>", "units of each hidden layer; `none` for a linear classifier").argParser(
        sizes,
      ),
    )
    .addOption(
      new Option("--hidden-dim <n>", "units of the only hidden layer; 0 for a linear classifier")
        .argParser(nonNegativeInteger)
        .conflicts("hiddenDims"),
    )
    .addOption(new Option("--activation <name>", "of the hidden layers").choices(activationNames()))
    .addOption(new Option("--norm <name>", "normalization before each activation").choices(normNames))
    .option("--dropout <x>", "share of the hidden units dropped in training, 0 to below 1", fraction)
    .option("--batch-size <n>", "images per step", positiveInteger)
    .option("--epochs <n>", "passes over the training images", positiveInteger)
    .option("--patience <n>", "stop after n epochs without a better one; 0 never stops early", nonNegativeInteger)
    .addOption(new Option("--optimizer <name>", "how gradients move weights").choices(optimizerNames()))
    .option("--learning-rate <x>", "step size, the highest of the run", positiveNumber)
    .addOption(new Option("--schedule <name>", "how the learning rate falls").choices(Object.keys(schedules)))
    .option("--warmup <x>", "share of the run during which the learning rate rises first", fraction)
    .option("--momentum <x>", "0 to below 1; for sgd, nesterov and rmsprop", nonNegativeNumber)
    .option("--weight-decay <x>", "of adamw", nonNegativeNumber)
    .option("--reg <x>", "strength of the L2 penalty on weights", nonNegativeNumber)
    .option("--clip <x>", "largest norm of all gradients together; 0 for none", nonNegativeNumber)
    .option("--label-smoothing <x>", "share of every label that is spread over all classes", fraction)
    .option(
      "--average-decay <x>",
      "0 to below 1, per step: evaluate and keep the moving average of the weights; 0 for none",
      nonNegativeNumber,
    )
    .addOption(
      new Option("--weight-scale <x>", "standard deviation of the first weights")
        .argParser(nonNegativeNumber)
        .conflicts("init"),
    )
    .addOption(new Option("--init <name>", "or a rule for them").choices(Object.keys(initializations)))
    .option("--normalize", "subtract the mean and divide by the std, per channel")
    .option("--no-normalize", "leave pixels 0…1 as they are")
    .option("--whiten <k>", "see k whitened principal components instead of pixels; 0 for pixels", nonNegativeInteger)
    .addOption(
      new Option(
        "--augment <changes>",
        "change training images at random: mirror, shift=2 (pixels), jitter=0.2, cutout=8 (pixels), mixup=0.2, joined by commas; or `none`",
      ).argParser(augmentation),
    )
    .option("--seed <n>", "start of every random stream (default: 442)", seedNumber);
}

/** The settings that the flags give. */
export function givenSettings(options: SettingFlags): Partial<TrainSettings> {
  const given = Object.entries(options).filter(([name]) => Object.hasOwn(presets.tuned, name));
  return {
    ...Object.fromEntries(given),
    ...(options.init !== undefined && { weightScale: options.init as TrainSettings["weightScale"] }),
    ...(options.hiddenDim !== undefined && { hiddenDims: options.hiddenDim === 0 ? [] : [options.hiddenDim] }),
  };
}

function allOr(parse: (text: string) => number): (text: string) => number | "all" {
  return (text) => {
    if (text === "all") return "all";
    const value = parse(text);
    if (Number.isNaN(value)) throw new InvalidArgumentError("expected a whole number >= 1 or all.");
    return value;
  };
}

function sizes(text: string): number[] {
  return text === "none" || text === "" ? [] : text.split(",").map(positiveInteger);
}

const defaults: Readonly<Record<string, true | number>> = {
  mirror: true,
  shift: 2,
  jitter: 0.2,
  cutout: 8,
  mixup: 0.2,
};

/** `mirror,shift=2`: names with a number each, or the usual one. */
function augmentation(text: string): Augmentation {
  if (text === "none") return {};
  const entries = text.split(",").map((part) => {
    const [name = "", number] = part.split("=");
    const usual = defaults[name];
    const value = number === undefined ? usual : Number(number);
    if (usual === undefined || (usual === true) !== (number === undefined && value === true) || Number.isNaN(value))
      throw new InvalidArgumentError(
        `expected none, or some of mirror, shift=n, jitter=x, cutout=n and mixup=x joined by commas.`,
      );
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

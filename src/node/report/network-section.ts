/** The part on networks: for each run its plot, its settings and what it scored. */
import { confusionPlot, trainingPlot } from "../../plots/index.ts";
import { readCheckpoint } from "../checkpoint-file.ts";
import { checkpointOf } from "../run-folder.ts";
import { cite, digits, escapeHtml, type Numbering, origin, percent } from "./html.ts";
import type { Trained, TrainedName } from "./parts.ts";
import type { Source, Sources } from "./sources.ts";

const kinds: Readonly<Record<TrainedName, string>> = {
  tuned: "two-layer network",
  overfit: "network that overfits",
  deep: "deeper network",
};

/** Settings in words, in the order of the table; those that a run leaves off are not in it. */
const settingNames: Readonly<Record<string, string>> = {
  ...{ numTrain: "training images", numVal: "validation images", hiddenDims: "hidden units", activation: "activation" },
  ...{ norm: "normalization", dropout: "dropout", batchSize: "batch size", epochs: "epochs", patience: "patience" },
  ...{
    optimizer: "optimizer",
    learningRate: "learning rate",
    schedule: "schedule",
    warmup: "warm-up",
    momentum: "momentum",
  },
  ...{ weightDecay: "weight decay", reg: "penalty (reg)", clip: "clipping", labelSmoothing: "label smoothing" },
  ...{ averageDecay: "decay of averaged weights", weightScale: "first weights", normalize: "pixels normalized" },
  ...{ whiten: "whitened components", augment: "changes of images", seed: "seed" },
};

export async function networkSection(
  name: TrainedName,
  { run, test }: Trained,
  sources: Sources,
  numbers: Numbering,
): Promise<string> {
  const { record } = run;
  const source = sources.add(record.name, kinds[name], { ...record, ...(test && { test }) });
  const { history } = await readCheckpoint(checkpointOf(run));
  const last = "results.last";
  const parts = [
    `<p>${resultText(name, source, test !== undefined)}</p>`,
    numbers.figure(
      trainingPlot(history, { width: 860, height: 350 }),
      `Loss and accuracy of the ${kinds[name]} on ${cite(source, "dataset.name", datasetName)}, ${cite(source, "results.epochs")} epochs in ` +
        `${cite(source, "results.seconds", (value) => digits(value, 3))} s; after the last: train ${cite(source, `${last}.trainAccuracy`, percent)}, ` +
        `val ${cite(source, `${last}.valAccuracy`, percent)}. ${origin(source)}`,
    ),
    numbers.table([], settingRows(source), `The settings of the ${kinds[name]}. ${origin(source)}`),
  ];
  if (test)
    parts.push(
      numbers.figure(
        confusionPlot(test.confusion, test.classNames, { width: 540 }),
        `Which classes of the test images are taken for which. ${origin(source)}`,
      ),
    );
  return parts.join("\n");
}

function resultText(name: TrainedName, source: Source, isTested: boolean): string {
  const best = (key: string): string => cite(source, `results.best.${key}`, percent);
  const text =
    `On the validation images it did best in epoch ${cite(source, "results.best.epoch")}, which is the one that is kept: ` +
    `val ${best("valAccuracy")}, train ${best("trainAccuracy")}.`;
  if (name === "overfit") {
    const after = (key: string, format = percent): string => cite(source, `results.last.${key}`, format);
    return (
      `${text} After the last epoch it knows ${after("trainAccuracy")} of its ${cite(source, "settings.numTrain", String)} training images, ` +
      `and ${after("valAccuracy")} of images it was not trained on: the loss on the first is ${after("dataLoss", digits)}, on the others ${after("valLoss", digits)}.`
    );
  }
  if (!isTested) return text;
  const times = source.value("test.times");
  const often = times === 1 ? "measured once" : `measured ${cite(source, "test.times")} times`;
  return (
    `${text} On the ${cite(source, "test.count", String)} test images of ${escapeHtml(datasetName(source.value("test.dataset")))} its accuracy is ` +
    `<strong>${cite(source, "test.accuracy", percent)}</strong>, ${often} (${cite(source, "test.measured", (value) => String(value).slice(0, 10).replaceAll("-", "\u2011"))}).`
  );
}

function datasetName(name: unknown): string {
  return name === "shapes" ? "the built-in shapes (not CIFAR-10)" : name === "cifar10" ? "CIFAR-10" : String(name);
}

/** Two settings to a row, in columns. */
function settingRows(source: Source): string[][] {
  const cells = Object.entries(settingNames).flatMap(([key, words]) => {
    const path = `settings.${key}`;
    const value = source.value(path);
    if (key === "hiddenDims" && Array.isArray(value))
      return [[words, cite(source, path, () => value.join(", ") || "none")]];
    return isOff(value) ? [] : [[words, cite(source, path, write)]];
  });
  const half = Math.ceil(cells.length / 2);
  return cells.slice(0, half).map(([words = "", value = ""], i) => {
    const [more = "", itsValue = ""] = cells[half + i] ?? [];
    return [words, value, `<b>${more}</b>`, itsValue];
  });
}

function isOff(value: unknown): boolean {
  const isEmpty = value !== null && typeof value === "object" && Object.keys(value).length === 0;
  return value === undefined || value === 0 || value === false || value === "none" || isEmpty;
}

function write(value: unknown): string {
  if (value === true) return "yes";
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, item]) => (item === true ? key : `${key} ${item}`))
    .join(", ");
}

/** `chainrule data`: get a dataset, make one of your own images, look at one. */
import { Command, Option } from "commander";
import { type Dataset, formatImageSize, type ImageSet, imageLength } from "../data/index.ts";
import { cifar10ArchivePath, cifar10Url, downloadCifar10 } from "../node/cifar10-download.ts";
import { checkDatasetTarget, saveDataset } from "../node/dataset-folder.ts";
import { defaultDataDir, findCifar10 } from "../node/datasets.ts";
import { NetworkError } from "../node/download.ts";
import { checkOutputs } from "../node/files.ts";
import { importImages } from "../node/import-images.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import { UserError } from "../node/user-mistake.ts";
import { imageGrid } from "../plots/index.ts";
import { createRng } from "../tensor/index.ts";
import { datasetOptions, openDataset } from "./dataset-options.ts";
import { examples, jsonOption, positiveInteger, positiveNumber, seedOption } from "./options.ts";
import { formatTable, print, printJson, remark, remarkFile } from "./print.ts";
import { megabytes, progressBar } from "./progress-bar.ts";

export function command(): Command {
  return new Command("data")
    .description("Datasets: download CIFAR-10, make a dataset of your own images, or look at one.")
    .addCommand(downloadCommand())
    .addCommand(importCommand())
    .addCommand(showCommand())
    .addHelpText(
      "after",
      examples(
        ["chainrule data download cifar10", "the official archive, checked and unpacked"],
        ["chainrule data import photos --out photos-32", "a dataset of your own, from one folder per class"],
        ["chainrule data show --dataset photos-32", "a picture of samples"],
      ),
    );
}

interface DownloadOptions {
  dataDir?: string;
  url?: string;
  md5?: string;
  replace?: boolean;
  json?: boolean;
}

function downloadCommand(): Command {
  return new Command("download")
    .summary("download CIFAR-10")
    .description(
      "Downloads the official binary archive (170 MB), checks it and unpacks it into the data folder. " +
        "An interrupted download continues where it stopped when the command is run again.",
    )
    .argument("<name>", "cifar10")
    .option("--data-dir <folder>", "where datasets are kept (default: $CHAINRULE_DATA_DIR or ~/.cache/chainrule)")
    .option("--url <address>", "a mirror of the archive (default: $CHAINRULE_CIFAR10_URL or the official address)")
    .option("--md5 <digits>", "the archive's checksum (default: the official archive's)")
    .option("--replace", "download it again even if it is there")
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule data download cifar10", "into the default data folder"]))
    .action(runDownload);
}

async function runDownload(
  name: string,
  { dataDir = defaultDataDir(), url = cifar10Url(), md5, replace = false, json }: DownloadOptions,
): Promise<void> {
  if (name !== "cifar10") throw new UserError(`data download: unknown dataset "${name}"; expected cifar10`);
  const found = replace ? undefined : await findCifar10(dataDir);
  if (found) {
    if (json) printJson({ folder: found, isNew: false });
    else print(`CIFAR-10 is already in ${found}`);
    return;
  }
  const bar = progressBar("downloading", megabytes);
  const options = { url, replace, ...(md5 === undefined ? {} : { md5 }) };
  const folder = await downloadCifar10(dataDir, { ...options, onProgress: bar.update, onMessage: remark })
    .catch((error: unknown) => {
      if (!(error instanceof NetworkError)) throw error;
      throw new UserError(
        `${error.message}. What else works: put the archive at ${cifar10ArchivePath(dataDir)} by other means and run ` +
          "this again, make a dataset of your own images with `chainrule data import`, or use --dataset shapes, " +
          "which is built in",
      );
    })
    .finally(bar.stop);
  if (json) printJson({ folder, isNew: true });
  else print(`CIFAR-10 is in ${folder}`);
}

interface ImportOptions {
  out: string;
  size: number;
  grey?: boolean;
  name?: string;
  testShare?: number;
  replace?: boolean;
  seed: number;
  json?: boolean;
}

function importCommand(): Command {
  return new Command("import")
    .summary("turn folders of images into a dataset")
    .description(
      "Reads FOLDER/<class>/… or FOLDER/train/<class>/… and FOLDER/test/<class>/… (PNG, JPEG, WebP, GIF of any size, " +
        "grey or colour), scales every image to cover a square, crops the middle, and writes a dataset in the " +
        "CIFAR-10 binary layout. Without a test folder, a share of every class is held out as the test set, by seed. " +
        "Files that cannot be read are listed and left out. Class folders may be links.",
    )
    .argument("<folder>", "class folders of images")
    .requiredOption("--out <folder>", "the dataset to write: a new folder, or with --replace a dataset")
    .option("--size <pixels>", "height and width of the dataset's images", positiveInteger, 32)
    .option("--grey", "one channel instead of red, green and blue")
    .option("--name <name>", "the dataset's name (default: the folder's)")
    .option("--test-share <share>", "held out when there is no test folder, 0 to 1 (default: 1/6)", positiveNumber)
    .option("--replace", "replace the dataset that is already there")
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule data import photos --size 32 --out photos-32", "one folder per class in photos"],
        ["chainrule train --dataset photos-32", "train on them"],
      ),
    )
    .action(runImport);
}

async function runImport(folder: string, options: ImportOptions): Promise<void> {
  const { out, size, grey, name, testShare, replace = false, seed, json } = options;
  const target = await checkDatasetTarget(out, { replace, source: folder });
  const started = performance.now();
  const bar = progressBar("reading images");
  const { dataset, unreadable, isHeldOut } = await importImages(folder, {
    size,
    seed,
    channels: grey ? 1 : 3,
    ...(name === undefined ? {} : { name }),
    ...(testShare === undefined ? {} : { testShare }),
    onProgress: bar.update,
  }).finally(bar.stop);
  const replaced = await saveDataset(dataset, target, { replace });
  const seconds = (performance.now() - started) / 1000;
  if (json) {
    printJson({ folder: target, ...facts(dataset), isHeldOut, unreadable, seconds });
    return;
  }
  for (const line of unreadable) remark(line);
  const left = unreadable.length > 0 ? `; ${unreadable.length} files could not be read` : "";
  print(
    `${dataset.train.count} training and ${dataset.test.count} test images of ${formatImageSize(dataset)}, ` +
      `${dataset.classNames.length} classes, in ${seconds.toFixed(1)} s${left}`,
  );
  if (isHeldOut) print("no test folder: the test images were drawn from every class by seed");
  print(`${replaced ? "replaced" : "wrote"} ${out}; train on it with: chainrule train --dataset ${out}`);
}

interface ShowOptions {
  dataset: string;
  dataDir?: string;
  split: "train" | "test";
  perClass: number;
  plotFile: string;
  seed: number;
  json?: boolean;
}

function showCommand(): Command {
  const command = new Command("show")
    .summary("draw a grid of labelled samples")
    .description("Counts the images of every class and draws some of each, with their labels.");
  return datasetOptions(command)
    .addOption(new Option("--split <name>", "which part").choices(["train", "test"]).default("train"))
    .option("--per-class <n>", "how many images of every class to draw", positiveInteger, 10)
    .option("--plot-file <file>", "the picture: .svg, .png or .pdf", "samples.png")
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(["chainrule data show --dataset fashion-mnist --plot-file samples.svg", "ten images of each class"]),
    )
    .action(runShow);
}

async function runShow(options: ShowOptions): Promise<void> {
  const { split, perClass, plotFile, seed, json } = options;
  checkPicturePath(plotFile);
  await checkOutputs([plotFile]);
  const dataset = await openDataset(options);
  const samples = drawSamples(dataset, dataset[split], { title: `${dataset.name}: ${split}`, perClass, seed });
  remarkFile(plotFile, await writePicture(plotFile, samples));
  if (json) {
    printJson({ ...facts(dataset), plotFile });
    return;
  }
  const [train, test] = [countLabels(dataset, dataset.train), countLabels(dataset, dataset.test)];
  print(
    formatTable(
      ["class", "train", "test"],
      dataset.classNames.map((name, c) => [name, `${train[c]}`, `${test[c]}`]),
    ),
  );
}

/** Random images, a row for every class. */
function drawSamples(
  dataset: Dataset,
  set: ImageSet,
  { title, perClass, seed }: { title: string; perClass: number; seed: number },
): string {
  const length = imageLength(dataset);
  const order = createRng(seed).permutation(set.count);
  const drawn = dataset.classNames.map(() => [] as number[]);
  for (const i of order) {
    const row = drawn[set.labels[i]!]!;
    if (row.length < perClass) row.push(i);
  }
  const columns = Math.max(4, ...drawn.map((row) => row.length)); // room for the title
  const samples = drawn.flatMap((row, c) =>
    Array.from({ length: columns }, (_, place) => {
      const i = row[place];
      if (i === undefined) return undefined; // a class with fewer images leaves room, and the next starts its own row
      return { image: set.images.subarray(i * length, (i + 1) * length), label: dataset.classNames[c]! };
    }),
  );
  const width = Math.min(900, 88 * columns + 20); // few images are not drawn larger than many
  return imageGrid(samples, dataset, { title, columns, width });
}

function countLabels({ classNames }: Dataset, { labels }: ImageSet): number[] {
  const counts = new Array<number>(classNames.length).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

function facts(dataset: Dataset): object {
  const { name, channels, height, width, classNames, train, test } = dataset;
  const perClass = { train: countLabels(dataset, train), test: countLabels(dataset, test) };
  return { name, channels, height, width, classNames, numTrain: train.count, numTest: test.count, perClass };
}

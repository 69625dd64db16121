import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { formatSafetensors, parseCheckpoint, parseSafetensors, presets, softmax, tensor } from "../src/index.ts";
import { chainrule, emptyFolder } from "./command.ts";
import { writeSmallDataset } from "./small-dataset.ts";

const dataset = writeSmallDataset(mkdtempSync(join(tmpdir(), "chainrule-dataset-")));
afterAll(() => rmSync(dataset, { recursive: true }));
const file = ["--checkpoint-file", "model.safetensors"];
const files = [...file, "--plot-file", "plot.svg"];
const small = ["--dataset", dataset, "--num-val", "60", "--hidden-dim", "8", ...files];

describe("train, test, predict", () => {
  test("from the first step to a prediction, as JSON", async () => {
    const cwd = emptyFolder();
    const restless = [
      ...["--hidden-dim", "2", "--learning-rate", "0.2", "--batch-size", "20", "--average-decay", "0"],
      ...["--schedule", "constant", "--seed", "2", "--kernels", "loops"],
    ];
    const outputs = ["--history-file", "history.csv", "--checkpoint-file", "m.safetensors", "--json"];
    const trained = await chainrule(["train", ...small, ...restless, "--epochs", "4", ...outputs], { cwd });
    expect(trained.stderr).toMatch(/dataset: chainrule-dataset-.* from [\s\S]*epoch 4\/4/);
    const result = JSON.parse(trained.stdout);
    expect(result).toMatchObject({
      epochs: 4,
      checkpointFile: "m.safetensors",
      dataset: basename(dataset),
      plotFile: "plot.svg",
    });
    expect(result.history.map((e: { epoch: number }) => e.epoch)).toEqual([1, 2, 3, 4]);
    const [last] = result.history.slice(-1);
    expect(result).toMatchObject({ trainAccuracy: last.trainAccuracy, valAccuracy: last.valAccuracy, loss: last.loss });
    expect(last.trainAccuracy).not.toBe(last.valAccuracy);
    expect(result.bestValAccuracy).not.toBe(last.valAccuracy); // so restless that the last epoch is not the best
    expect(result.bestValAccuracy).toBe(Math.max(...result.history.map((e: { valAccuracy: number }) => e.valAccuracy)));
    expect(readdirSync(cwd).sort()).toEqual(["history.csv", "m.safetensors", "plot.svg"]);
    expect(readFileSync(join(cwd, "history.csv"), "utf8").trim().split("\n")).toHaveLength(5);

    const tested = JSON.parse(
      (await chainrule(["test", "--checkpoint-file", "m.safetensors", "--json", "--num-test", "50"], { cwd })).stdout,
    );
    const correct = tested.confusion.reduce((sum: number, row: number[], c: number) => sum + row[c]!, 0);
    expect(tested.accuracy).toBe(correct / 50);
    expect(tested.confusion.flat().reduce((a: number, b: number) => a + b, 0)).toBe(50);
    expect(Object.keys(tested.perClass)).toHaveLength(4);

    await sharp({ create: { width: 90, height: 50, channels: 3, background: "#c03020" } })
      .png()
      .toFile(join(cwd, "red.png"));
    const predicted = JSON.parse(
      (await chainrule(["predict", "red.png", "--checkpoint-file", "m.safetensors", "--top", "4", "--json"], { cwd }))
        .stdout,
    );
    const probabilities = predicted.predictions[0].classes.map((c: { probability: number }) => c.probability);
    expect(probabilities).toHaveLength(4);
    expect(probabilities.reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(1, 5);
    expect([...probabilities].sort((a: number, b: number) => b - a)).toEqual(probabilities);
  });

  test("the summary and the tables for people", async () => {
    const cwd = emptyFolder();
    const trained = await chainrule(["train", ...small, "--epochs", "1"], { cwd });
    expect(trained.stdout).toMatch(
      /^dataset: .*\nbest val accuracy [\d.]+% \(epoch 1\), last: train [\d.]+%, val [\d.]+%; [\d.]+ s\n$/,
    );
    expect(trained.stderr).toMatch(/\nwrote model.safetensors\nepoch 1\/1 .*\nwrote plot.svg\n$/);
    const tested = await chainrule(["test", ...file, "--num-test", "50", "--plot-file", "confusion.png"], { cwd });
    expect(tested.stdout).toMatch(/test accuracy [\d.]+% on 50 images of chainrule-dataset-/);
    expect(existsSync(join(cwd, "confusion.png"))).toBe(true);
  });

  test("without CIFAR-10 and without network, auto takes the shapes and says why in the first line", async () => {
    const cwd = emptyFolder();
    const { stdout, status } = await chainrule(["train", ...small.slice(2), "--epochs", "1", "--num-train", "50"], {
      cwd,
    });
    expect(status).toBe(0);
    expect(stdout.split("\n")[0]).toMatch(
      /^dataset: shapes .* built in, because CIFAR-10 is not in \/nonexistent and could not be downloaded: /,
    );
  });

  test("a linear classifier with --hidden-dim 0", async () => {
    const cwd = emptyFolder();
    expect((await chainrule(["train", ...small, "--hidden-dim", "0", "--epochs", "1"], { cwd })).status).toBe(0);
    const { tensors } = parseSafetensors(readFileSync(join(cwd, "model.safetensors")));
    expect(tensors.W!.shape).toEqual([64, 4]);
  });
});

test("`test` measures the test images, and `train` says the accuracy of its own", async () => {
  const cwd = emptyFolder();
  const trained = await chainrule(["train", ...small, "--epochs", "10", "--learning-rate", "0.1", "--json"], { cwd });
  expect(JSON.parse(trained.stdout)).toMatchObject({ trainAccuracy: 1, bestValAccuracy: 1 });
  const { accuracy, confusion } = JSON.parse((await chainrule(["test", ...file, "--json"], { cwd })).stdout);
  expect(accuracy).toBe(0); // every test label is one too high
  expect(confusion[1][0]).toBe(20);
});

test("predict normalizes as training did; one bad file is one line, and the others are classified", async () => {
  const cwd = emptyFolder();
  await chainrule(["train", ...small, "--epochs", "2"], { cwd });
  const level = Array.from({ length: 64 }, (_, p) => (37 * p) % 256);
  await sharp(Uint8Array.from(level), { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toFile(join(cwd, "grey.png"));
  writeFileSync(join(cwd, "bad.png"), "no image");
  const args = ["predict", ...file, "bad.png", "grey.png", "none.png", "--top", "4"];
  const { status, stdout, stderr } = await chainrule([...args, "--json"], { cwd });
  expect(status).toBe(2);
  expect(stderr.trim().split("\n")).toEqual([
    expect.stringContaining("chainrule: cannot read bad.png as an image"),
    expect.stringContaining("chainrule: cannot read none.png as an image"),
  ]);
  const { predictions } = JSON.parse(stdout);
  expect(predictions).toMatchObject([
    { file: "bad.png", error: expect.any(String) },
    { file: "grey.png" },
    { file: "none.png" },
  ]);
  const { model, normalization } = parseCheckpoint(readFileSync(join(cwd, "model.safetensors")));
  const [mean, std] = [normalization!.mean[0]!, normalization!.std[0]!];
  const x = tensor(
    level.map((byte) => (byte / 255 - mean) / std),
    { shape: [1, 64] },
  );
  const probs = softmax(model.forward(x)[0]);
  for (const { name, probability } of predictions[1].classes)
    expect(probability).toBeCloseTo(probs.at(0, Number(name)), 4);

  const table = await chainrule(args, { cwd });
  expect(table.status).toBe(2);
  expect(table.stdout).toMatch(/^image {4} +1\./);
});

test("every setting on the command line is the run's, the others are the preset's", async () => {
  const cwd = emptyFolder();
  const given = {
    ...{
      numTrain: 90,
      numVal: 30,
      hiddenDims: [3, 4],
      batchSize: 20,
      epochs: 2,
      learningRate: 0.015,
      schedule: "cosine",
    },
    ...{ momentum: 0.5, reg: 0.25, averageDecay: 0.75, weightScale: 0.125, normalize: false, seed: 7 },
    ...{
      activation: "gelu",
      norm: "layer",
      dropout: 0.25,
      patience: 5,
      optimizer: "rmsprop",
      warmup: 0.1,
      weightDecay: 0,
    },
    ...{
      clip: 3,
      labelSmoothing: 0.05,
      whiten: 9,
      augment: { mirror: true, shift: 1, jitter: 0.1, cutout: 2, mixup: 0.5 },
    },
  };
  const flags = Object.entries({ ...given, augment: "mirror,shift=1,jitter=0.1,cutout=2,mixup=0.5" }).flatMap(
    ([name, value]) => {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return value === false ? [`--no-${flag}`] : [`--${flag}`, String(value)];
    },
  );
  const { stdout } = await chainrule(["train", "--dataset", dataset, ...flags, ...files, "--json"], {
    cwd,
  });
  expect(JSON.parse(stdout).settings).toEqual(given);
  expect(parseCheckpoint(readFileSync(join(cwd, "model.safetensors"))).settings).toEqual(given);
  const preset = await chainrule(["train", ...small, "--preset", "overfit", "--epochs", "1", "--json"], { cwd });
  expect(JSON.parse(preset.stdout).settings).toEqual({
    ...presets.overfit,
    ...{ epochs: 1, hiddenDims: [8], numTrain: 180, numVal: 60 },
  });
  expect(preset.stderr).toContain("has 240 training images: using 180 to train and 60 to validate");
});

describe("the same run again", () => {
  const run = [...small, "--epochs", "4", "--kernels", "loops"];

  test("same seed: the same losses to the last bit; another seed: others", async () => {
    const losses: number[][] = [];
    for (const seed of ["442", "442", "7"]) {
      const cwd = emptyFolder();
      await chainrule(["train", ...run, "--epochs", "2", "--seed", seed, "--history-file", "h.json"], { cwd });
      losses.push(JSON.parse(readFileSync(join(cwd, "h.json"), "utf8")).losses);
    }
    expect(losses[0]).toEqual(losses[1]);
    expect(losses[0]).not.toEqual(losses[2]);
  });
});

describe("a user's mistake is one line, exit code 2, and nothing half-written", () => {
  const model = async (folder: string): Promise<string> => {
    const file = join(folder, "good.safetensors");
    if (!existsSync(file))
      await chainrule([
        "train",
        ...small,
        "--epochs",
        "1",
        "--checkpoint-file",
        file,
        "--plot-file",
        join(folder, "good.svg"),
      ]);
    return file;
  };

  test.each([
    ["an unknown flag", ["--nonsense"], "unknown option '--nonsense'"],
    ["an unknown preset", ["--preset", "best"], "Allowed choices are untuned, tuned, overfit, deep."],
    [
      "an unknown dataset",
      ["--dataset", "imagenet"],
      'unknown dataset "imagenet"; expected one of auto, cifar10, fashion-mnist, mnist, shapes, or a dataset folder',
    ],
    ["zero images", ["--num-train", "0"], "expected a whole number >= 1"],
    ["a negative batch", ["--batch-size", "-5"], "expected a whole number >= 1"],
    ["half an epoch", ["--epochs", "0.5"], "expected a whole number >= 1"],
    ["a NaN learning rate", ["--learning-rate", "NaN"], "expected a number > 0"],
    ["an infinite learning rate", ["--learning-rate", "Infinity"], "expected a number > 0"],
    ["momentum 1", ["--dataset", "shapes", "--momentum", "1"], "train: expected momentum from 0 to below 1, got 1"],
    ["a negative penalty", ["--reg", "-1"], "expected a number >= 0"],
    ["two ways to start weights", ["--init", "he", "--weight-scale", "1"], "cannot be used with"],
    [
      "more images than there are",
      ["--dataset", "shapes", "--num-train", "100000"],
      "train: expected numTrain + numVal <= 6000 images of shapes, got 100000 + ",
    ],
    [
      "a plot nobody can draw",
      ["--plot-file", "plot.bmp"],
      "cannot write plot.bmp: expected a picture ending in .svg, .png, .pdf",
    ],
    [
      "a history of another kind",
      ["--history-file", "h.xls"],
      "train: expected --history-file to end in .csv or .json, got h.xls",
    ],
    ["a folder that does not exist", ["--checkpoint-file", "no/such/m.safetensors"], "does not exist"],
    ["a checkpoint on a folder", ["--checkpoint-file", "."], "it is a folder, expected a file name"],
    [
      "one file for two outputs",
      ["--plot-file", "a.svg", "--checkpoint-file", "./a.svg"],
      "cannot write both ./a.svg and a.svg: they are one file",
    ],
    ["a file without a name", ["--checkpoint-file", ""], "cannot write to a file without a name"],
    ["a name that is too long", ["--checkpoint-file", "x".repeat(300)], "the name is too long"],
    [
      "a network too large to hold",
      ["--dataset", "shapes", "--hidden-dim", "100000000"],
      "TwoLayerNet: expected inputDim",
    ],
    ["resuming nothing", ["--resume"], "there is no run in runs yet; train one with `chainrule train`"],
    ["resuming no file", ["--resume", ...file], "model.safetensors: no such file or folder"],
    ["a word too many", ["quickly"], "too many arguments"],
    ["an exploding run", [...small, "--learning-rate", "1e6", "--epochs", "1"], "train: the loss "],
  ])("%s", async (_, args, message) => {
    const cwd = emptyFolder();
    const { status, stdout, stderr } = await chainrule(["train", ...args], { cwd });
    const lines = stderr.trimEnd().split("\n");
    expect({ status, line: lines.at(-1) }).toEqual({ status: 2, line: expect.stringContaining(message) });
    expect(lines.filter((line) => line.startsWith("chainrule: "))).toHaveLength(1);
    expect(stderr).not.toContain("    at ");
    expect(stdout.replace(/^dataset: .*\n/, "")).toBe("");
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("settings that cannot change with --resume, or nothing left to do", async () => {
    const cwd = emptyFolder();
    const file = await model(cwd);
    expect(
      await chainrule(["train", "--resume", "--checkpoint-file", file, "--hidden-dim", "9"], { cwd }),
    ).toMatchObject({
      status: 2,
      stderr: "chainrule: train: --hidden-dim cannot change with --resume: the settings are the checkpoint's\n",
    });
    expect((await chainrule(["train", "--resume", "--checkpoint-file", file], { cwd })).stderr).toMatch(
      /good.safetensors already has 1 of 1 epochs; ask for more with --epochs\n$/,
    );
  });

  test("checkpoints that are truncated, foreign or hostile, for every command that reads them", async () => {
    const cwd = emptyFolder();
    const good = readFileSync(await model(cwd));
    const file = parseSafetensors(good);
    const nan = { ...file.tensors, W1: file.tensors.W1!.clone() };
    nan.W1.data[5] = Number.NaN;
    const without = (name: string) => Object.fromEntries(Object.entries(file.metadata).filter(([key]) => key !== name));
    const hugeHeader = Buffer.from(good);
    hugeHeader.writeBigUInt64LE(2n ** 60n);
    const bad: Record<string, [Uint8Array, RegExp]> = {
      "truncated.safetensors": [
        good.subarray(0, good.length - 100),
        /: expected \d+ bytes, got \d+: the file is cut short$/m,
      ],
      "empty.safetensors": [new Uint8Array(0), /expected at least 8 bytes, got 0/],
      "picture.safetensors": [
        await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
          .png()
          .toBuffer(),
        /expected a header of at most/,
      ],
      "huge.safetensors": [hugeHeader, /expected a header of at most \d+ bytes, got a length of 1152921504606846976/],
      "nan.safetensors": [formatSafetensors({ ...file, tensors: nan }), /got NaN or Infinity in W1/],
      "bare.safetensors": [formatSafetensors({ ...file, metadata: without("image") }), /expected metadata image/],
      "other.safetensors": [
        formatSafetensors({ ...file, metadata: { ...file.metadata, image: '{"channels":1,"height":1,"width":1}' } }),
        /expected an image size of 64 numbers/,
      ],
    };
    writeFileSync(
      join(cwd, "a.png"),
      await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
        .png()
        .toBuffer(),
    );
    for (const [name, [bytes, message]] of Object.entries(bad)) {
      writeFileSync(join(cwd, name), bytes);
      for (const command of [["test"], ["predict", "a.png"], ["train", "--resume", "--plot-file", "p.svg"]]) {
        const { status, stderr, stdout } = await chainrule([...command, "--checkpoint-file", name], { cwd });
        expect({ status, stdout, lines: stderr.trim().split("\n").length }).toEqual({
          status: 2,
          stdout: "",
          lines: 1,
        });
        expect(stderr).toMatch(message);
        expect(stderr).toContain(name);
      }
    }
  });

  test("a checkpoint for other images, a picture that is none", async () => {
    const cwd = emptyFolder();
    const file = await model(cwd);
    writeFileSync(join(cwd, "text.png"), "not a picture");
    for (const picture of ["text.png", "missing.png"]) {
      const { status, stderr } = await chainrule(["predict", picture, "--checkpoint-file", file], { cwd });
      expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 2, lines: 1 });
      expect(stderr).toContain(picture);
    }
  });
});

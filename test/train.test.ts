import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { formatSafetensors, parseCheckpoint, parseSafetensors } from "../src/index.ts";
import { chainrule, emptyFolder, startChainrule } from "./command.ts";

const small = [
  "--dataset",
  "shapes",
  "--num-train",
  "300",
  "--num-val",
  "100",
  "--hidden-dim",
  "8",
  "--plot-file",
  "plot.svg",
];

describe("train, test, predict", () => {
  test("from the first step to a prediction, as JSON", async () => {
    const cwd = emptyFolder();
    const outputs = ["--history-file", "history.csv", "--checkpoint-file", "m.safetensors", "--json"];
    const trained = chainrule(["train", ...small, "--epochs", "2", ...outputs], { cwd });
    expect(trained.stderr).toMatch(/dataset: shapes .* built in\n[\s\S]*epoch 2\/2/);
    const result = JSON.parse(trained.stdout);
    expect(result).toMatchObject({
      epochs: 2,
      checkpointFile: "m.safetensors",
      dataset: "shapes",
      plotFile: "plot.svg",
    });
    expect(result.history.map((e: { epoch: number }) => e.epoch)).toEqual([1, 2]);
    expect(result.bestValAccuracy).toBe(Math.max(...result.history.map((e: { valAccuracy: number }) => e.valAccuracy)));
    expect(readdirSync(cwd).sort()).toEqual(["history.csv", "m.safetensors", "plot.svg"]);
    expect(readFileSync(join(cwd, "history.csv"), "utf8").trim().split("\n")).toHaveLength(3);

    const tested = JSON.parse(
      chainrule(["test", "--checkpoint-file", "m.safetensors", "--json", "--num-test", "200"], { cwd }).stdout,
    );
    const correct = tested.confusion.reduce((sum: number, row: number[], c: number) => sum + row[c]!, 0);
    expect(tested.accuracy).toBe(correct / 200);
    expect(tested.confusion.flat().reduce((a: number, b: number) => a + b, 0)).toBe(200);
    expect(Object.keys(tested.perClass)).toHaveLength(10);

    await sharp({ create: { width: 90, height: 50, channels: 3, background: "#c03020" } })
      .png()
      .toFile(join(cwd, "red.png"));
    const predicted = JSON.parse(
      chainrule(["predict", "red.png", "--checkpoint-file", "m.safetensors", "--top", "10", "--json"], { cwd }).stdout,
    );
    const probabilities = predicted.predictions[0].classes.map((c: { probability: number }) => c.probability);
    expect(probabilities).toHaveLength(10);
    expect(probabilities.reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(1, 5);
    expect([...probabilities].sort((a: number, b: number) => b - a)).toEqual(probabilities);
  });

  test("the summary and the tables for people", () => {
    const cwd = emptyFolder();
    const trained = chainrule(["train", ...small, "--epochs", "1"], { cwd });
    expect(trained.stdout).toMatch(
      /^dataset: shapes .*\nbest val accuracy [\d.]+% \(epoch 1\), last: train [\d.]+%, val [\d.]+%; [\d.]+ s\nmodel model.safetensors, plot plot.svg\n$/,
    );
    const tested = chainrule(["test", "--num-test", "50", "--plot-file", "confusion.png"], { cwd });
    expect(tested.stdout).toMatch(/test accuracy [\d.]+% on 50 images of shapes/);
    expect(existsSync(join(cwd, "confusion.png"))).toBe(true);
  });

  test("without CIFAR-10 and without network, auto takes the shapes and says why in the first line", () => {
    const cwd = emptyFolder();
    const { stdout, status } = chainrule(["train", ...small.slice(2), "--epochs", "1"], { cwd });
    expect(status).toBe(0);
    expect(stdout.split("\n")[0]).toMatch(
      /^dataset: shapes .* built in, because CIFAR-10 is not in \/nonexistent and could not be had: /,
    );
  });

  test("a linear classifier with --hidden-dim 0", () => {
    const cwd = emptyFolder();
    expect(chainrule(["train", ...small, "--hidden-dim", "0", "--epochs", "1"], { cwd }).status).toBe(0);
    const { tensors } = parseSafetensors(readFileSync(join(cwd, "model.safetensors")));
    expect(tensors.W!.shape).toEqual([3072, 10]);
  });
});

describe("the same run again", () => {
  const weights = (folder: string) => parseSafetensors(readFileSync(join(folder, "model.safetensors"))).tensors;
  const run = [...small, "--epochs", "4", "--kernels", "loops"];

  test("same seed: the same losses to the last bit; another seed: others", () => {
    const losses = ["442", "442", "7"].map((seed) => {
      const cwd = emptyFolder();
      chainrule(["train", ...run, "--epochs", "2", "--seed", seed, "--history-file", "h.json"], { cwd });
      return JSON.parse(readFileSync(join(cwd, "h.json"), "utf8")).losses;
    });
    expect(losses[0]).toEqual(losses[1]);
    expect(losses[0]).not.toEqual(losses[2]);
  });

  test.each([
    "SIGINT",
    "SIGKILL",
  ] as const)("stopped by %s and resumed, it ends with exactly the weights of an uninterrupted run", async (signal) => {
    const [whole, stopped] = [emptyFolder(), emptyFolder()];
    chainrule(["train", ...run], { cwd: whole });
    const child = startChainrule(["train", ...run], stopped);
    child.stderr!.on("data", (text) => {
      if (/epoch 2\/4/.test(String(text))) child.kill(signal);
    });
    await once(child, "exit");
    if (signal === "SIGINT") expect(child.exitCode).toBe(130);
    const { epoch } = parseCheckpoint(readFileSync(join(stopped, "model.safetensors")));
    expect(epoch).toBeGreaterThanOrEqual(2);
    if (epoch < 4)
      expect(
        chainrule(["train", "--resume", "--plot-file", "plot.svg", "--kernels", "loops"], { cwd: stopped }).status,
      ).toBe(0);
    expect(weights(stopped)).toEqual(weights(whole));
  });

  test("an interrupt that arrives during a save or an evaluation is heard all the same", async () => {
    const stop = async (delay: number): Promise<[number | null, number]> => {
      const cwd = emptyFolder();
      const args = [
        "--num-train",
        "600",
        "--num-val",
        "1500",
        "--hidden-dim",
        "64",
        "--epochs",
        "60",
        "--dataset",
        "shapes",
      ];
      const child = startChainrule(["train", ...args, "--plot-file", "plot.svg"], cwd);
      child.stderr!.on("data", (text) => {
        if (/epoch 3\/60|epoch {2}3\/60/.test(String(text))) setTimeout(() => child.kill("SIGINT"), delay);
      });
      await once(child, "exit");
      return [child.exitCode, parseCheckpoint(readFileSync(join(cwd, "model.safetensors"))).epoch];
    };
    for (const delay of [0, 15, 30, 45]) {
      const [exitCode, epoch] = await stop(delay);
      expect(exitCode).toBe(130);
      expect(epoch).toBeGreaterThanOrEqual(3);
      expect(epoch).toBeLessThan(60);
    }
  });

  test("kill -9 during saves leaves a whole checkpoint, every time", async () => {
    const cwd = emptyFolder();
    const file = join(cwd, "model.safetensors");
    const saver = join(cwd, "save.mjs");
    const entry = join(process.cwd(), "dist");
    writeFileSync(
      saver,
      `import { formatSafetensors, zeros } from ${JSON.stringify(`${entry}/index.js`)};
       import { writeFile } from ${JSON.stringify(`${entry}/node/index.js`)};
       for (let i = 0; ; i++) {
         const w = zeros([500000]);
         w.data.fill(i);
         await writeFile(${JSON.stringify(file)}, formatSafetensors({ tensors: { w }, metadata: {} }));
         if (i === 0) console.log("saved");
       }`,
    );
    const { spawn } = await import("node:child_process");
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [saver], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, 17 * round));
      child.kill("SIGKILL");
      await once(child, "exit");
      const { w } = parseSafetensors(readFileSync(file)).tensors;
      expect(new Set(w!.data).size).toBe(1); // one save, not two halves
    }
  });
});

describe("a user's mistake is one line, exit code 2, and nothing half-written", () => {
  const model = (folder: string): string => {
    const file = join(folder, "good.safetensors");
    if (!existsSync(file))
      chainrule([
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
    ["an unknown preset", ["--preset", "best"], "Allowed choices are untuned, tuned, overfit."],
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
    ["resuming nothing", ["--resume"], "model.safetensors: no such file or folder"],
    ["a word too many", ["quickly"], "too many arguments"],
    ["an exploding run", [...small, "--learning-rate", "1e6", "--epochs", "1"], "train: the loss "],
  ])("%s", (_, args, message) => {
    const cwd = emptyFolder();
    const { status, stdout, stderr } = chainrule(["train", ...args], { cwd });
    const lines = stderr.trimEnd().split("\n");
    expect({ status, line: lines.at(-1) }).toEqual({ status: 2, line: expect.stringContaining(message) });
    expect(lines.filter((line) => line.startsWith("chainrule: "))).toHaveLength(1);
    expect(stderr).not.toContain("    at ");
    expect(stdout.replace(/^dataset: .*\n/, "")).toBe("");
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("settings that cannot change with --resume, or nothing left to do", () => {
    const cwd = emptyFolder();
    const file = model(cwd);
    expect(chainrule(["train", "--resume", "--checkpoint-file", file, "--hidden-dim", "9"], { cwd })).toMatchObject({
      status: 2,
      stderr: "chainrule: train: --hidden-dim cannot change with --resume: the settings are the checkpoint's\n",
    });
    expect(chainrule(["train", "--resume", "--checkpoint-file", file], { cwd }).stderr).toMatch(
      /good.safetensors already has 1 of 1 epochs; ask for more with --epochs\n$/,
    );
  });

  test("checkpoints that are truncated, foreign or hostile, for every command that reads them", async () => {
    const cwd = emptyFolder();
    const good = readFileSync(model(cwd));
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
        /expected an image size of 3072 numbers/,
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
        const { status, stderr, stdout } = chainrule([...command, "--checkpoint-file", name], { cwd });
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

  test("a checkpoint for other images, a picture that is none", () => {
    const cwd = emptyFolder();
    const file = model(cwd);
    writeFileSync(join(cwd, "text.png"), "not a picture");
    for (const picture of ["text.png", "missing.png"]) {
      const { status, stderr } = chainrule(["predict", picture, "--checkpoint-file", file], { cwd });
      expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 2, lines: 1 });
      expect(stderr).toContain(picture);
    }
  });
});

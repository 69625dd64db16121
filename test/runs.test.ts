/** Runs as folders: what `train` writes there, and what reads it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { presets, schedules } from "../src/index.ts";
import { createBlas } from "../src/node/blas/blas.ts";
import { createNumberedRun } from "../src/node/run-folder.ts";
import { chainrule, emptyFolder } from "./command.ts";
import { writeSmallDataset } from "./small-dataset.ts";

const dataset = writeSmallDataset(mkdtempSync(join(tmpdir(), "chainrule-runs-")));
afterAll(() => rmSync(dataset, { recursive: true }));
const hasBlas = typeof createBlas({ threads: 1 }) !== "string";
const quick = ["--dataset", dataset, "--num-val", "60", "--epochs", "2", "--kernels", "loops"];
const deep = ["--hidden-dims", "6,5", "--norm", "batch", "--dropout", "0.2", "--optimizer", "adamw", "--momentum", "0"];
const read = (cwd: string, ...path: string[]) => JSON.parse(readFileSync(join(cwd, "runs", ...path), "utf8"));
const lossesOf = (cwd: string, run: string): string =>
  readFileSync(join(cwd, "runs", run, "history.csv"), "utf8").replaceAll(/,[\d.]+$/gm, ""); // without the seconds

test("a run is a folder of four files; the next one gets the next number; run.json has all that decides it", async () => {
  const cwd = emptyFolder();
  for (const name of ["tuned-1", "tuned-2"]) {
    const { status, stderr } = await chainrule(["train", ...quick, "--hidden-dim", "4"], { cwd });
    expect({ status, saved: stderr.includes(`wrote runs/${name}/model.safetensors`) }).toEqual({
      status: 0,
      saved: true,
    });
    expect(readdirSync(join(cwd, "runs", name)).sort()).toEqual([
      ...["history.csv", "model.safetensors", "plot.pdf", "run.json"],
    ]);
  }
  const record = read(cwd, "tuned-1", "run.json");
  expect(record).toMatchObject({
    ...{ format: 1, name: "tuned-1", status: "finished", seed: 442, kernels: "loops" },
    settings: { ...presets.tuned, hiddenDims: [4], numVal: 60, epochs: 2 },
    dataset: { folder: dataset, trainCount: 240 },
    files: { checkpoint: "model.safetensors", history: "history.csv", plot: "plot.pdf" },
  });
  expect(record.results.epochs).toBe(2);
  expect(record.results.last).toMatchObject({ epoch: 2 });
  const { loss, dataLoss, regLoss, valLoss } = record.results.last;
  expect(dataLoss + regLoss).toBeCloseTo(loss, 12);
  expect(regLoss).toBeGreaterThan(0);
  expect(valLoss).toBeGreaterThan(0);
  expect(lossesOf(cwd, "tuned-1")).toBe(lossesOf(cwd, "tuned-2"));
  expect(readFileSync(join(cwd, "runs/tuned-1/history.csv"), "utf8")).toMatch(
    /^epoch,loss,data_loss,reg_loss,val_loss,/,
  );
});

test("two processes that start at once get two folders", async () => {
  const runs = join(emptyFolder(), "runs");
  const made = await Promise.all(Array.from({ length: 8 }, () => createNumberedRun(runs, "deep")));
  expect(new Set(made).size).toBe(8);
  expect(readdirSync(runs).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `deep-${n}`));
});

test("--config of a run repeats it, flags override it", async () => {
  const cwd = emptyFolder();
  await chainrule(["train", ...quick, ...deep, "--seed", "7", "--name", "first"], { cwd });
  const again = await chainrule(["train", "--config", "runs/first/run.json", "--name", "again", "--kernels", "loops"], {
    cwd,
  });
  expect(again.status).toBe(0);
  expect(read(cwd, "again", "run.json").settings).toEqual(read(cwd, "first", "run.json").settings);
  expect(lossesOf(cwd, "again")).toBe(lossesOf(cwd, "first"));
  const args = ["--config", "runs/first/run.json", "--seed", "8", "--name", "other", "--kernels", "loops"];
  await chainrule(["train", ...args], { cwd });
  expect(read(cwd, "other", "run.json").settings).toEqual({ ...read(cwd, "first", "run.json").settings, seed: 8 });
  expect(lossesOf(cwd, "other")).not.toBe(lossesOf(cwd, "first"));
});

test("the published schema names every setting, and only those, with the words that are taken", () => {
  const { $defs } = JSON.parse(readFileSync("schemas/run.schema.json", "utf8"));
  const { $schema: _, ...properties } = $defs.settings.properties;
  expect(Object.keys(properties).sort()).toEqual(Object.keys(presets.deep).sort());
  expect(properties.schedule.enum).toEqual(Object.keys(schedules));
  expect(Object.keys(properties.augment.properties)).toEqual(["mirror", "shift", "jitter", "cutout", "mixup"]);
});

test.each(
  ["loops", "wasm", "blas"].filter((name) => name !== "blas" || hasBlas),
)("resumed from its folder, a run ends with the bits of one that was never stopped (%s)", async (kernels) => {
  const cwd = emptyFolder();
  const augmented = [
    "--augment",
    "mirror,shift=1,jitter=0.1,cutout=2,mixup=0.4",
    "--average-decay",
    "0.9",
    "--clip",
    "1",
  ];
  // The schedule is over the epochs of the whole run: stop a constant one.
  const run = [...quick.slice(0, 4), ...deep, ...augmented, "--schedule", "constant", "--kernels", kernels];
  await chainrule(["train", ...run, "--epochs", "4", "--name", "whole"], { cwd });
  await chainrule(["train", ...run, "--epochs", "2", "--name", "halves"], { cwd });
  const resumed = await chainrule(["train", "--resume", "--epochs", "4", "--kernels", kernels], { cwd });
  expect(resumed.stderr).toContain("resuming halves after epoch 2");
  const tensors = (name: string): string => {
    const bytes = readFileSync(join(cwd, "runs", name, "model.safetensors"));
    return bytes.subarray(8 + Number(bytes.readBigUInt64LE())).toString("base64"); // after the header, which has seconds
  };
  expect(tensors("halves")).toBe(tensors("whole"));
  expect(lossesOf(cwd, "halves")).toBe(lossesOf(cwd, "whole"));
  expect(readdirSync(join(cwd, "runs")).sort()).toEqual(["halves", "whole"]);
});

test("test, predict, inspect, plot and runs read the newest run, or the one that is named", async () => {
  const cwd = emptyFolder();
  await chainrule(["train", ...quick, ...deep, "--whiten", "12", "--name", "older"], { cwd });
  await chainrule(["train", ...quick, "--hidden-dim", "3", "--name", "newer"], { cwd });
  const newest = await chainrule(["test", "--json"], { cwd });
  expect(JSON.parse(newest.stdout).checkpointFile).toBe(join("runs", "newer", "model.safetensors"));
  expect(newest.stderr).toContain("run: newer");
  const named = JSON.parse((await chainrule(["test", "--run", "older", "--mirror", "--json"], { cwd })).stdout);
  expect(named).toMatchObject({ checkpointFile: join("runs", "older", "model.safetensors"), mirrored: true });

  const exported = await chainrule(["export", "--run", "older", "--out", "older.onnx", "--json"], { cwd });
  expect(JSON.parse(exported.stdout)).toMatchObject({ file: "older.onnx", classNames: expect.any(Array) });
  expect(readFileSync(join(cwd, "older.onnx")).length).toBe(JSON.parse(exported.stdout).bytes);
  const small = await chainrule(["export", "--run", "newer", "--out", "small.ts", "--weights", "int8", "--json"], {
    cwd,
  });
  expect(JSON.parse(small.stdout).int8).toMatchObject({ images: expect.any(Number), sameClass: expect.any(Number) });
  expect(small.stderr).toMatch(
    /with 8-bit weights [\d.]+% of \d+ test images are right, [\d.]+% before; [\d.]+% get the same class/,
  );
  for (const [args, line] of [
    [["--out", "x.pt"], "chainrule: cannot write x.pt: expected a file ending in .onnx, .ts, .py\n"],
    [["--out", "x.ts", "--input", "scaled"], "chainrule: export: --input has no meaning for .ts\n"],
    [["--out", "x.onnx", "--run", "none"], expect.stringMatching(/^chainrule: .*no run "none" in runs.*\n$/)],
  ] as const)
    expect(await chainrule(["export", ...args], { cwd })).toMatchObject({ status: 2, stderr: line });
  expect(readdirSync(cwd).filter((name) => name.startsWith("x."))).toEqual([]);

  const inspected = await chainrule(["inspect", "--run", "older", "--json"], { cwd });
  const { layers, mistakes, confusion } = JSON.parse(inspected.stdout);
  expect(layers.map(({ name }: { name: string }) => name).slice(0, 4)).toEqual([
    ...["1 fc", "2 batchNorm", "3 relu", "4 dropout"],
  ]);
  expect(confusion.flat().reduce((a: number, b: number) => a + b, 0)).toBeGreaterThan(0);
  const own = mistakes.map(({ probs, label }: { probs: number[]; label: number }) => probs[label]);
  expect(own).toEqual([...own].sort((a: number, b: number) => a - b));
  expect(
    readdirSync(cwd)
      .filter((name) => name.endsWith(".svg"))
      .sort(),
  ).toEqual([...["confusion.svg", "layers.svg", "mistakes.svg", "weights.svg"]]);

  const listed = JSON.parse((await chainrule(["runs", "--json"], { cwd })).stdout);
  expect(listed.runs.map(({ name }: { name: string }) => name)).toEqual(["newer", "older"]);
  expect((await chainrule(["runs"], { cwd })).stdout).toMatch(/^run +val[\s\S]*newer +[\d.]+%[\s\S]*6-5 +adamw/);
  expect((await chainrule(["plot", "newer", "older", "--out", "both.svg"], { cwd })).stderr).toBe("wrote both.svg\n");
  expect(readFileSync(join(cwd, "both.svg"), "utf8")).toContain(">older<");
});

test("--lr-find suggests a rate below the one where the loss is lowest, and trains nothing", async () => {
  const cwd = emptyFolder();
  const { stdout } = await chainrule(["train", ...quick, "--lr-find", "--json"], { cwd });
  const { suggestion, learningRates, losses } = JSON.parse(stdout);
  const best = losses.indexOf(Math.min(...losses));
  expect(suggestion).toBeCloseTo(learningRates[best] / 10, 2);
  expect(readdirSync(cwd)).toEqual(["lr-find.svg"]);
});

test("patience ends a run whose best epoch is old", async () => {
  const cwd = emptyFolder();
  const args = [
    "--patience",
    "2",
    "--epochs",
    "30",
    "--learning-rate",
    "1e-9",
    "--average-decay",
    "0",
    "--name",
    "short",
  ];
  const { stderr } = await chainrule(["train", ...quick, ...args], { cwd });
  expect(stderr).toContain("stopped early: no epoch after 1 was better, for 2 epochs");
  expect(read(cwd, "short", "run.json").results.epochs).toBe(3);
});

describe("mistakes are one line, and leave no folder", () => {
  test.each<[string, string[], string]>([
    [
      "a setting nobody knows",
      ["--config", "unknown.json"],
      'unknown.json: unknown setting "learningrate"; expected some of',
    ],
    ["a setting of another type", ["--config", "type.json"], 'type.json: expected epochs to be a number, got "3"'],
    ["broken JSON", ["--config", "broken.json"], "broken.json: expected JSON, got something else"],
    ["no such file", ["--config", "none.json"], "none.json: no such file or folder"],
    ["a name that is taken", [...quick, "--name", "taken"], "runs/taken is there already; choose another --name"],
    ["a name that is a path", ["--name", "../up"], "expected the name of a run to be at most 100 letters"],
    ["an unknown run", ["--resume", "--run", "nothing"], 'no run "nothing" in runs'],
    ["--run without --resume", ["--run", "taken"], "train: --run names the run that --resume goes on with"],
    ["momentum for adam", [...quick, "--optimizer", "adam", "--momentum", "0.5"], "expected momentum 0 with adam"],
    ["weight decay for sgd", [...quick, "--weight-decay", "0.1"], "expected weightDecay 0 with sgd, got 0.1; use reg"],
    [
      "more components than pixels",
      [...quick, "--whiten", "65"],
      "train: expected whiten <= 64, the numbers of an image",
    ],
    ["a change nobody knows", ["--augment", "rotate"], "expected none, or some of mirror"],
    [
      "a warm-up before one-cycle",
      [...quick, "--schedule", "one-cycle", "--warmup", "0.1"],
      "expected warmup 0 with one-cycle",
    ],
  ])("%s", async (_, args, message) => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "unknown.json"), '{ "learningrate": 0.1 }');
    writeFileSync(join(cwd, "type.json"), '{ "epochs": "3" }');
    writeFileSync(join(cwd, "broken.json"), '{\n"epochs": 3,\n}');
    mkdirSync(join(cwd, "runs/taken"), { recursive: true });
    const { status, stderr } = await chainrule(["train", ...args], { cwd });
    const lines = stderr
      .trimEnd()
      .split("\n")
      .filter((line) => line.startsWith("chainrule: "));
    expect({ status, lines }).toEqual({ status: 2, lines: [expect.stringContaining(message)] });
    expect(readdirSync(join(cwd, "runs"))).toEqual(["taken"]);
  });

  test("a broken run.json is named by `runs`, and the others are listed", async () => {
    const cwd = emptyFolder();
    await chainrule(["train", ...quick, "--hidden-dim", "2", "--name", "good"], { cwd });
    mkdirSync(join(cwd, "runs/bad"));
    for (const text of ["{", "[]", '{"format":2}']) {
      writeFileSync(join(cwd, "runs/bad/run.json"), text);
      const { status, stdout, stderr } = await chainrule(["runs"], { cwd });
      expect({ status, good: stdout.includes("good") }).toEqual({ status: 0, good: true });
      expect(stderr).toMatch(/^chainrule: runs\/bad\/run\.json: expected .*\n$/);
    }
  });
});

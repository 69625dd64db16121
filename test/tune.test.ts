/** `chainrule tune`: what it writes, how it goes on, what it refuses. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { LogEvent, TrialResult } from "../src/node/search-log.ts";
import { presets } from "../src/training/index.ts";
import { rangeKinds } from "../src/tuning/index.ts";
import { chainrule, emptyFolder } from "./command.ts";
import { writeSmallDataset } from "./small-dataset.ts";

const dataset = writeSmallDataset(mkdtempSync(join(tmpdir(), "chainrule-tune-")));
afterAll(() => rmSync(dataset, { recursive: true }));

const space = {
  settings: { epochs: 4, batchSize: 40, schedule: "cosine" },
  parameters: {
    optimizer: { choice: ["sgd", "adamw"] },
    "learningRate:sgd": { log: [0.001, 0.3], when: { optimizer: "sgd" } },
    "learningRate:adamw": { log: [0.0001, 0.03], when: { optimizer: "adamw" } },
    "hiddenDims.length": { integer: [1, 2] },
    "hiddenDims.0": { logInteger: [2, 8] },
    "hiddenDims.1": { logInteger: [2, 8], when: { "hiddenDims.length": 2 } },
    dropout: { linear: [0, 0.5], when: { "hiddenDims.length": 2 } },
  },
};
const quick = [
  "--dataset",
  dataset,
  "--num-val",
  "60",
  "--kernels",
  "loops",
  "--parallel",
  "1",
  "--space",
  "space.json",
];

function folderWith(json: unknown = space): string {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "space.json"), typeof json === "string" ? json : JSON.stringify(json, null, 2));
  return cwd;
}

const logOf = (cwd: string, name: string): LogEvent[] =>
  readFileSync(join(cwd, "tunes", name, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
/** What the trials came to, without times and files. */
const resultsOf = (events: readonly LogEvent[]) =>
  events
    .filter((event): event is TrialResult => event.type === "result")
    .map(({ trial, rung, status, epochs, curve }) => ({ trial, rung, status, epochs, curve }));

test("a search is a folder with a log, results, pictures and the best model, which test reads", async () => {
  const cwd = folderWith();
  const { status, stdout, stderr } = await chainrule(["tune", ...quick, "--trials", "9", "--json"], { cwd });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("9/9 trials") });
  const folder = join(cwd, "tunes/tune-1");
  expect(readdirSync(folder).sort()).toEqual([
    ...["best-so-far.svg", "best.safetensors", "log.jsonl", "parallel.svg", "results.csv", "results.json"],
    ...["search.json", "settings.svg", "trials"],
  ]);
  const { best, trials, importances, importancesRefused } = JSON.parse(stdout);
  expect(trials.length).toBe(9);
  expect(importances).toBeNull();
  expect(importancesRefused).toBe("which settings mattered takes 20 finished trials to say, there are 9");
  expect(best).toMatchObject({
    status: "done",
    rung: 1,
    epochs: 4,
    settings: { epochs: 4, numVal: 60, schedule: "cosine" },
  });
  const results = resultsOf(logOf(cwd, "tune-1"));
  expect(results.filter(({ rung }) => rung === 0).map(({ epochs }) => epochs)).toEqual(Array(9).fill(1));
  expect(results.filter(({ rung }) => rung === 1).length).toBe(3); // a third of nine
  const top = results.filter(({ rung }) => rung === 1).map(({ curve }) => Math.max(...curve));
  expect(best.value).toBe(Math.max(...top));
  expect(readFileSync(join(folder, "results.csv"), "utf8").split("\n")[0]).toBe(
    "trial,status,epochs,val_accuracy,seconds,optimizer,learningRate:sgd,learningRate:adamw,hiddenDims.length,hiddenDims.0,hiddenDims.1,dropout,message",
  );
  const tested = await chainrule(["test", "--checkpoint-file", "tunes/tune-1/best.safetensors", "--json"], { cwd });
  expect(tested.status).toBe(0);

  // A trial that paused at a rung and went on ends as if it had never paused.
  writeFileSync(join(cwd, "config.json"), JSON.stringify(best.settings));
  await chainrule(["train", "--config", "config.json", "--dataset", dataset, "--kernels", "loops", "--name", "again"], {
    cwd,
  });
  const { results: again } = JSON.parse(readFileSync(join(cwd, "runs/again/run.json"), "utf8"));
  expect(again.best.valAccuracy).toBe(best.value);
});

test("cut at any line, and in the middle of one, the log leads to the same trials", { timeout: 120_000 }, async () => {
  const cwd = folderWith();
  await chainrule(["tune", ...quick, "--trials", "4", "--name", "whole"], { cwd });
  const log = join(cwd, "tunes/whole/log.jsonl");
  const text = readFileSync(log, "utf8");
  const lines = text.trimEnd().split("\n");
  const whole = resultsOf(logOf(cwd, "whole"));
  for (let kept = 0; kept <= lines.length; kept += 2) {
    const torn = (lines[kept] ?? "").slice(0, 20);
    writeFileSync(
      log,
      `${lines
        .slice(0, kept)
        .map((line) => `${line}\n`)
        .join("")}${torn}`,
    );
    const { status, stderr } = await chainrule(["tune", "--resume", "--kernels", "loops", "--parallel", "1"], { cwd });
    expect(status).toBe(0);
    if (torn) expect(stderr).toContain(`was not written whole: dropped ${torn.length} bytes`);
    expect(resultsOf(logOf(cwd, "whole"))).toEqual(whole);
  }
  const more = await chainrule(["tune", "--resume", "--trials", "6", "--kernels", "loops", "--parallel", "1"], { cwd });
  expect(more.status).toBe(0);
  expect(resultsOf(logOf(cwd, "whole")).slice(0, whole.length)).toEqual(whole);
  expect(new Set(resultsOf(logOf(cwd, "whole")).map(({ trial }) => trial)).size).toBe(6);
});

test("an attempt that was cut off goes on from its own checkpoint", async () => {
  const cwd = folderWith();
  const random = [...quick, "--method", "random", "--trials", "2", "--name", "r"];
  await chainrule(["tune", ...random], { cwd });
  const whole = resultsOf(logOf(cwd, "r"));
  const log = join(cwd, "tunes/r/log.jsonl");
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  const best = JSON.parse(readFileSync(join(cwd, "tunes/r/results.json"), "utf8")).best.trial as number;
  writeFileSync(
    log,
    lines
      .filter((line) => !(line.includes('"result"') && line.includes(`"trial":${best},`)))
      .map(
        (line) => `${line}
`,
      )
      .join(""),
  );
  const before = readdirSync(join(cwd, "tunes/r/trials"));
  expect(before).toEqual([`${best}-0-1.safetensors`]);
  const { stderr } = await chainrule(["tune", "--resume", "--kernels", "loops", "--parallel", "1"], { cwd });
  expect(stderr).toContain("resuming r");
  const again = logOf(cwd, "r");
  const sorted = resultsOf(again).sort((a, b) => a.trial - b.trial);
  expect(sorted).toEqual(whole);
  expect(again.find((event) => event.type === "result" && event.trial === best)).toMatchObject({
    attempt: 2,
    file: join("trials", `${best}-0-1.safetensors`), // it had come to its end: nothing was trained again
  });
});

test("tpe with the median rule, and the winner as a run that is tested once", async () => {
  const cwd = folderWith();
  const args = ["--method", "tpe", "--median-rule", "--trials", "21", "--retrain", "5", "--json"];
  const { status, stdout } = await chainrule(["tune", ...quick, ...args], { cwd });
  expect(status).toBe(0);
  const { importances, retrained, trials } = JSON.parse(stdout);
  expect(importances.length).toBe(7);
  expect(trials.some((trial: { status: string }) => trial.status === "stopped")).toBe(true);
  expect(retrained).toMatchObject({ run: "runs/tune-1-1", epochs: 5, testAccuracy: expect.any(Number) });
  expect(readdirSync(join(cwd, "runs/tune-1-1")).sort()).toEqual([
    "history.csv",
    "model.safetensors",
    "plot.pdf",
    "run.json",
  ]);
  expect(retrained.valAccuracy).toBeGreaterThan(0.9);
  expect(retrained.testAccuracy).toBeLessThan(0.3); // the labels of this dataset's test images are wrong
});

test("without --space the shipped one is searched, which can be printed; a flag takes a setting out", async () => {
  const cwd = emptyFolder();
  const printed = await chainrule(["tune", "--print-space"], { cwd });
  expect(Object.keys(JSON.parse(printed.stdout).parameters)).toContain("hiddenDims.1");
  const images = [
    "--dataset",
    "shapes",
    "--num-train",
    "200",
    "--num-val",
    "100",
    "--kernels",
    "loops",
    "--parallel",
    "1",
  ];
  const fixed = ["--epochs", "1", "--hidden-dims", "4", "--optimizer", "adamw", "--trials", "2"];
  const { status, stdout, stderr } = await chainrule(["tune", ...images, ...fixed, "--json"], { cwd });
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringContaining("no --space: searching the shipped one"),
  });
  const { trials, best } = JSON.parse(stdout.slice(stdout.indexOf("{")));
  expect(best.settings).toMatchObject({ hiddenDims: [4], optimizer: "adamw", epochs: 1, numTrain: 200 });
  expect(trials.length).toBe(2);
});

describe("mistakes are one line, and leave nothing", () => {
  const parameter = (range: object) => ({ parameters: { learningRate: range } });
  test.each<[string, unknown, string[], string]>([
    [
      "broken JSON",
      '{\n  "parameters": {\n    "reg": { "log": [1e-5 1e-2] }\n  }\n}\n',
      [],
      "space.json: expected JSON, got something else in line 3",
    ],
    ["JSON that ends too soon", '{\n "parameters": {\n', [], "space.json: expected JSON, got something else in line 2"],
    ["an unknown setting", { parameters: { learningrate: { log: [0.1, 1] } } }, [], 'unknown setting "learningrate"'],
    [
      "an empty range",
      parameter({ log: [1, 0.1] }),
      [],
      "learningRate: expected log with low < high, got [1, 0.1], which is empty",
    ],
    ["the logarithm of zero", parameter({ log: [0, 1] }), [], "learningRate: expected log with low > 0"],
    ["values that no run takes", parameter({ linear: [-1, 1] }), [], "space.json: expected learningRate > 0, got -"],
    [
      "a fixed setting of another type",
      { ...parameter({ log: [0.1, 1] }), settings: { epochs: "4" } },
      [],
      "expected epochs to be a number",
    ],
    ["epochs with asha", { parameters: { epochs: { integer: [1, 3] } } }, [], "asha cannot search epochs"],
    [
      "nothing left to search",
      parameter({ log: [0.1, 1] }),
      ["--learning-rate", "0.1"],
      "tune: flags leave nothing of space.json to search",
    ],
    ["the median rule with asha", space, ["--median-rule"], "--median-rule is for random and tpe"],
    ["eta with random", space, ["--method", "random", "--eta", "2"], "tune: --eta is for --method asha, not random"],
    ["an unknown method", space, ["--method", "grid"], "Allowed choices are random, asha, tpe"],
    ["more images than there are", space, ["--num-train", "500"], "expected numTrain + numVal <= 240"],
    ["no search to resume", space, ["--resume"], "tune: --space cannot change with --resume"],
  ])("%s", async (_, json, args, message) => {
    const cwd = folderWith(json);
    const { status, stdout, stderr } = await chainrule(["tune", ...quick, ...args], { cwd });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) });
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .filter((line) => line.startsWith("chainrule:")).length,
    ).toBe(1);
    expect(existsSync(join(cwd, "tunes"))).toBe(false);
    expect(stdout === "" || stdout.startsWith("dataset:")).toBe(true);
  });

  test("of --resume, and of a log that is none", async () => {
    const cwd = folderWith();
    const resume = (...args: string[]) => chainrule(["tune", "--resume", "--parallel", "1", ...args], { cwd });
    expect(await resume()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("there is no search in tunes yet"),
    });
    await chainrule(["tune", ...quick, "--trials", "2"], { cwd });
    expect((await resume("--trials", "1")).stderr).toContain(
      "expected --trials >= 2, which tune-1 was started with, got 1",
    );
    expect((await resume("--name", "other")).stderr).toContain('no search "other" in tunes');
    const log = join(cwd, "tunes/tune-1/log.jsonl");
    writeFileSync(log, `${readFileSync(log, "utf8")}what\n`);
    const { status, stderr } = await resume();
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining("log.jsonl: expected a job or a result in line 5"),
    });
  });
});

test("the published schema names the kinds of ranges and every setting that can be searched", () => {
  const { $defs, properties } = JSON.parse(readFileSync("schemas/space.schema.json", "utf8"));
  expect($defs.range.oneOf.map((one: { required: string[] }) => one.required[0])).toEqual([...rangeKinds]);
  const names = Object.keys(presets.tuned).filter((name) => !["numVal", "seed"].includes(name));
  const [pattern] = Object.keys(properties.parameters.patternProperties);
  for (const name of [...names, "hiddenDims.0", "hiddenDims.length", "augment.shift", "learningRate:adamw"])
    expect(name).toMatch(new RegExp(pattern!));
  for (const name of ["seed", "numVal", "learningrate", "hiddenDims.x", "augment.length"])
    expect(name).not.toMatch(new RegExp(pattern!));
});

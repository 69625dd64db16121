import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import pkg from "../package.json" with { type: "json" };
import { main } from "../src/cli/cli.ts";
import { chainrule, emptyFolder, output } from "./command.ts";

const commands = [...(await chainrule(["--help"])).stdout.matchAll(/^ {2}([a-z][a-z-]+) (?:\[|<| )/gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== "help" && name !== "chainrule");

test("--help lists every command with what it is for", async () => {
  const { status, stdout, stderr } = await chainrule(["--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatchSnapshot();
  expect(commands).toContain("train");
});

describe("every command's --help", () => {
  test.each(commands)("%s", async (name) => {
    const { status, stdout, stderr } = await chainrule([name, "--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Examples:");
    expect(stdout).toMatchSnapshot();
  });
});

describe("mistakes are one line on stderr and exit code 2", () => {
  test.each([
    [["--no-such-flag"], "chainrule: unknown option '--no-such-flag'\n"],
    [["learn"], "chainrule: unknown command 'learn'"],
    [["trian"], "chainrule: unknown command 'trian' (Did you mean train?)\n"],
    [["help", "trian"], "chainrule: unknown command 'trian' (Did you mean train?)\n"],
    [["trian", "--help"], "chainrule: unknown command 'trian' (Did you mean train?)\n"],
    [["data", "exprot"], "chainrule: unknown command 'exprot'"],
    [["train", "--epoch", "3"], "chainrule: unknown option '--epoch' (Did you mean --epochs?)\n"],
    [["train", "--epochs"], "chainrule: option '--epochs <n>' argument missing\n"],
    [
      ["train", "--epochs", "x"],
      "chainrule: option '--epochs <n>' argument 'x' is invalid. expected a whole number >= 1.",
    ],
    [[`--${"x".repeat(5000)}`], `chainrule: unknown option '--${"x".repeat(78)}…'\n`],
    [["train\u001b[2J"], "chainrule: unknown command 'train [2J'"],
    [["gradcheck"], "chainrule: gradcheck: expected one of layers, models"],
    [["gradcheck", "everything"], "Allowed choices are layers, models"],
    [["gradcheck", "layers", "--seed", "-1"], "expected a whole number from 0 to 4294967295"],
  ])("%s", async (args, message) => {
    const { status, stdout, stderr } = await chainrule(args);
    expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 2, stdout: "", lines: 1 });
    expect(stderr).toContain(message);
  });
});

test("--version is the package's", async () => {
  expect(await chainrule(["--version"])).toEqual({ status: 0, stdout: `${pkg.version}\n`, stderr: "" });
});

test("`help train` is `train --help`; alone, the command shows its help as a mistake", async () => {
  expect(await chainrule(["help", "train"])).toEqual(await chainrule(["train", "--help"]));
  const { stdout } = await chainrule(["--help"]);
  expect(await chainrule(["help"])).toEqual({ status: 0, stdout, stderr: "" });
  expect(await chainrule([])).toEqual({ status: 2, stdout: "", stderr: stdout });
});

describe("what goes where", () => {
  const train = ["train", "--dataset", "shapes", "--num-train", "50", "--num-val", "20", "--hidden-dim", "2"];
  const run = [...train, "--epochs", "2", "--plot-file", "plot.svg"];

  test("with --json, stdout is one object and progress is on stderr", async () => {
    const { status, stdout, stderr } = await chainrule([...run, "--json"], { cwd: emptyFolder() });
    expect({ status, epochs: JSON.parse(stdout).epochs }).toEqual({ status: 0, epochs: 2 });
    expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`);
    expect(stderr).toMatch(/^epoch 1\/2 .*\nepoch 2\/2 /m);
  });

  test("without it, stdout has the results and none of the progress", async () => {
    const { stdout, stderr } = await chainrule(run, { cwd: emptyFolder() });
    expect(stdout).toMatch(/best val accuracy/);
    expect(stdout).not.toMatch(/epoch \d\/2/);
    expect(stderr).toMatch(/epoch 2\/2/);
    expect(stderr).not.toMatch(/best val accuracy/);
  });

  test("a check that fails: exit code 1, and the next call starts at 0 again", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "wrong.json"), JSON.stringify({ f2: { inputs: [[0]], outputs: [0.1] } }));
    const check = ["backprop", "--function", "f2", "--action", "check-outputs"];
    const wrong = await chainrule([...check, "--data-file", "wrong.json"], { cwd });
    expect(wrong).toMatchObject({ status: 1, stderr: "" });
    expect(wrong.stdout).toContain("FAILED");
    expect(await chainrule(check)).toMatchObject({ status: 0, stderr: "" });
  });

  test("a bug: its stack on stderr, exit code 1", async () => {
    const [stdout, stderr] = [output(), output()];
    stdout.stream.write = () => {
      throw new TypeError("a planted bug");
    };
    expect(await main(["graph", "f2"], { stdout: stdout.stream, stderr: stderr.stream })).toBe(1);
    expect(stderr.text()).toMatch(/^TypeError: a planted bug\n {4}at /);
  });

  test("two calls at once keep their outputs and exit codes apart", async () => {
    const calls = ["f2", "no_such(", "f3"].map(async (expression) => {
      const [stdout, stderr] = [output(), output()];
      const status = await main(["graph", expression], { stdout: stdout.stream, stderr: stderr.stream });
      return [status, stdout.text().split("\n")[0], stderr.text() !== ""];
    });
    expect(await Promise.all(calls)).toEqual([
      [0, "a = 2 * x", false],
      [2, "", true],
      [0, expect.stringContaining("exp"), false],
    ]);
  });
});

describe("checks", () => {
  test("softmax-stability: finite and right for every case", async () => {
    const { status, stdout } = await chainrule(["softmax-stability", "--json"]);
    const { passed, checks } = JSON.parse(stdout);
    expect({ status, passed, count: checks.length }).toEqual({ status: 0, passed: true, count: 20 });
  });

  test("the tables end with a verdict", async () => {
    expect((await chainrule(["gradcheck", "models"])).stdout).toMatch(
      /all differences are below 1e-10 \(kernels: \w+\)\n$/,
    );
    expect((await chainrule(["softmax-stability"])).stdout).toMatch(
      /all losses and gradients are finite and correct \(kernels: \w+\)\n$/,
    );
  });
});

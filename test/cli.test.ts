import { describe, expect, test } from "vitest";
import { chainrule } from "./command.ts";

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
    [["gradcheck"], "chainrule: missing required argument 'what'\n"],
    [["gradcheck", "everything"], "Allowed choices are layers, models"],
    [["gradcheck", "layers", "--seed", "-1"], "expected a whole number from 0 to 4294967295"],
  ])("%s", async (args, message) => {
    const { status, stdout, stderr } = await chainrule(args);
    expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 2, stdout: "", lines: 1 });
    expect(stderr).toContain(message);
  });
});

test("--version is the package's", async () => {
  expect((await chainrule(["--version"])).stdout).toBe("0.1.0\n");
});

describe("checks", () => {
  test.each([
    ["layers", 1e-9],
    ["models", 1e-10],
  ])("gradcheck %s: all differences below %s", async (what, tolerance) => {
    const { status, stdout } = await chainrule(["gradcheck", what, "--json"]);
    const { passed, checks } = JSON.parse(stdout);
    expect({ status, passed }).toEqual({ status: 0, passed: true });
    for (const check of checks) expect(check.maxAbsolute).toBeLessThan(tolerance);
  });

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
      /all losses and gradients are finite and right \(kernels: \w+\)\n$/,
    );
  });
});

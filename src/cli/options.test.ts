import { Command } from "commander";
import { describe, expect, test } from "vitest";
import * as options from "./options.ts";

const { positiveInteger, nonNegativeInteger, positiveNumber, nonNegativeNumber, fraction, seedNumber } = options;

describe("a number is taken when it is in range, else the message says what was expected", () => {
  test.each([
    [
      "a whole number >= 1",
      positiveInteger,
      ["1", "30", "1e3", "9007199254740991"],
      ["0", "-1", "1.5", "9007199254740992"],
    ],
    ["a whole number >= 0", nonNegativeInteger, ["0", "7"], ["-1", "0.5", "9007199254740992"]],
    ["a number > 0", positiveNumber, ["1e-9", "2.5"], ["0", "-1"]],
    ["a number >= 0", nonNegativeNumber, ["0", "1e300"], ["-1e-9"]],
    ["a number from 0 to 1", fraction, ["0", "0.5", "1"], ["-0.1", "1.01"]],
    ["a whole number from 0 to 4294967295", seedNumber, ["0", "4294967295"], ["4294967296", "-1", "0.5"]],
  ])("%s", (what, parse, right, wrong) => {
    for (const text of right) expect(parse(text)).toBe(Number(text));
    for (const text of [...wrong, "", " ", "one", "1,5", "NaN", "Infinity", "-Infinity"])
      expect(() => parse(text), text).toThrow(`expected ${what}.`);
  });
});

test("a setting's name as it is typed", () => {
  expect(["seed", "lossPlot", "numTrainImages"].map(options.flag)).toEqual([
    "--seed",
    "--loss-plot",
    "--num-train-images",
  ]);
});

test("the seed is 442 unless another is given, and --json is off", () => {
  const parse = (...args: string[]) =>
    new Command().addOption(options.seedOption()).addOption(options.jsonOption()).parse(args, { from: "user" }).opts();
  expect(parse()).toEqual({ seed: 442 });
  expect(parse("--seed", "7", "--json")).toEqual({ seed: 7, json: true });
});

test("examples: a title, then each command with what it does", () => {
  expect(options.examples(["chainrule a", "does a"], ["chainrule b", "does b"])).toBe(
    "\nExamples:\n  chainrule a\n      does a\n  chainrule b\n      does b",
  );
});

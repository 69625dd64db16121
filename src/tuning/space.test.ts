import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../tensor/index.ts";
import { presets } from "../training/index.ts";
import { defaultSpace } from "./default-space.ts";
import { randomPoint } from "./random.ts";
import { fromLine, lineOf } from "./ranges.ts";
import { formatSpace, parseSpace } from "./space.ts";
import { checkSpace, pinSettings, searched, settingsAt } from "./space-settings.ts";

const space = (parameters: object, settings: object = {}) => parseSpace({ settings, parameters }, "s.json");

describe("a range that is none", () => {
  test.each<[object, string]>([
    [{ a: { log: [0, 1] } }, "s.json: a: expected log with low > 0, whose logarithm exists, got 0"],
    [{ a: { linear: [2, 2] } }, "expected linear with low < high, got [2, 2], which is empty"],
    [{ a: { integer: [1, 2.5] } }, "expected integer between whole numbers, got [1, 2.5]"],
    [{ a: { logInteger: [0, 4] } }, "expected logInteger with low >= 1, got 0"],
    [{ a: { linear: [0] } }, "expected linear to be two numbers [low, high], got [0]"],
    [{ a: { gauss: [0, 1] } }, "expected exactly one of linear, log, integer, logInteger, choice, got gauss"],
    [{ a: { choice: [] } }, "expected choice to be a list, got []"],
    [{ a: { choice: [1, 2, 1] } }, "expected choices to differ, got 1 twice"],
    [{ a: 3 }, "a: expected a range like"],
    [{ a: { linear: [0, 1], when: { b: 1 } } }, 'expected when to name a parameter that stands before it, got "b"'],
    [{ b: { choice: [1, 2] }, a: { linear: [0, 1], when: { b: 3 } } }, "a: its condition on b never holds"],
    [{ b: { integer: [1, 2] }, a: { linear: [0, 1], when: { b: { min: 3 } } } }, "its condition on b never holds"],
    [{}, 'expected "parameters" to be an object with at least one range'],
  ])("%j", (parameters, message) => {
    expect(() => space(parameters)).toThrow(message);
  });
});

test("values stay in their ranges, the ends of whole ranges as likely as the rest, conditions hold", () => {
  const s = space({
    n: { integer: [1, 3] },
    x: { log: [0.01, 1] },
    only: { linear: [0, 1], when: { n: [2, 3] } },
    deep: { choice: ["a", "b"], when: { n: { min: 3 }, only: { max: 0.5 } } },
  });
  const counts = [0, 0, 0, 0];
  let low = 0;
  for (let i = 0; i < 3000; i++) {
    const { n, x, only, deep } = randomPoint(s, createRng(1, i)) as Record<string, number | undefined>;
    counts[n!]!++;
    if (x! < 0.1) low++;
    expect(x).toBeGreaterThanOrEqual(0.01);
    expect(x).toBeLessThanOrEqual(1);
    expect(only !== undefined).toBe(n! >= 2);
    expect(deep !== undefined).toBe(n === 3 && only! <= 0.5);
  }
  for (const count of counts.slice(1)) expect(Math.abs(count - 1000)).toBeLessThan(120);
  expect(Math.abs(low - 1500)).toBeLessThan(150); // half of the logarithms
});

test("no place on the line leads out of a range", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (low, more, u) => {
        for (const kind of ["linear", "log", "integer", "logInteger"] as const) {
          const range = { kind, low, high: low + more };
          const [a, b] = lineOf(range);
          const value = fromLine(range, a + u * (b - a));
          expect(value).toBeGreaterThanOrEqual(low);
          expect(value).toBeLessThanOrEqual(low + more);
        }
      },
    ),
  );
});

test("a space and its JSON say the same", () => {
  expect(parseSpace(formatSpace(defaultSpace), "again")).toEqual(defaultSpace);
});

test("the shipped space gives settings that a run takes", () => {
  expect(checkSpace(defaultSpace, presets.tuned, "default")).toBe(defaultSpace);
});

test("parameters become settings: sizes, parts of augment, two ranges of one setting", () => {
  const s = space(
    {
      optimizer: { choice: ["sgd", "adamw"] },
      "learningRate:sgd": { log: [0.01, 0.1], when: { optimizer: "sgd" } },
      "learningRate:adamw": { log: [0.001, 0.01], when: { optimizer: "adamw" } },
      "hiddenDims.length": { integer: [1, 2] },
      "hiddenDims.0": { integer: [4, 9] },
      "hiddenDims.1": { integer: [4, 9], when: { "hiddenDims.length": 2 } },
      "augment.mirror": { choice: [true, false] },
      "augment.shift": { integer: [0, 2] },
    },
    { epochs: 3 },
  );
  const point = {
    ...{ optimizer: "adamw", "learningRate:adamw": 0.002, "hiddenDims.length": 2, "hiddenDims.0": 5 },
    ...{ "hiddenDims.1": 6, "augment.mirror": true, "augment.shift": 0 },
  };
  expect(settingsAt(s, presets.tuned, point)).toEqual({
    ...presets.tuned,
    ...{
      epochs: 3,
      optimizer: "adamw",
      momentum: 0,
      learningRate: 0.002,
      hiddenDims: [5, 6],
      augment: { mirror: true },
    },
  });
  checkSpace(s, presets.tuned, "s.json");
});

describe("a space that no run takes", () => {
  test.each<[object, string]>([
    [{ learningrate: { log: [0.1, 1] } }, 's.json: unknown setting "learningrate"; expected one of activation, norm'],
    [{ "hiddenDims.x": { integer: [1, 2] } }, "expected one of hiddenDims.length, hiddenDims.0"],
    [{ "augment.length": { integer: [1, 2] } }, "expected one of augment.mirror"],
    [{ seed: { integer: [1, 2] } }, "seed cannot be searched, it must be the same for all trials"],
    [{ dropout: { linear: [0, 1] } }, "expected dropout from 0 to below 1, got 1 (a trial would have dropout = 1)"],
    [
      { "hiddenDims.length": { integer: [1, 2] }, "hiddenDims.0": { integer: [1, 9] } },
      "hiddenDims.1 has no value where there are 2 hidden layers",
    ],
    [{ "reg:a": { linear: [0, 1] }, "reg:b": { linear: [0, 1] } }, "reg:a and reg:b both have a value"],
    [{ optimizer: { choice: ["sgd", "newton"] } }, 'unknown optimizer "newton"'],
    [{ hiddenDims: { choice: [3] } }, "expected hiddenDims to be a list"],
  ])("%j", (parameters, message) => {
    expect(() => checkSpace(space(parameters), presets.tuned, "s.json")).toThrow(message);
  });
});

test("a flag takes a setting out of the search, and conditions on it still hold", () => {
  const conditional = space({
    optimizer: { choice: ["nesterov", "adamw"] },
    "learningRate:nesterov": { log: [0.01, 0.3], when: { optimizer: "nesterov" } },
    "learningRate:adamw": { log: [0.001, 0.01], when: { optimizer: "adamw" } },
    "hiddenDims.length": { integer: [1, 2] },
    "hiddenDims.0": { integer: [4, 9] },
    "hiddenDims.1": { integer: [4, 9], when: { "hiddenDims.length": 2 } },
    dropout: { linear: [0.1, 0.5], when: { "hiddenDims.length": { min: 2 } } },
  });
  const pinned = pinSettings(conditional, { optimizer: "adamw", hiddenDims: [32], batchSize: 64 });
  expect(searched(pinned).map(({ name }) => name)).not.toContain("optimizer");
  for (let i = 0; i < 50; i++) {
    const settings = settingsAt(pinned, presets.tuned, randomPoint(pinned, createRng(3, i)));
    expect(settings).toMatchObject({ optimizer: "adamw", momentum: 0, hiddenDims: [32], batchSize: 64, dropout: 0 });
    expect(settings.learningRate).toBeLessThanOrEqual(0.01);
  }
});

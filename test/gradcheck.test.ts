/** The commands that check our own layers, with bugs planted into them. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { chainrule } from "./command.ts";

interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly hint?: string;
}

const planted = vi.hoisted(() => ({ bug: "" }));
afterEach(() => {
  planted.bug = "";
});

vi.mock("../src/layers/fc.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../src/layers/fc.ts")>();
  const fcBackward: typeof original.fcBackward = (gradOut, cache) => {
    const [gradX, gradW, gradB] = original.fcBackward(gradOut, cache);
    if (planted.bug === "sign") for (let i = 0; i < gradW.size; i++) gradW.data[i]! *= -1;
    if (planted.bug === "one element") gradB.data[1]! += 1e-8;
    if (planted.bug === "not a number") gradX.data[3] = Number.NaN;
    return [gradX, gradW, gradB];
  };
  return { ...original, fcBackward };
});

vi.mock("../src/layers/softmax-loss.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../src/layers/softmax-loss.ts")>();
  const softmaxLoss: typeof original.softmaxLoss = (scores, labels, options) => {
    const [loss, gradScores] = original.softmaxLoss(scores, labels, options);
    if (planted.bug === "no maximum") {
      const label = (labels as readonly number[])[0]!;
      const exps = Array.from(scores.data, (score) => Math.exp(score));
      const sum = exps.reduce((a, b) => a + b, 0);
      for (const [j, exp] of exps.entries()) gradScores.data[j] = exp / sum - (j === label ? 1 : 0);
      return [-Math.log(exps[label]! / sum), gradScores];
    }
    if (planted.bug === "a small error") gradScores.data[0]! += 1e-5;
    return [loss, gradScores];
  };
  return { ...original, softmaxLoss };
});

async function run(
  ...args: string[]
): Promise<{ status: number | null; passed: boolean; tolerance: number; failed: Check[] }> {
  const { status, stdout } = await chainrule([...args, "--json"]);
  const { passed, tolerance, checks } = JSON.parse(stdout);
  return { status, passed, tolerance, failed: checks.filter((check: Check) => !check.passed) };
}

describe("gradcheck layers", () => {
  test.each([
    ["sign", ["fc.w"], "the sign is flipped"],
    ["one element", ["fc.b"], undefined],
    ["not a number", ["fc.x"], "the analytic gradient holds NaN or Infinity"],
    ["a small error", ["softmaxLoss.scores", "softmaxLoss, smoothed.scores"], undefined],
  ])("%s is found in %s", async (bug, names, hint) => {
    planted.bug = bug;
    const { status, passed, failed } = await run("gradcheck", "layers");
    expect({ status, passed, failed: failed.map((check) => check.name) }).toEqual({
      status: 1,
      passed: false,
      failed: names,
    });
    expect(failed[0]!.hint).toBe(hint);
  });

  test("without a bug nothing is found, at 1e-9", async () => {
    expect(await run("gradcheck", "layers")).toEqual({ status: 0, passed: true, tolerance: 1e-9, failed: [] });
  });

  test("the table names the failure", async () => {
    planted.bug = "sign";
    const { stdout } = await chainrule(["gradcheck", "layers"]);
    expect(stdout).toMatch(/^fc +w .*FAILED: the sign is flipped$/m);
    expect(stdout).toMatch(/not all differences are below 1e-9 \(kernels: \w+\)\n$/);
  });
});

test("gradcheck models is at 1e-10", async () => {
  expect(await run("gradcheck", "models")).toEqual({ status: 0, passed: true, tolerance: 1e-10, failed: [] });
});

describe("softmax-stability", () => {
  test("a softmax that does not subtract the maximum fails where scores are large", async () => {
    planted.bug = "no maximum";
    const { status, passed, failed } = await run("softmax-stability");
    expect({ status, passed }).toEqual({ status: 1, passed: false });
    expect(new Set(failed.map(({ name }) => name))).toContain("large, wrong class");
    expect(new Set(failed.map(({ name }) => name))).not.toContain("all zero");
  });

  test("an error of 1e-5 fails in every case", async () => {
    planted.bug = "a small error";
    const { status, failed } = await run("softmax-stability");
    expect({ status, failed: failed.length }).toEqual({ status: 1, failed: 20 });
    expect((await chainrule(["softmax-stability"])).stdout).toMatch(/FAILED: see the table \(kernels: \w+\)\n$/);
  });
});

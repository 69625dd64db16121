/** The checks of our own layers, losses and models, on code that a learner wrote. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tasks } from "../../src/exercises/tasks/index.ts";
import { chainrule, emptyFolder } from "../command.ts";

/** A project of solutions, in which one text is replaced by another. */
function project(name = "", find = "", replace = ""): string {
  const folder = emptyFolder();
  for (const task of tasks) {
    const text = readFileSync(`src/exercises/tasks/${task.name}/solution.ts`, "utf8");
    if (task.name === name) expect(text).toContain(find);
    mkdirSync(join(folder, task.file, ".."), { recursive: true });
    writeFileSync(join(folder, task.file), task.name === name ? text.replaceAll(find, replace) : text);
  }
  return folder;
}

interface Check {
  readonly check: string;
  readonly name: string;
  readonly passed: boolean;
  readonly problem?: string;
}

async function run(
  cwd: string,
  ...args: string[]
): Promise<{ status: number | null; passed: boolean; failed: string[] }> {
  const { status, stdout, stderr } = await chainrule([...args, "--json"], { cwd });
  if (stdout === "") throw new Error(stderr);
  const { passed, checks } = JSON.parse(stdout) as { passed: boolean; checks: Check[] };
  return {
    status,
    passed,
    failed: checks.filter((check) => !check.passed).map(({ name, problem }) => problem ?? name),
  };
}

const layers = ["gradcheck", "--layers", "network/layers.ts"];
const net = ["gradcheck", "--model", "network/two-layer-net.ts"];
const fit = ["fit", "gradcheck", "--functions", "fitting/affine.ts", "--problems", "5"];
const stability = ["softmax-stability", "--layers", "network/layers.ts"];

test.each([
  [layers],
  [net],
  [fit],
  ["gradcheck --model network/multi-layer-net.ts".split(" ")],
])("right code passes: %j", async (args) => {
  expect(await run(project(), ...args)).toMatchObject({ status: 0, passed: true, failed: [] });
});

test("an own softmax loss that works in both precisions is stable", async () => {
  const folder = project(
    "layers",
    'const like = (x: T): T => zeros(x.shape, { dtype: "float64" });',
    "const like = (x: T): T => zeros(x.shape, { dtype: x.dtype });",
  );
  expect(await run(folder, ...stability)).toMatchObject({ status: 0, passed: true });
});

test.each([
  [
    layers,
    "layers",
    "gradW = matmul(x, gradOut, { transposeA: true })",
    "gradW = matmul(x, gradOut, { transposeA: true });\n  gradW.data[0]! *= 2",
    ["fc.w"],
  ],
  [layers, "layers", "(j === y ? 1 : 0)", "0", ["softmaxLoss.scores"]],
  [layers, "layers", "reg * w.data", "2 * reg * w.data", ["l2Regularization.w"]],
  [
    net,
    "two-layer-net",
    "fcBackward(gradHidden, fc1)",
    "fcBackward(gradActive, fc1)",
    ["TwoLayerNet.W1", "TwoLayerNet.b1"],
  ],
  [fit, "affine", "gradT.data[k] += (2 / N)", "gradT.data[k] += (1 / N)", ["t"]],
] as const)("a wrong gradient is found: %j", async (args, task, find, replace, failed) => {
  expect(await run(project(task, find, replace), ...args)).toEqual({ status: 1, passed: false, failed: [...failed] });
});

test("a softmax loss without the maximum fails on the large scores", async () => {
  const { status, failed } = await run(
    project("layers", "const max = Math.max(...row);", "const max = 0;"),
    ...stability,
  );
  expect(status).toBe(1);
  expect(failed).toContain("all 1e30");
  expect(failed).not.toContain("all zero");
});

test("what throws or returns something else is a finding, not a crash", async () => {
  const folder = project("layers", "return [out, { x }];", "return out as never;");
  const { status, failed } = await run(folder, ...layers);
  expect(status).toBe(1);
  expect(failed.join()).toContain("expected reluForward to return [out, cache]");
});

test.each([
  [["gradcheck"], /expected one of layers, models/],
  [["gradcheck", "layers", "--layers", "network/layers.ts"], /got 2/],
  [["gradcheck", "--layers", "backprop/functions.ts"], /expected pairs such as fcForward/],
  [["gradcheck", "--model", "network/layers.ts"], /expected an exported class/],
  [["softmax-stability", "--layers", "backprop/functions.ts"], /expected it to export softmaxLoss/],
  [["fit", "gradcheck", "--functions", "network/layers.ts"], /expected it to export affineTransformLoss/],
])("a mistake in the call is one line: %j", async (args, message) => {
  const { status, stderr } = await chainrule(args, { cwd: project() });
  expect(stderr).toMatch(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(status).toBe(2);
});

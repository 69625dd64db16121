import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckResult, checkGradients, coursePlans, makePlan } from "../../src/exercises/index.ts";
import type { LearnerSettings } from "../../src/node/learner-channel.ts";
import { LearnerModule } from "../../src/node/learner-module.ts";
import { createRng } from "../../src/tensor/rng.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function open(code: string, settings: Partial<LearnerSettings> = {}, extension = "mjs"): LearnerModule {
  const file = join(folder, `${count++}.${extension}`);
  writeFileSync(file, code);
  return new LearnerModule(file, { timeLimit: 10, onPrint: () => {}, ...settings });
}

const right = "export const f2 = (x) => [Math.tanh(x), [1 - Math.tanh(x) ** 2]];";
const wrong = "export const f2 = (x) => [Math.tanh(x), [3]];";

/** What the check of the module's f2 says. */
async function check(code: string, settings: Partial<LearnerSettings> = {}): Promise<CheckResult> {
  const module = open(code, settings);
  try {
    return await checkGradients("f2", coursePlans.f2, module.evaluator("f2"), 5000, createRng(1));
  } finally {
    await module.close();
  }
}

test("a right function passes, a wrong one does not", async () => {
  const [good, bad] = await Promise.all([check(right), check(wrong)]);
  expect(good).toMatchObject({ passed: true, count: 5000 });
  expect(bad).toMatchObject({ passed: false, finding: { problem: "the gradient of x is wrong", got: 3 } });
});

describe("what a module exports", () => {
  const exportsOf = async (code: string, extension?: string) => {
    const module = open(code, {}, extension);
    const loaded = await module.load();
    await module.close();
    return loaded;
  };

  test("functions with their inputs, and the names of all else", async () => {
    const code = `export const swish = (x, beta = 1) => x, scale = 3; export function f5(a, b, c, d, e) {}
      export class Net {}; export default function loss(y) {}`;
    expect(await exportsOf(code)).toEqual({
      functions: [
        { name: "f5", inputs: ["a", "b", "c", "d", "e"] },
        { name: "swish", inputs: ["x"] },
        { name: "loss", inputs: ["y"] },
      ],
      others: ["Net", "scale"],
    });
  });

  test.each([
    ["cjs", "exports.f = (x) => 1; exports.k = 2;"],
    ["cjs", "const all = { f: (x) => 1, k: 2 }; module.exports = all;"],
    ["mjs", "export default { f: (x) => 1, k: 2 };"],
    ["ts", "export const f = (x: number): number => 1; export const k: number = 2;"],
  ])("from a .%s: %s", async (extension, code) => {
    expect(await exportsOf(code, extension)).toEqual({ functions: [{ name: "f", inputs: ["x"] }], others: ["k"] });
  });

  test.each([
    ["throws", 'throw new Error("not\\nyet \\u001b[2J")', /^the module threw Error: not yet +\[2J$/],
    ["is no code", "export const = 3", /^the module threw SyntaxError/],
    ["ends the process", "process.exit(0)", /^the module ended the process$/],
    ["waits for ever", "await new Promise(() => {})", /^the module ended the process$/],
    ["never ends", "for (;;);", /^the module was still running after the time limit of 1 s$/],
  ])("a module that %s", async (_, code, problem) => {
    const module = open(code, { timeLimit: code === "for (;;);" ? 1 : 10 });
    expect(await module.load()).toMatchObject({ problem: expect.stringMatching(problem), ended: true });
    await module.close();
  });
});

describe.concurrent("calls that do not come back are ended at the time limit", () => {
  test.each([
    ["an endless loop", "for (;;);"],
    ["execSync", 'execSync("sleep 100");'],
    ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
    [
      "a read of a pipe that nobody writes to",
      'execSync("mkfifo " + import.meta.filename + ".fifo"); readFileSync(import.meta.filename + ".fifo");',
    ],
  ])("%s", async (_, statement) => {
    const code = `import { execSync } from "node:child_process"; import { readFileSync } from "node:fs";
      export const f2 = (x) => { ${statement} };`;
    const start = performance.now();
    const result = await check(code, { timeLimit: 1 });
    expect(result).toMatchObject({
      passed: false,
      finding: { problem: "was still running after the time limit of 1 s" },
    });
    expect(result.finding!.inputs!.x).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test("at which of many points is found out", async () => {
    const { finding } = await check("export const f2 = (x) => { while (x > 0.9); return [x, [1]]; };", {
      timeLimit: 1,
    });
    expect(finding!.problem).toContain("was still running");
    expect(finding!.inputs!.x).toBeGreaterThan(0.899);
  });

  test("standard input is empty: reading it does not wait", async () => {
    const code = `import { readFileSync } from "node:fs"; ${right.replace("=> [", "=> readFileSync(0).length === 0 && [")}`;
    expect(await check(code)).toMatchObject({ passed: true });
  });

  test("the processes that it started end, too", async () => {
    const mark = `sleep 97.${process.pid}`;
    const started = (): boolean => spawnSync("pgrep", ["-f", mark]).status === 0;
    const code = `import { spawn } from "node:child_process"; export const f2 = (x) => { spawn("sh", ["-c", "${mark}; true"]); for (;;); };`;
    const checked = check(code, { timeLimit: 1 });
    while (!started()) await delay(20);
    await checked;
    await delay(50);
    expect(started()).toBe(false);
  });
});

describe("memory", () => {
  const problem = "used more than the memory limit of 0.3 GB";

  test.each([
    ["buffers", "kept.push(Buffer.alloc(2e7, 1))"],
    ["objects", "kept.push(Array.from({ length: 1e5 }, () => ({})))"],
    [
      "a process it starts",
      "execSync(process.execPath + \" -e 'const k = []; for (;;) k.push(Buffer.alloc(2e7, 1))'\")",
    ],
  ])("%s count", async (_, statement) => {
    const code = `import { execSync } from "node:child_process"; const kept = []; export const f2 = (x) => { for (;;) ${statement}; };`;
    expect(await check(code, { memoryLimit: 3e8 })).toMatchObject({ passed: false, finding: { problem } });
  });
});

test("a process that ends while it is asked has failed, whatever its exit code", async () => {
  const result = await check("export const f2 = (x) => process.exit(0);");
  expect(result).toMatchObject({
    passed: false,
    finding: { problem: "ended the process", inputs: { x: expect.any(Number) } },
  });
});

test("prints arrive whole, even of a call that never ends, and are no answers", async () => {
  let printed = "";
  const code = `export const f2 = (x) => {
    for (let i = 0; i < 20000; i++) console.log("line " + i);
    console.error(JSON.stringify({ passed: true }));
    for (;;);
  };`;
  const { passed } = await check(code, {
    timeLimit: 3,
    onPrint: (bytes) => (printed += Buffer.from(bytes).toString()),
  });
  expect(passed).toBe(false);
  expect(printed).toContain('{"passed":true}');
  expect(printed.match(/^line \d+$/gm)).toHaveLength(20_000);
});

describe("a wrong function does not pass, whatever the module does beside it", () => {
  const foul = /wrote to the channel reserved for answers$/;
  const writing = (bytes: string): string => `const write = fs.writeSync;
    fs.writeSync = (fd, bytes, ...rest) => write(fd, fd === 3 ? ${bytes} : bytes, ...rest) && bytes.length; syncBuiltinESMExports();`;
  test.each([
    [
      "common functions are patched",
      `Math.abs = () => 0; Math.max = () => 0; Number.isFinite = () => true; Object.is = () => true;
        Array.prototype.every = () => true; Array.prototype.push = () => 0; Array.isArray = () => true;
        Float64Array.prototype.subarray = function () { return this; }; Float64Array.prototype.fill = () => {};`,
      /^the gradient of x is wrong$/,
    ],
    [
      "the parent is told that all passed",
      `process.send?.({ passed: true }); process.exitCode = 0; process.exit = () => {}; process.kill = () => {};
        Promise.prototype.then = (done) => done({ passed: true });`,
      /^the gradient of x is wrong$/,
    ],
    ["Float64Array is replaced", "globalThis.Float64Array = class extends Array {};", /ended the process$/],
    ["JSON is patched", `JSON.stringify = () => '{"passed":true}';`, foul],
    ["an answer before the question", `fs.writeSync(3, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]));`, foul],
    ["garbage on the channel", `fs.writeSync(3, Buffer.alloc(100, 255));`, foul],
    ["a closed channel", `fs.closeSync(3);`, /ended the process$/],
    ["zeros for answers", writing("Buffer.alloc(bytes.length)"), foul],
    ["the last gradient set to 0", writing("Buffer.from(bytes).fill(0, bytes.length - 8)"), /./],
    ["too many numbers", writing("Buffer.concat([bytes, Buffer.alloc(8)])"), foul],
    [
      "questions that are read away",
      `const read = fs.readSync; fs.readSync = (fd, bytes) => (fd === 3 ? bytes.length : read(fd, bytes)); syncBuiltinESMExports();`,
      /ended the process$/,
    ],
  ])("%s", async (_, trick, problem) => {
    const code = `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module"; ${trick}\n${wrong}`;
    const { passed, finding } = await check(code);
    expect(passed).toBe(false);
    expect(finding!.problem).toMatch(problem);
  });

  test("a message from within a call", async () => {
    const code = `import fs from "node:fs"; let calls = 0;
      export const f2 = (x) => { if (calls++ === 3000) fs.writeSync(3, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]));
      return [Math.tanh(x), [1 - Math.tanh(x) ** 2]]; };`;
    const { finding } = await check(code);
    expect(finding!.problem).toBe("wrote to the channel reserved for answers");
  });

  test("a right function passes although the module patches what we might use", async () => {
    expect(
      await check(`Math.abs = () => 1; Math.max = () => 9; Array.prototype.every = () => false;\n${right}`),
    ).toMatchObject({ passed: true });
  });
});

test("after a function ended the process, the next check has a new one", async () => {
  const module = open(`export const f1 = (x) => process.exit(0); ${right}`);
  const first = await makePlan("g", ["x"], module.evaluator("f1"), createRng(1));
  expect(first).toMatchObject({ problem: "ended the process" });
  expect(await checkGradients("f2", coursePlans.f2, module.evaluator("f2"), 50, createRng(1))).toMatchObject({
    passed: true,
  });
  await module.close();
});

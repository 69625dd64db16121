import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chainrule, emptyFolder, type Result, spawnChainrule } from "../command.ts";

interface Check {
  readonly function: string;
  readonly check: string;
  readonly passed: boolean;
  readonly finding?: { readonly problem: string; readonly inputs?: Record<string, number> };
}

async function checkModule(file: string, code: string, ...args: string[]): Promise<Result & { checks: Check[] }> {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, file), code);
  const result = await chainrule(["backprop", "--functions", file, "--trials", "50", "--json", ...args], { cwd });
  return { ...result, checks: JSON.parse(result.stdout).checks };
}

test("all four functions pass 100,000 trials each", async () => {
  const { status, stdout, stderr } = await chainrule(["backprop", "--json"]);
  const { passed, trials, checks } = JSON.parse(stdout);
  expect({ status, stderr, passed, trials }).toEqual({ status: 0, stderr: "", passed: true, trials: 100_000 });
  expect(checks).toHaveLength(8);
  for (const check of checks) {
    expect(check.largestDifference).toBeLessThan(check.tolerance);
    if (check.check === "outputs") expect(check.largestDifference).toBeLessThan(1e-14);
  }
});

const shared = "../shared/data/backprop/backprop-data.json";
test("the course's sample file passes", async (context) => {
  if (!existsSync(shared)) return context.skip(`${shared} is absent`);
  const { status, stdout, stderr } = await chainrule(["backprop", "--data-file", shared, "--action", "check-outputs"]);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: `${shared} has no samples of f4; its outputs are not checked\n`,
  });
  expect(stdout.match(/passed/g)).toHaveLength(3);
});

test("save-outputs writes a file that check-outputs accepts, the same for the same seed", async () => {
  const cwd = emptyFolder();
  for (const file of ["a.json", "b.json"])
    expect(
      (await chainrule(["backprop", "--action", "save-outputs", "--data-file", file, "--seed", "7"], { cwd })).status,
    ).toBe(0);
  expect(readFileSync(join(cwd, "a.json"), "utf8")).toBe(readFileSync(join(cwd, "b.json"), "utf8"));
  const { status, stdout } = await chainrule(["backprop", "--action", "check-outputs", "--data-file", "a.json"], {
    cwd,
  });
  expect({ status, passed: stdout.match(/passed/g)?.length }).toEqual({ status: 0, passed: 4 });
});

test("a wrong output fails with exit code 1, the inputs and both numbers", async () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "wrong.json"), JSON.stringify({ f2: { inputs: [[0], [0.5]], outputs: [0, 0.4] } }));
  const { status, stdout } = await chainrule(
    ["backprop", "--function", "f2", "--data-file", "wrong.json", "--action", "check-outputs"],
    { cwd },
  );
  expect(status).toBe(1);
  expect(stdout).toContain("f2 outputs: the output is not the sample's\n  at x = 0.5\n  output 0.46211715726");
});

test("a learner's TypeScript module with one wrong sign", async () => {
  const code = `export function f2(x: number): [number, number[]] { const t: number = Math.tanh(x); return [t, [t * t - 1]]; }`;
  const { status, checks } = await checkModule("my.ts", code, "--function", "f2");
  expect(status).toBe(1);
  expect(checks.map(({ check, passed }) => [check, passed])).toEqual([
    ["outputs", true],
    ["gradients", false],
  ]);
  expect(checks[1]!.finding).toMatchObject({ problem: "the gradient of x is wrong", of: "x" });
});

const tanh = "export const f2 = (x) => { const t = Math.tanh(x); return [t, [1 - t * t]]; };";

test("of a module with some of the course's functions these are checked; what is no function is named", async () => {
  const some = await checkModule("f2.js", `${tanh} export const k = 1;`);
  expect(some.status).toBe(0);
  expect(some.stderr).toBe(
    "f2.js does not export f1, f3, f4; not checked\nf2.js also exports k, which is not a function; ignored\n",
  );
  expect(some.checks.map(({ function: name, check, passed }) => [name, check, passed])).toEqual([
    ["f2", "outputs", true],
    ["f2", "gradients", true],
  ]);
});

test.each([
  [tanh, ["--function", "f1"], "f1", "the module does not export a function named f1"],
  ["export const g = 1;", [], "my.mjs", "the module exports no function"],
  ['throw new Error("no")', [], "my.mjs", "the module threw Error: no"],
  ["for (;;);", ["--time-limit", "2"], "my.mjs", "the module was still running after the time limit of 2 s"],
])("a module that cannot be checked fails once: %s %j", async (code, args, name, problem) => {
  const { status, checks } = await checkModule("my.mjs", code, ...args);
  expect(status).toBe(1);
  expect(checks).toMatchObject([{ function: name, check: "module", passed: false, finding: { problem } }]);
});

test("any function is checked, of any number of inputs; those without samples by their gradients", async () => {
  const { status, stderr, checks } = await checkModule(
    "own.ts",
    `export const swish = (x: number, beta = 1) => {
       const s = 1 / (1 + Math.exp(-beta * x));
       return [x * s, [s + beta * x * s * (1 - s)]];
     };
     export function f4(a: number, b: number, c: number, d: number, e: number) { return [a * b + c * d - e, [b, a, d, c, -1]]; }
     export function f5(x: number) { return [x * x, [2 * x]]; }
     export const hinge = (s: number, t: number, y: number) => {
       const sign = y === 1 ? -1 : 1, margin = 1 + sign * (s - t);
       return [Math.max(0, margin), margin > 0 ? [sign, -sign] : [0, 0]];
     };
     export const wrong = (a: number, b: number) => [a * b, [b, -a]];`,
  );
  expect(status).toBe(1);
  expect(checks.map(({ function: name, check, passed }) => [name, check, passed])).toEqual([
    ["f4", "gradients", true],
    ["f5", "gradients", true],
    ["hinge", "gradients", true],
    ["swish", "gradients", true],
    ["wrong", "gradients", false],
  ]);
  expect(checks.at(-1)!.finding).toMatchObject({ problem: "the gradient of b is wrong" });
  expect(stderr.split("\n")).toEqual([
    "own.ts does not export f1, f2, f3; not checked",
    "hinge returns no gradient for y, so y is treated as a class number, 1 or 2",
    "f4 has other inputs than the course's, so its outputs are not compared with samples",
    "",
  ]);
});

test("an f4 with the course's inputs is compared with the course's samples, an f1 with others is wrong", async () => {
  const code = `export const f4 = (x, w, b, y) => [0, [0, 0, 0]]; export const f1 = (x) => [x, [1]];`;
  const { checks } = await checkModule("my.js", code);
  expect(checks.map(({ function: name, check, passed, finding }) => [name, check, passed, finding?.problem])).toEqual([
    ["f1", "outputs", false, "expected 6 inputs, as the samples have, got 1"],
    ["f1", "gradients", true, undefined],
    ["f4", "outputs", false, "the output is not the sample's"],
    ["f4", "gradients", true, undefined],
  ]);
});

test("--range and --classes say where inputs are drawn from", async () => {
  const code = `export const g = (x, k) => [x > 5 && k === 3 ? 1 : x, [1]];`; // wrong for large x and class 3 only
  const passed = async (...args: string[]): Promise<boolean> =>
    (await checkModule("g.js", code, "--trials", "1000", ...args)).checks[0]!.passed;
  expect(await passed("--classes", "k=3")).toBe(true);
  expect(await passed("--classes", "k=2", "--range", "4..6")).toBe(true);
  expect(await passed("--classes", "k=3", "--range", "x=4..6")).toBe(false);
});

test("whatever a learner's functions do is a finding, and what they print goes to stderr", async () => {
  const code = `
    export const f1 = () => { throw new Error("not yet"); };
    export const f2 = (x) => { console.log("busy"); for (;;); };
    export const f3 = () => process.exit(0);
  `;
  const { status, checks, stderr } = await checkModule("my.js", code, "--action", "check-grads", "--time-limit", "2");
  expect(status).toBe(1);
  expect(checks.map(({ finding }) => finding!.problem)).toEqual([
    "threw Error: not yet",
    "was still running after the time limit of 2 s",
    "ended the process",
  ]);
  expect(Object.keys(checks[1]!.finding!.inputs!)).toEqual(["x"]);
  expect(stderr).toContain("busy\n");
});

test("as a command: prints beside results, exit code 1, and nothing that goes on running", () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "my.mjs"), `console.log("loaded"); setInterval(() => {}, 1000); ${tanh}`);
  const { status, stdout, stderr } = spawnChainrule(["backprop", "--functions", "my.mjs", "--trials", "9"], { cwd });
  expect(status).toBe(0);
  expect(stdout.match(/passed/g)).toHaveLength(2);
  expect(stderr).toContain("loaded\n");
});

test("points at kinks are counted below the table", async () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "my.mjs"), "export const relu = (x) => [Math.max(0, x), [x > 0 ? 1 : 0]];");
  const args = ["backprop", "--functions", "my.mjs", "--trials", "1000", "--range", "-0.001..0.001"];
  const { status, stdout } = await chainrule(args, { cwd });
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /\nrelu gradients: \d+ points skipped because the function has a kink there and so no numeric gradient\n$/,
  );
});

test.each([
  [["--functions", "absent.ts"], "absent.ts: no such file or folder"],
  [["--functions", "."], "expected a file"],
  [["--functions", "notes.txt"], "expected a module ending in .js or .ts"],
  [["--data-file", "absent.json"], "absent.json: no such file or folder"],
  [["--data-file", "notes.txt"], "notes.txt: expected JSON, got a syntax error"],
  [["--data-file", "empty.json"], "empty.json has no samples of f1, f2, f3, f4"],
  [["--data-file", "empty.json", "--function", "f4"], "empty.json has no samples of f4; use --action check-grads"],
  [["--action", "save-outputs"], "save-outputs needs --data-file"],
  [["--action", "save-outputs", "--data-file", "nowhere/a.json"], "cannot write nowhere/a.json"],
  [["--function", "swish"], "expected one of all, f1, f2, f3, f4; functions of your own need --functions"],
  [["--range", "x=2..1"], "expected name=from..to or from..to with from < to, for instance x=0.1..5"],
  [["--range", "q=1..2"], "--range q: no function has an input of that name; expected one of x1, w1, x2, w2, b, y, x"],
  [["--classes", "y=0"], "expected name=n with a whole number n >= 1, for instance y=3"],
  [["--action", "guess"], "Allowed choices are check-both"],
  [["--trials", "0"], "expected a whole number >= 1"],
])("%j is a mistake in one line", async (args, message) => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "notes.txt"), "not json");
  writeFileSync(join(cwd, "empty.json"), "{}");
  const action = args.includes("--action") ? [] : ["--action", "check-outputs"];
  const { status, stdout, stderr } = await chainrule(["backprop", ...action, ...args], { cwd });
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^chainrule: /);
});

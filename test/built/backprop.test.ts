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

/** In a process of its own: a thread that loads the module needs the built command. */
function checkModule(file: string, code: string, ...args: string[]): { status: number | null; checks: Check[] } {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, file), code);
  const command = ["backprop", "--functions", file, "--trials", "50", "--json", ...args];
  const { status, stdout } = spawnChainrule(command, { cwd });
  return { status, checks: JSON.parse(stdout).checks };
}

test("all four functions pass 100,000 trials each", async () => {
  const { status, stdout, stderr } = await chainrule(["backprop", "--json"]);
  const { passed, trials, checks } = JSON.parse(stdout);
  expect({ status, stderr, passed, trials }).toEqual({ status: 0, stderr: "", passed: true, trials: 100_000 });
  expect(checks).toHaveLength(8);
  for (const check of checks) {
    expect(check.largestDifference).toBeLessThan(check.tolerance);
    if (check.check === "outputs") expect(check.largestDifference).toBe(0);
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

test("a learner's TypeScript module with one wrong sign", () => {
  const code = `export function f2(x: number): [number, number[]] { const t: number = Math.tanh(x); return [t, [t * t - 1]]; }`;
  const { status, checks } = checkModule("my.ts", code, "--function", "f2");
  expect(status).toBe(1);
  expect(checks.map(({ check, passed }) => [check, passed])).toEqual([
    ["outputs", true],
    ["gradients", false],
  ]);
  expect(checks[1]!.finding).toMatchObject({ problem: "the gradient of x is wrong", of: "x" });
});

test("of a module with some of the functions these are checked, one with none fails", () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "f2.js"), "export const f2 = (x) => { const t = Math.tanh(x); return [t, [1 - t * t]]; };");
  writeFileSync(join(cwd, "none.js"), "export const g = 1;");
  const check = (...args: string[]): Result =>
    spawnChainrule(["backprop", "--trials", "50", "--functions", ...args], { cwd });
  const some = check("f2.js");
  expect([some.status, some.stderr]).toEqual([0, "f2.js does not export f1, f3, f4; not checked\n"]);
  expect(some.stdout.match(/passed/g)).toHaveLength(2);
  const one = check("f2.js", "--function", "f1");
  expect([one.status, one.stdout.includes("the module does not export a function named f1")]).toEqual([1, true]);
  const none = check("none.js");
  expect([none.status, none.stdout.match(/FAILED/g)?.length]).toEqual([1, 8]);
});

test("whatever a learner's functions do is a finding", () => {
  const code = `
    export const f1 = () => { throw new Error("not yet"); };
    export const f2 = (x) => { console.log("busy"); for (;;); };
    export const f3 = () => process.exit(0);
  `;
  const { status, checks } = checkModule("my.js", code, "--action", "check-grads", "--time-limit", "1.5");
  expect(status).toBe(1);
  expect(checks.map(({ finding }) => finding!.problem)).toEqual([
    "threw Error: not yet",
    "f2 was still running after 1.5 s, the time limit",
    "ended the process",
  ]);
  expect(Object.keys(checks[1]!.finding!.inputs!)).toEqual(["x"]);
});

test.each([
  ["throws", 'throw new Error("no")', "the module threw Error: no"],
  ["never ends", "for (;;);", "the module was still running after 1.5 s, the time limit"],
  ["is no code", "export const = 3", "the module threw "],
])("a module that %s is a finding", (_, code, problem) => {
  const { status, checks } = checkModule("my.mjs", code, "--function", "f1", "--time-limit", "1.5");
  expect(status).toBe(1);
  expect(checks[0]!.finding!.problem).toContain(problem);
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

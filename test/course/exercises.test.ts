/** The course as staff and learners use it: the built command, real processes, and submissions that do not play fair. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { beforeAll, describe, expect, test } from "vitest";
import type { CheckGrade } from "../../src/exercises/grading.ts";
import { tasks } from "../../src/exercises/tasks/index.ts";
import { emptyFolder, spawnChainrule } from "../command.ts";

const solutionOf = (name: string): string => readFileSync(`src/exercises/tasks/${name}/solution.ts`, "utf8");

/** A project with every solution in it. */
function solved(): string {
  const folder = emptyFolder();
  fill(folder);
  return folder;
}

function fill(folder: string): void {
  for (const { name, file } of tasks) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), solutionOf(name));
  }
}

interface Graded {
  points: number;
  maxPoints: number;
  extras: number;
  checks: CheckGrade[];
}

function check(folder: string, ...args: string[]): Graded & { status: number | null } {
  const { status, stdout, stderr } = spawnChainrule(["exercises", "check", ...args, "--json"], { cwd: folder });
  if (stdout === "") throw new Error(stderr);
  return { status, ...JSON.parse(stdout) };
}

test("from init, task after task: the points climb as the assignment says", () => {
  const folder = emptyFolder();
  expect(spawnChainrule(["exercises", "init", "."], { cwd: folder }).status).toBe(0);
  const text = readFileSync(join(folder, "assignment.md"), "utf8");
  let expected = 0;
  for (const { name, file, part, checks } of tasks.filter(({ part }) => part !== "extras")) {
    const before = check(folder, name);
    expect(before).toMatchObject({ status: 1, points: 0 });
    for (const grade of before.checks) expect(grade.status).toBe("untouched");
    writeFileSync(join(folder, file), solutionOf(name)); // and no file of a later task
    const after = check(folder, name);
    const points = checks.flatMap(({ parts }) => parts).reduce((sum, { points }) => sum + points, 0);
    expect(after).toMatchObject({ status: 0, points, maxPoints: points });
    expect(text).toContain(`| \`${file}\` | ${points} |`);
    expect(text.toLowerCase()).toContain(`## ${part} (`);
    expected += points;
  }
  expect(expected).toBe(100);
  expect(text).not.toContain("gradT.data[k] +="); // no solution in what learners get
  expect(spawnChainrule(["exercises", "init", "."], { cwd: folder })).toMatchObject({ status: 2 });
}, 120_000);

describe("a learner's file that does not play fair scores what it deserves", () => {
  let folder: string;
  beforeAll(() => {
    folder = join(process.env.TMPDIR ?? "/tmp", `chainrule-exercises-test-${process.pid}`);
    mkdirSync(folder);
    fill(folder);
    return () => rmSync(folder, { recursive: true });
  });

  /** Grades the layers with this text in the place of the solution. */
  const layers = (text: string): Graded => {
    writeFileSync(join(folder, "network/layers.ts"), text);
    return check(folder, "layers", "--time-limit", "2");
  };
  const problemsOf = ({ checks }: Graded): string =>
    checks.flatMap(({ findings }) => findings.map(({ problem }) => problem)).join("\n");

  test.each([
    ["an empty file", "", /expected fcForward to be a function, got undefined/],
    ["a syntax error", "export function (", /threw SyntaxError|ParseError|threw/],
    ["process.exit(0)", "process.exit(0);", /ended the process/],
    ["an endless loop", "for (;;);", /time limit of 2 s/],
    ["the library's own functions", 'export * from "../node_modules/chainrule/dist/index.js";', /may import/],
    ["the reference by name", 'export { fcForward, fcBackward } from "chainrule";', /imports fcForward from chainrule/],
    [
      "another package",
      'import { readFileSync } from "node:fs"; export const fcForward = readFileSync;',
      /imports node:fs/,
    ],
  ])("%s: no points", (_, text, problem) => {
    const graded = layers(text);
    expect(graded.points).toBe(0);
    expect(problemsOf(graded)).toMatch(problem);
  });

  test("patched globals change nothing", () => {
    const patch = `Math.abs = () => 0; Math.max = () => 0; Object.is = () => true; Array.prototype.every = () => true;\n`;
    expect(
      layers(
        `${patch}${solutionOf("layers").replace("matmul(x, w)", "zeros([x.shape[0]!, w.shape[1]!], { dtype: 'float64' })")}`,
      ).checks[0],
    ).toMatchObject({
      check: "fcForward",
      points: 0,
    });
  });

  test("what is printed does not reach the grades, a forged answer on the channel fails", () => {
    const forged = `console.log(JSON.stringify({ points: 100 }));\nimport("node:fs").then((fs) => fs.writeSync(3, "{}"));\n`;
    const graded = layers(`${forged}export const fcForward = () => 1;`);
    expect(graded.points).toBe(0);
  });

  test("one failure costs only itself", () => {
    const graded = layers(solutionOf("layers").replace("row[y]! - max)) / N", "row[y]! - max))"));
    expect(graded.points).toBe(20 - 2 - 0.5);
    writeFileSync(join(folder, "network/layers.ts"), solutionOf("layers"));
  });

  test("the formats agree with each other, and hidden checks are counted apart", () => {
    const args = ["exercises", "check", "functions", "--hidden-seed", "7", "--format"];
    const run = (format: string): string => spawnChainrule([...args, format], { cwd: folder }).stdout;
    expect(JSON.parse(run("json"))).toMatchObject({ points: 25, maxPoints: 25, hidden: { points: 25, maxPoints: 25 } });
    const { tests } = JSON.parse(run("gradescope")) as { tests: { score: number; visibility: string }[] };
    expect(tests.filter(({ visibility }) => visibility === "visible").reduce((sum, { score }) => sum + score, 0)).toBe(
      25,
    );
    expect(tests.filter(({ visibility }) => visibility === "hidden")).toHaveLength(4);
    expect(run("junit")).toContain('tests="8" failures="0"');
    expect(JSON.parse(run("exercism"))).toMatchObject({ version: 2, status: "pass" });
    expect(run("text")).toContain("hidden checks, counted apart: 25 of 25 points");
  });
});

test("pack and validate: what comes out goes in again, and dangerous archives are refused", () => {
  const folder = solved();
  expect(spawnChainrule(["exercises", "pack"], { cwd: folder }).status).toBe(0);
  const validate = (file: string): { status: number | null; stdout: string; stderr: string } =>
    spawnChainrule(["exercises", "validate", file, "--json"], { cwd: folder });
  expect(JSON.parse(validate("submission.zip").stdout)).toMatchObject({ missing: [] });
  const bad: [string, Record<string, Uint8Array>, RegExp][] = [
    ["up.zip", { "../evil.ts": strToU8("x") }, /leads out of the folder/],
    ["root.zip", { "/etc/evil.ts": strToU8("x") }, /leads out of the folder/],
    ["bomb.zip", { "network/layers.ts": new Uint8Array(2e6) }, /2000000 bytes, expected at most 1000000/],
    [
      "many.zip",
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}.ts`, strToU8("x")])),
      /at most 200 files/,
    ],
  ];
  for (const [name, entries, message] of bad) {
    writeFileSync(join(folder, name), zipSync(entries));
    const { status, stderr } = validate(name);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
  }
  writeFileSync(join(folder, "broken.zip"), "no zip");
  expect(validate("broken.zip")).toMatchObject({ status: 2 });
});

test("grade: a table, feedback, clusters, twins; nothing is graded twice and a bad archive stops nobody", () => {
  const folder = emptyFolder();
  const students = join(folder, "in");
  const mutants: Record<string, [name: string, find: string, replace: string] | undefined> = {
    ann: undefined,
    bob: ["layers", "(reg / 2) * sum", "reg * sum"],
    cid: ["layers", "(reg / 2) * sum", "reg * sum"],
    dan: ["functions", "[2 * gradA]", "[gradA]"],
  };
  for (const [student, mutant] of Object.entries(mutants)) {
    fill(join(students, student));
    const task = tasks.find(({ name }) => name === mutant?.[0]);
    if (!mutant || !task) continue;
    const comment = student === "cid" ? "// my own work\n" : "";
    writeFileSync(join(students, student, task.file), comment + solutionOf(mutant[0]).replace(mutant[1], mutant[2]));
  }
  writeFileSync(join(students, "eve.zip"), "no zip at all");
  const grade = () => spawnChainrule(["exercises", "grade", "in", "--json"], { cwd: folder });
  const first = grade();
  const csv = readFileSync(join(folder, "grades.csv"), "utf8");
  const points = Object.fromEntries(
    csv
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => [line.split(",")[0], Number(line.split(",")[1])]),
  );
  // The training step uses the wrong penalty too: 1 point there, 4 for its loss.
  expect(points).toEqual({ ann: 100, bob: 95, cid: 95, dan: 97, eve: 0 });
  const { clusters, identical } = JSON.parse(first.stdout);
  expect(clusters[0]).toMatchObject({ check: "l2Regularization", students: ["bob", "cid"] });
  expect(identical).toEqual([{ how: "but for names and comments", students: ["bob", "cid"] }]);
  expect(readdirSync(join(folder, "feedback"))).toContain("dan.txt");
  expect(readFileSync(join(folder, "feedback/dan.txt"), "utf8")).toContain("inner derivative 2");

  // As if it had been killed before the last two: the rest is taken from where it was noted.
  rmSync(join(folder, "grades.csv"));
  rmSync(join(folder, "feedback/dan.json"));
  const marked = JSON.parse(readFileSync(join(folder, "feedback/ann.json"), "utf8"));
  writeFileSync(join(folder, "feedback/ann.json"), JSON.stringify({ ...marked, isFromBefore: true }));
  grade();
  expect(readFileSync(join(folder, "grades.csv"), "utf8")).toBe(csv);
  expect(readFileSync(join(folder, "feedback/ann.json"), "utf8")).toContain("isFromBefore");
}, 180_000);

test("mistakes in the call are one line and exit 2", () => {
  const folder = emptyFolder();
  cpSync("README.md", join(folder, "README.md"));
  for (const [args, message] of [
    [["check"], /has none of backprop\/functions.ts/],
    [["check", "nonsense"], /expected one of functions, affine/],
    [["hint", "f9"], /expected one of f1/],
    [["pack"], /lacks backprop\/functions.ts/],
    [["grade", "."], /has no .zip files/],
    [["init", "."], /expected an empty or new folder/],
  ] as const) {
    const { status, stderr } = spawnChainrule(["exercises", ...args], { cwd: folder });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
  }
});

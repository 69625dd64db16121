import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createJiti } from "jiti";
import { afterAll, describe, expect, test } from "vitest";
import { createRng } from "../tensor/index.ts";
import { type CheckGrade, gradeCheck } from "./grading.ts";
import { type Ask, type Module, runProgram } from "./program.ts";
import type { Task } from "./task.ts";
import { tasks } from "./tasks/index.ts";
import { given } from "./tasks/nets.ts";
import type { Wrong } from "./tasks/wrong.ts";

const folder = mkdtempSync(join(tmpdir(), "exercises-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

const textOf = (task: Task, file: string): string =>
  readFileSync(new URL(`tasks/${task.name}/${file}`, import.meta.url), "utf8");

/** Loads a learner's text as the grader does: with the learners' library, and with solutions of the other files beside it. */
async function load(task: Task, text: string): Promise<Module> {
  const project = join(folder, String(made++));
  for (const other of tasks) {
    const file = join(project, other.file);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, other === task ? text : textOf(other, "solution.ts"));
  }
  const library = new URL("learner-library.ts", import.meta.url).pathname;
  const jiti = createJiti(import.meta.url, { fsCache: false, alias: { chainrule: library } });
  return { ...given, ...(await jiti.import<Module>(join(project, task.file))) };
}

async function gradeAll(task: Task, module: Module, seed = 1): Promise<CheckGrade[]> {
  const ask: Ask = async (steps) => runProgram(module, steps);
  const grades: CheckGrade[] = [];
  for (const check of task.checks) grades.push(await gradeCheck(task, check, ask, createRng(seed)));
  return grades;
}

const pointsOf = (grades: readonly CheckGrade[]): number => grades.reduce((sum, { points }) => sum + points, 0);

describe.each(tasks)("$name", (task) => {
  test.each([1, 2, 3])("the reference solution has every point with seed %i", async (seed) => {
    const grades = await gradeAll(task, await load(task, textOf(task, "solution.ts")), seed);
    expect(grades.flatMap(({ findings }) => findings)).toEqual([]);
    expect(pointsOf(grades)).toBe(grades.reduce((sum, { maxPoints }) => sum + maxPoints, 0));
  });

  test("untouched stubs have no points and no complaints", async () => {
    const grades = await gradeAll(task, await load(task, textOf(task, "stub.ts")));
    for (const grade of grades) expect(grade).toMatchObject({ status: "untouched", points: 0, findings: [] });
  });

  test("an empty module has no points", async () => {
    const grades = await gradeAll(task, {});
    expect(pointsOf(grades)).toBe(0);
  });
});

const wrongs: [task: Task, ...Wrong][] = [];
for (const task of tasks) {
  const { wrong } = (await import(`./tasks/${task.name}/wrong.ts`)) as { wrong: readonly Wrong[] };
  for (const one of wrong) wrongs.push([task, ...one]);
}

test("at least forty mistakes are recognised by their numbers", () => {
  expect(wrongs.length).toBeGreaterThanOrEqual(40);
  expect(new Set(wrongs.map(([task, id, check]) => `${task.name} ${check} ${id}`)).size).toBeGreaterThanOrEqual(40);
});

test.each(
  wrongs.map(([task, id, check, find, replace]) => [id, check, task, find, replace] as const),
)("%s in %s is diagnosed, and nothing else loses points", async (id, check, task, find, replace) => {
  const text = textOf(task, "solution.ts");
  expect(text).toContain(find);
  for (const seed of [1, 442]) {
    const grades = await gradeAll(task, await load(task, text.replaceAll(find, replace)), seed);
    const grade = grades.find((g) => g.check === check)!;
    expect(grade.status).toBe("failed");
    expect(grade.points).toBeLessThan(grade.maxPoints);
    const found = grade.findings.map(({ mistake, problem }) => mistake?.id ?? problem);
    expect(found).toContain(id);
    for (const other of found) expect(other).toBe(id); // no finding without its right explanation
    const dependent = new Set([check, ...wrongsElsewhere(check)]);
    for (const g of grades) if (!dependent.has(g.check)) expect(g).toMatchObject({ points: g.maxPoints });
  }
});

/** Checks that use what another one checks. */
function wrongsElsewhere(check: string): string[] {
  if (check === "affineTransformLoss") return ["fitByDescent", "fitByRansac"];
  if (check === "TwoLayerNet, forward") return ["TwoLayerNet, backward"];
  if (check === "MultiLayerNet, forward") return ["MultiLayerNet, backward"];
  if (check.startsWith("softmaxLoss")) return ["softmaxLoss", "softmaxLoss, large scores"];
  return [];
}

test("the points of the parts are those that the assignment states", async () => {
  const total = (part: string): number =>
    tasks
      .filter((task) => task.part === part)
      .flatMap(({ checks }) => checks.flatMap(({ parts }) => parts.map(({ points }) => points)))
      .reduce((a, b) => a + b, 0);
  expect(["graphs", "fitting", "networks", "extras"].map(total)).toEqual([25, 25, 50, 20]);
});

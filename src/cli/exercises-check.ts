/** `chainrule exercises check`: grades of one project, once or whenever a file is saved. */
import { watch } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  describeFinding,
  formatExercism,
  formatGradescope,
  formatJunit,
  type GradeFormat,
  type Grades,
  sumPoints,
} from "../exercises/formats.ts";
import type { CheckGrade } from "../exercises/grading.ts";
import { partNames, type Task } from "../exercises/task.ts";
import { tasks } from "../exercises/tasks/index.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { gradeProject } from "../node/grade-project.ts";
import { UserError } from "../node/user-mistake.ts";
import { formatTable, io, print, remark, remarkFile } from "./print.ts";

export interface CheckOptions {
  readonly dir: string;
  readonly format: GradeFormat;
  readonly json?: boolean;
  readonly out?: string;
  readonly watch?: boolean;
  readonly timeLimit: number;
  readonly seed: number;
  readonly hiddenSeed?: number;
}

export async function runCheck(name: string | undefined, options: CheckOptions): Promise<void> {
  const chosen = name === undefined ? tasks : tasks.filter((task) => task.name === name);
  if (chosen.length === 0)
    throw new UserError(`exercises check: expected one of ${tasks.map((task) => task.name).join(", ")}, got ${name}`);
  await checkFolder(options.dir);
  if (options.watch) return await watchProject(chosen, options);
  await checkOutputs([options.out]);
  const grades = await gradeBoth(options.dir, chosen, options);
  const text = format(grades, options.json ? "json" : options.format);
  if (options.out === undefined) print(text.trimEnd());
  else remarkFile(options.out, await writeFile(options.out, text));
  if (grades.visible.some((grade) => grade.status !== "passed" && !isExtra(grade))) io().exitCode = 1;
}

async function checkFolder(dir: string): Promise<void> {
  const found = await Promise.all(tasks.map(({ file }) => stat(join(dir, file)).catch(() => undefined)));
  if (found.every((file) => file === undefined))
    throw new UserError(
      `exercises: ${dir} has none of ${tasks.map(({ file }) => file).join(", ")}; make a project with: chainrule exercises init DIR`,
    );
}

interface BothOptions {
  readonly seed: number;
  readonly hiddenSeed?: number;
  readonly timeLimit: number;
  /** Checks at a time. */
  readonly parallel?: number;
  /** Drops what the learner's code prints. */
  readonly isQuiet?: boolean;
}

/** The visible checks, and the hidden ones where there is a seed for them. */
export async function gradeBoth(
  folder: string,
  chosen: readonly Task[],
  { hiddenSeed, isQuiet, ...options }: BothOptions,
): Promise<Grades> {
  const { stderr } = io();
  const onPrint = (bytes: Uint8Array): void => void stderr.write(bytes); // prints must not mix with the grades
  const visible = await gradeProject(folder, chosen, { ...options, ...(!isQuiet && { onPrint }) });
  if (hiddenSeed === undefined) return { visible };
  return { visible, hidden: await gradeProject(folder, chosen, { ...options, seed: hiddenSeed }) };
}

export function isExtra({ task }: CheckGrade): boolean {
  return tasks.find(({ name }) => name === task)?.part === "extras";
}

export function format(grades: Grades, name: GradeFormat): string {
  if (name === "text") return formatText(grades);
  if (name === "junit") return formatJunit(grades);
  const json =
    name === "json" ? asJson(grades) : name === "gradescope" ? formatGradescope(grades) : formatExercism(grades);
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** `points` and `maxPoints` are of the visible checks without extras; `hidden` has its own. */
export function asJson({ visible, hidden }: Grades): object {
  const { points, maxPoints, extras } = sumPoints(visible, isExtra);
  return {
    points,
    maxPoints,
    extras,
    checks: visible,
    ...(hidden && { hidden: { ...sumPoints(hidden, isExtra), checks: hidden } }),
  };
}

function formatText({ visible, hidden }: Grades): string {
  const rows = visible.map((g) => [g.task, g.check, `${g.points}`, `${g.maxPoints}`, verdict(g)]);
  const lines = [formatTable(["task", "check", "points", "of", "verdict"], rows)];
  for (const grade of visible)
    for (const finding of grade.findings) lines.push(`\n${grade.check}: ${describeFinding(finding)}`);
  const { points, maxPoints, extras } = sumPoints(visible, isExtra);
  lines.push(`\n${points} of ${maxPoints} points${extras > 0 ? `, and ${extras} extra` : ""}${partSums(visible)}`);
  if (hidden) {
    const apart = sumPoints(hidden, isExtra);
    lines.push(`hidden checks, counted apart: ${apart.points} of ${apart.maxPoints} points`);
  }
  return `${lines.join("\n")}\n`;
}

function partSums(grades: readonly CheckGrade[]): string {
  const sums = partNames.flatMap((part) => {
    const own = grades.filter(({ task }) => tasks.find(({ name }) => name === task)?.part === part);
    const sum = (of: "points" | "maxPoints"): number => own.reduce((total, g) => total + g[of], 0);
    return own.length === 0 ? [] : [`${part} ${sum("points")}/${sum("maxPoints")}`];
  });
  return ` (${sums.join(", ")})`;
}

function verdict({ status, points }: CheckGrade): string {
  if (status === "passed") return "right";
  return status === "untouched" ? "not written yet" : points > 0 ? "partly right" : "wrong";
}

/** What has been solved is remembered here, in the project. */
const memory = ".chainrule/solved.json";

/**
 * Checks one thing at a time: the first that is not solved. When it is right, the next one follows; a change to a file
 * checks again what that file has.
 */
async function watchProject(chosen: readonly Task[], options: CheckOptions): Promise<void> {
  const { dir } = options;
  const solved = new Set<string>(await readMemory(dir));
  let isRunning = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (isRunning) {
      again = true;
      return;
    }
    isRunning = true;
    do {
      again = false;
      await checkNext(chosen, solved, options);
    } while (again);
    isRunning = false;
  };
  await run();
  const folders = new Set(chosen.map(({ file }) => dirname(file)));
  const watchers = [...folders].map((folder) => watch(join(dir, folder), () => void run()));
  remark("watching; Ctrl-C ends");
  await new Promise<void>((end) => process.once("SIGINT", end));
  for (const watcher of watchers) watcher.close();
}

async function checkNext(chosen: readonly Task[], solved: Set<string>, options: CheckOptions): Promise<void> {
  const { dir, seed, timeLimit } = options;
  for (const task of chosen)
    for (const check of task.checks) {
      const key = `${task.name}/${check.name}`;
      if (solved.has(key)) continue;
      const [grade] = await gradeProject(dir, [{ ...task, checks: [check] }], { seed, timeLimit, parallel: 1 });
      if (grade!.status !== "passed") {
        print(`${check.name} (${task.file}): ${verdict(grade!)}, ${grade!.points} of ${grade!.maxPoints} points`);
        for (const finding of grade!.findings.slice(0, 1)) print(describeFinding(finding));
        return;
      }
      solved.add(key);
      await mkdir(join(dir, dirname(memory)), { recursive: true });
      await writeFile(join(dir, memory), `${JSON.stringify([...solved], null, 2)}\n`);
      print(`${check.name}: right, ${grade!.points} points`);
    }
  print("everything is solved; `chainrule exercises check` counts the points");
}

async function readMemory(dir: string): Promise<string[]> {
  try {
    const list: unknown = JSON.parse(await readFile(join(dir, memory), "utf8"));
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return []; // nothing solved yet
  }
}

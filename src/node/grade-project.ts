/** Grades a folder of exercises: every check in a process of its own, its results compared here, out of its reach. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type CheckGrade, failedGrade, gradeCheck } from "../exercises/grading.ts";
import * as library from "../exercises/learner-library.ts";
import type { Check, Task } from "../exercises/task.ts";
import { createRng } from "../tensor/index.ts";
import { openLearner } from "./learner-calls.ts";

export interface GradeOptions {
  /** Of the inputs; every check draws its own from it. */
  readonly seed: number;
  /** Seconds for loading, and then for each call. */
  readonly timeLimit: number;
  /** Checks at a time; default 2. */
  readonly parallel?: number;
  readonly onGrade?: (grade: CheckGrade) => void;
  /** Receives what the learner's code prints. */
  readonly onPrint?: (bytes: Uint8Array) => void;
}

/** @returns one grade per check, in the order of the tasks */
export async function gradeProject(
  folder: string,
  tasks: readonly Task[],
  options: GradeOptions,
): Promise<CheckGrade[]> {
  const jobs = tasks.flatMap((task) => task.checks.map((check) => ({ task, check })));
  const objections = new Map<Task, string | undefined>();
  for (const task of tasks) objections.set(task, await findObjection(folder, task));
  const cache = await mkdtemp(join(tmpdir(), "chainrule-exercises-"));
  await translate(await projectFiles(folder, tasks), resolve(folder), cache);
  const grades: CheckGrade[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < jobs.length; at = next++) {
      const { task, check } = jobs[at]!;
      const objection = objections.get(task);
      const grade =
        objection === undefined
          ? await gradeOne(resolve(folder, task.file), cache, task, check, options)
          : failedGrade(task, check, objection);
      grades[at] = grade;
      options.onGrade?.(grade);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.parallel ?? 2 }, work));
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
  return grades;
}

/**
 * Translates the files from TypeScript once, here, where the translator has been loaded already: the processes find the result
 * in the cache. What cannot be translated is left to them to report.
 */
async function translate(files: ReadonlyMap<string, string>, folder: string, cache: string): Promise<void> {
  const { createJiti } = await import("jiti");
  const translator = createJiti(import.meta.url, { fsCache: cache });
  for (const [name, source] of files)
    try {
      translator.transform({ source, filename: join(folder, name), ts: /ts$/.test(name), async: true });
    } catch {}
}

/** The generator of a check: the same whichever checks run, and in which order. */
function rngFor(seed: number, task: Task, check: Check): ReturnType<typeof createRng> {
  const digest = createHash("sha256").update(`${task.name}/${check.name}`).digest();
  return createRng(seed, digest.readUInt32LE(0) >>> 1);
}

async function gradeOne(
  file: string,
  cache: string,
  task: Task,
  check: Check,
  options: GradeOptions,
): Promise<CheckGrade> {
  const { seed, timeLimit, onPrint = () => {} } = options;
  const opened = await openLearner(file, { timeLimit, onPrint }, { library: "exercises", cache });
  if ("problem" in opened) return failedGrade(task, check, `${task.file} ${opened.problem}`);
  try {
    return await gradeCheck(task, check, opened.ask, rngFor(seed, task, check));
  } finally {
    await opened.close();
  }
}

/** What keeps a file from being run at all: it is missing, or imports what it must not. */
async function findObjection(folder: string, task: Task): Promise<string | undefined> {
  const seen = new Set<string>();
  const visit = async (file: string): Promise<string | undefined> => {
    if (seen.has(file)) return undefined;
    seen.add(file);
    const name = relative(folder, file);
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch {
      return `${name} is missing`;
    }
    for (const { names, from } of importsOf(text)) {
      if (from === "chainrule") {
        const wanted = names.find(
          (imported) =>
            /Forward|Backward|Loss|Regularization|Net$|Classifier|SGD|Adam|Step|^fit|accuracy|^f\d$|^\*/i.test(
              imported,
            ) && !Object.hasOwn(library, imported),
        );
        if (wanted)
          return `${name} imports ${wanted === "*" ? "everything" : wanted} from chainrule: the task is to write it yourself`;
        continue;
      }
      const target = resolve(dirname(file), from);
      const isInside =
        from.startsWith(".") && target.startsWith(resolve(folder) + sep) && !target.includes("node_modules");
      if (!isInside) return `${name} imports ${from}: a task may import "chainrule" and files of its own project only`;
      const objection = await visit(target);
      if (objection) return objection;
    }
    return undefined;
  };
  return await visit(resolve(folder, task.file));
}

/** The imports of a text, types left out. Found by pattern: this guards against shortcuts, it is no sandbox. */
function importsOf(text: string): { names: string[]; from: string }[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found: { names: string[]; from: string }[] = [];
  for (const [, clause = "", from = ""] of code.matchAll(
    /\b(?:import|export)\s+([^;"'`]*?)\s*from\s*["']([^"']+)["']/g,
  )) {
    if (/^type\b/.test(clause)) continue;
    const names = clause.includes("*") ? ["*"] : [...clause.matchAll(/[A-Za-z_$][\w$]*/g)].map(([name]) => name);
    const types = new Set([...clause.matchAll(/\btype\s+([\w$]+)/g)].map(([, name]) => name));
    found.push({ names: names.filter((name) => !types.has(name) && !["type", "as"].includes(name)), from });
  }
  for (const [, from = ""] of code.matchAll(/(?:\bimport\s*\(?|\brequire\s*\()\s*["'`]([^"'`]+)["'`]/g))
    found.push({ names: [], from });
  return found;
}

/** Every file of a project that belongs to a task, as `path → text`; files that are missing are left out. */
export async function projectFiles(folder: string, tasks: readonly Task[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const part of new Set(tasks.map(({ file }) => dirname(file)))) {
    const entries = await readdir(join(folder, part), { withFileTypes: true }).catch(() => []);
    for (const entry of entries)
      if (entry.isFile() && /\.[mc]?[jt]s$/.test(entry.name))
        files.set(`${part}/${entry.name}`, await readFile(join(folder, part, entry.name), "utf8"));
  }
  return files;
}

/** What the course hands out: a project with stubs and an assignment, written from the folders of the tasks. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pointsOf } from "../exercises/grading.ts";
import { partNames, type Task } from "../exercises/task.ts";
import { tasks } from "../exercises/tasks/index.ts";
import { graph } from "../graph/index.ts";
import { writeFile } from "./files.ts";
import { UserError } from "./user-mistake.ts";

/** The folders of the tasks: those of the sources, or what the build has copied of them. */
function tasksFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return join(folder, import.meta.url.endsWith(".ts") ? "src" : "dist", "exercises/tasks");
}

export async function readTaskFile(task: Task, name: "stub.ts" | "assignment.md" | "hints.md"): Promise<string> {
  return await readFile(join(tasksFolder(), task.name, name), "utf8");
}

function taskPoints({ checks }: Task): number {
  return checks.reduce((sum, check) => sum + pointsOf(check), 0);
}

const drawings: Readonly<Record<string, string>> = {
  f1: "(x1 * w1 + x2 * w2 + b - y) ^ 2",
  f2: "e = exp(2 * x)\n(e - 1) / (e + 1)",
  f3: "-log(exp(s1) / (exp(s1) + exp(s2)))",
};

/**
 * Writes the project.
 * @returns the files, in the order in which they are read
 * @throws {UserError} when the folder exists and is not empty
 */
export async function initExercises(folder: string, version: string): Promise<string[]> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UserError(
      `exercises init: cannot use ${folder}: ${error.code === "ENOTDIR" ? "it is a file" : error.message}`,
    );
  });
  if (there.length > 0)
    throw new UserError(`exercises init: expected an empty or new folder, got ${folder} with ${there.length} entries`);
  const files = new Map<string, string>([["assignment.md", await assignment()]]);
  for (const task of tasks) files.set(task.file, await readTaskFile(task, "stub.ts"));
  for (const [name, text] of Object.entries(drawings)) files.set(`drawings/${name}.svg`, graph(text).toSvg());
  files.set("package.json", `${JSON.stringify(packageOf(version), null, 2)}\n`);
  files.set("tsconfig.json", `${JSON.stringify(tsconfig, null, 2)}\n`);
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return [...files.keys()];
}

function packageOf(version: string): object {
  return {
    name: "backpropagation-exercises",
    private: true,
    type: "module",
    scripts: { check: "chainrule exercises check", watch: "chainrule exercises check --watch" },
    devDependencies: { chainrule: `^${version}` },
  };
}

const tsconfig = {
  compilerOptions: {
    target: "ES2023",
    module: "ESNext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
  },
  include: ["backprop", "fitting", "network"],
};

const partTitles: Readonly<Record<(typeof partNames)[number], string>> = {
  graphs: "Graphs",
  fitting: "Fitting",
  networks: "Networks",
  extras: "Extras",
};

async function assignment(): Promise<string> {
  const lines = [
    "# Backpropagation, built by hand",
    "",
    "Complete the functions in the folders `backprop`, `fitting` and `network`, in this order; no task needs a later one.",
    "`npx chainrule exercises check` tells what is right and what is wrong, `… check --watch` goes on doing so while you write, and",
    "`npx chainrule exercises hint f2` gives a hint. Points are given per function and per gradient.",
    "",
    "| part | task | file | points |",
    "| --- | --- | --- | --- |",
    ...tasks.map((task) => `| ${partTitles[task.part]} | ${task.title} | \`${task.file}\` | ${taskPoints(task)} |`),
    "",
    "Hand in with `npx chainrule exercises pack`; write up with `npx chainrule report`.",
  ];
  for (const part of partNames) {
    const own = tasks.filter((task) => task.part === part);
    lines.push("", `## ${partTitles[part]} (${own.reduce((sum, task) => sum + taskPoints(task), 0)} points)`);
    for (const task of own)
      lines.push(
        "",
        `### ${task.title}`,
        "",
        `In \`${task.file}\`.`,
        "",
        (await readTaskFile(task, "assignment.md")).trim(),
      );
  }
  return `${lines.join("\n")}\n`;
}

/** Hints for a function or class, from the vaguest to the plainest. */
export async function hintsFor(name: string): Promise<string[]> {
  const known: string[] = [];
  for (const task of tasks) {
    const sections = (await readTaskFile(task, "hints.md")).split(/^# /m).slice(1);
    for (const section of sections) {
      const [title = "", ...lines] = section.trim().split("\n");
      known.push(title);
      if (title.toLowerCase() === name.toLowerCase()) return lines.map((line) => line.replace(/^- /, ""));
    }
  }
  throw new UserError(`exercises hint: expected one of ${known.join("; ")}, got ${name}`);
}

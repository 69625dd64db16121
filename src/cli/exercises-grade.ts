/** `chainrule exercises pack`, `validate`, `grade` and `autograder`: from a student's folder to a class's table. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { strToU8, zipSync } from "fflate";
import { describeFinding, type Grades, sumPoints } from "../exercises/formats.ts";
import { tasks } from "../exercises/tasks/index.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { projectFiles } from "../node/grade-project.ts";
import { bytesDigest, packSubmission, readSubmission, tokensDigest, withFolder } from "../node/submission.ts";
import { oneLine, UserError } from "../node/user-mistake.ts";
import { formatCsv } from "./csv.ts";
import { asJson, format, gradeBoth, isExtra } from "./exercises-check.ts";
import { print, printJson, remark, remarkFile } from "./print.ts";

export async function runPack({ dir, out, json }: { dir: string; out: string; json?: boolean }): Promise<void> {
  await checkOutputs([out]);
  const { bytes, files } = await packSubmission(dir, tasks);
  remarkFile(out, await writeFile(out, bytes));
  if (json) printJson({ file: out, bytes: bytes.length, files });
  else print(`${out}: ${files.length} files, ${bytes.length} bytes`);
}

export async function runValidate(file: string, { json }: { json?: boolean }): Promise<void> {
  const files = await readSubmission(file);
  const missing = tasks
    .filter(({ part, file: name }) => part !== "extras" && !files.has(name))
    .map(({ file: name }) => name);
  if (json) printJson({ file, files: [...files.keys()], missing });
  else print(`${file}: ${[...files.keys()].join(", ")}${missing.length > 0 ? `\nmissing: ${missing.join(", ")}` : ""}`);
}

interface GradeOptions {
  readonly out: string;
  readonly feedback: string;
  readonly parallel: number;
  readonly timeLimit: number;
  readonly seed: number;
  readonly hiddenSeed?: number;
  readonly json?: boolean;
}

/** What is kept of one submission, so that it is not graded twice. */
interface Graded {
  readonly student: string;
  readonly key: string; // of its files, the seeds and the version
  readonly bytes: string;
  readonly tokens: string;
  readonly grades?: Grades;
  /** Why it could not be graded at all. */
  readonly problem?: string;
}

export async function runGrade(folder: string, options: GradeOptions): Promise<void> {
  await checkOutputs([options.out]);
  const entries = (await readdir(folder, { withFileTypes: true })).filter(
    (e) => e.isDirectory() || e.name.endsWith(".zip"),
  );
  if (entries.length === 0) throw new UserError(`exercises grade: ${folder} has no .zip files and no folders`);
  await mkdir(options.feedback, { recursive: true });
  const records: Graded[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < entries.length; at = next++) {
      const name = entries[at]!.name;
      records[at] = await gradeSubmission(join(folder, name), basename(name, ".zip"), options);
      remark(`${++done} of ${entries.length}: ${records[at]!.student} ${summary(records[at]!)}`);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, work));
  records.sort((a, b) => (a.student < b.student ? -1 : 1));
  remarkFile(options.out, await writeFile(options.out, table(records)));
  const clusters = clustersOf(records);
  const identical = identicalOf(records);
  if (options.json) {
    const students = records.map(({ student, grades, problem }) => ({
      student,
      ...(grades ? asJson(grades) : { problem }),
    }));
    printJson({ file: options.out, students, clusters, identical });
    return;
  }
  for (const { check, says, students } of clusters)
    print(`${students.length} × ${check}: ${says} (${students.join(", ")})`);
  for (const { how, students } of identical) print(`identical ${how}, for a human to look at: ${students.join(", ")}`);
}

async function gradeSubmission(path: string, student: string, options: GradeOptions): Promise<Graded> {
  const { feedback, seed, hiddenSeed, timeLimit } = options;
  const file = join(feedback, `${student}.json`);
  try {
    const files = path.endsWith(".zip") ? await readSubmission(path) : await projectFiles(path, tasks);
    const bytes = bytesDigest(files);
    const key = [bytes, seed, hiddenSeed ?? "", __VERSION__].join(" ");
    const before = await readFile(file, "utf8").then(
      (text): Graded => JSON.parse(text),
      () => undefined,
    );
    if (before?.key === key && before.grades) return before;
    const both = { seed, timeLimit, ...(hiddenSeed !== undefined && { hiddenSeed }) };
    const grades = await withFolder(files, (folder) =>
      gradeBoth(folder, tasks, { ...both, parallel: 1, isQuiet: true }),
    );
    const record = { student, key, bytes, tokens: tokensDigest(files), grades };
    await writeFile(join(feedback, `${student}.txt`), format({ visible: grades.visible }, "text"));
    await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
    return record;
  } catch (error) {
    const problem = oneLine(error instanceof Error ? error : new Error(String(error)));
    await writeFile(join(feedback, `${student}.txt`), `could not be graded: ${problem}\n`);
    return { student, key: "", bytes: "", tokens: "", problem };
  }
}

function summary({ grades, problem }: Graded): string {
  if (!grades) return `could not be graded: ${problem}`;
  const { points, maxPoints, extras } = sumPoints(grades.visible, isExtra);
  return `${points} of ${maxPoints} points${extras > 0 ? `, ${extras} extra` : ""}`;
}

function table(records: readonly Graded[]): string {
  const checks = tasks.flatMap((task) => task.checks.map((check) => `${task.name}: ${check.name}`));
  const isHidden = records.some(({ grades }) => grades?.hidden);
  const header = ["student", "points", "extras", ...(isHidden ? ["hidden points"] : []), "problem", ...checks];
  const lines = records.map(({ student, grades, problem = "" }) => {
    const sums = grades ? sumPoints(grades.visible, isExtra) : { points: 0, extras: 0 };
    const hidden = grades?.hidden ? sumPoints(grades.hidden, isExtra).points : 0;
    const each = checks.map((_, i) => grades?.visible[i]?.points ?? 0);
    return [student, sums.points, sums.extras, ...(isHidden ? [hidden] : []), problem, ...each];
  });
  return formatCsv([header, ...lines].map((cells) => cells.map((cell) => noFormula(String(cell)))));
}

/** Keeps spreadsheets from taking a name for a formula. */
function noFormula(text: string): string {
  return /^[=+@-]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
}

interface Cluster {
  readonly check: string;
  readonly says: string;
  readonly students: readonly string[];
}

/** The same finding in several submissions, the most frequent first. */
function clustersOf(records: readonly Graded[]): Cluster[] {
  const clusters = new Map<string, { check: string; says: string; students: Set<string> }>();
  for (const { student, grades } of records)
    for (const grade of grades?.visible ?? [])
      for (const finding of grade.findings) {
        const says = finding.mistake?.says ?? describeFinding({ part: finding.part, problem: finding.problem });
        const key = `${grade.check}\0${says}`;
        const cluster = clusters.get(key) ?? { check: grade.check, says, students: new Set() };
        clusters.set(key, cluster);
        cluster.students.add(student);
      }
  return [...clusters.values()]
    .map(({ check, says, students }) => ({ check, says, students: [...students] }))
    .sort((a, b) => b.students.length - a.students.length);
}

function identicalOf(records: readonly Graded[]): { how: string; students: string[] }[] {
  const groups = (of: "bytes" | "tokens"): string[][] => {
    const found = new Map<string, string[]>();
    for (const record of records)
      if (record[of] !== "") found.set(record[of], [...(found.get(record[of]) ?? []), record.student]);
    return [...found.values()].filter((students) => students.length > 1);
  };
  const bytes = groups("bytes");
  const known = new Set(bytes.map((group) => group.join()));
  return [
    ...bytes.map((students) => ({ how: "byte by byte", students })),
    ...groups("tokens")
      .filter((group) => !known.has(group.join()))
      .map((students) => ({ how: "but for names and comments", students })),
  ];
}

export async function runAutograder({
  out,
  seed,
  hiddenSeed,
  json,
}: {
  out: string;
  seed: number;
  hiddenSeed?: number;
  json?: boolean;
}): Promise<void> {
  await checkOutputs([out]);
  const seeds = `--seed ${seed}${hiddenSeed === undefined ? "" : ` --hidden-seed ${hiddenSeed}`}`;
  const files = {
    "setup.sh": `#!/usr/bin/env bash
set -e
curl -fsSL https://deb.nodesource.com/setup_20.x | bash -
apt-get install -y nodejs
npm install --prefix /autograder/tool chainrule@${__VERSION__}
`,
    run_autograder: `#!/usr/bin/env bash
/autograder/tool/node_modules/.bin/chainrule exercises check --dir /autograder/submission ${seeds} \\
  --format gradescope --out /autograder/results/results.json
status=$?
[ $status -le 1 ] && exit 0
# Without a project there is nothing to check: say so instead of leaving no result.
echo '{"score": 0, "output": "The files backprop/, fitting/ and network/ were not found; hand in what exercises pack makes."}' > /autograder/results/results.json
`,
  };
  const entries = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      [strToU8(text), { os: 3, attrs: (0o100755 << 16) >>> 0 }] as const,
    ]),
  );
  const bytes = zipSync(entries as never, { mtime: new Date(2000, 0, 1) });
  remarkFile(out, await writeFile(out, bytes));
  if (json) printJson({ file: out, files: Object.keys(files), seed, hiddenSeed: hiddenSeed ?? null });
  else print(`${resolve(out)}: upload it to Gradescope as the autograder`);
}

/** Grades as text and in the formats that other programs read. */
import { escapeXml } from "../drawing/svg.ts";
import type { CheckGrade } from "./grading.ts";
import type { Finding } from "./task.ts";

export const gradeFormats = ["text", "json", "junit", "gradescope", "exercism"] as const;
export type GradeFormat = (typeof gradeFormats)[number];

export interface Grades {
  readonly visible: readonly CheckGrade[];
  /** With the seed that only staff know. */
  readonly hidden?: readonly CheckGrade[];
}

export interface Points {
  readonly points: number;
  readonly maxPoints: number;
}

/** @returns the sum without the extras, and theirs: extras are points on top, and missing ones cost nothing */
export function sumPoints(
  grades: readonly CheckGrade[],
  isExtra: (grade: CheckGrade) => boolean,
): Points & { extras: number } {
  const sum = (list: readonly CheckGrade[], of: "points" | "maxPoints"): number =>
    list.reduce((total, g) => total + g[of], 0);
  const [usual, extra] = [grades.filter((g) => !isExtra(g)), grades.filter(isExtra)];
  return { points: sum(usual, "points"), maxPoints: sum(usual, "maxPoints"), extras: sum(extra, "points") };
}

/** One finding in a few lines: what, where, what came, what was expected, and the likely mistake. */
export function describeFinding({ part, problem, given, at, got, expected, mistake }: Finding): string {
  const lines = [`${part}${at ?? ""} ${problem}`];
  if (got !== undefined)
    lines.push(`  got ${got === null ? "not a finite number" : round(got)}, expected ${round(expected!)}`);
  if (given !== undefined) lines.push(`  given ${given}`);
  if (mistake) lines.push(`  likely: ${mistake.says}`);
  return lines.join("\n");
}

function round(x: number): string {
  return String(Number(x.toPrecision(8)));
}

export function formatJunit({ visible, hidden = [] }: Grades): string {
  const all = [...visible.map((g) => ({ ...g, group: "visible" })), ...hidden.map((g) => ({ ...g, group: "hidden" }))];
  const failures = all.filter((g) => g.status !== "passed").length;
  const cases = all.map((g) => {
    const open = `  <testcase classname="${escapeXml(`${g.group}.${g.task}`)}" name="${escapeXml(g.check)}"`;
    if (g.status === "passed") return `${open}/>`;
    const text = g.status === "untouched" ? "not implemented yet" : g.findings.map(describeFinding).join("\n");
    return `${open}><failure message="${g.points} of ${g.maxPoints} points">${escapeXml(text)}</failure></testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="chainrule exercises" tests="${all.length}" failures="${failures}">\n${cases.join("\n")}\n</testsuite>\n`;
}

/** The `results.json` that Gradescope reads: https://gradescope-autograders.readthedocs.io/en/latest/specs/. */
export function formatGradescope({ visible, hidden = [] }: Grades): object {
  const entry = (g: CheckGrade, visibility: "visible" | "hidden"): object => ({
    name: `${visibility === "hidden" ? "Hidden: " : ""}${g.task}: ${g.check}`,
    score: g.points,
    max_score: g.maxPoints,
    visibility,
    output: g.status === "untouched" ? "Not implemented yet." : g.findings.map(describeFinding).join("\n"),
  });
  return { tests: [...visible.map((g) => entry(g, "visible")), ...hidden.map((g) => entry(g, "hidden"))] };
}

/** The `results.json` of Exercism's test runners, version 2: https://exercism.org/docs/building/tooling/test-runners/interface. */
export function formatExercism({ visible }: Grades): object {
  const tests = visible.map((g) => ({
    name: `${g.task}: ${g.check}`,
    status: g.status === "passed" ? "pass" : "fail",
    ...(g.status !== "passed" && {
      message: g.status === "untouched" ? "not implemented yet" : g.findings.map(describeFinding).join("\n"),
    }),
  }));
  return { version: 2, status: tests.every(({ status }) => status === "pass") ? "pass" : "fail", tests };
}

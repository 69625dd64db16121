/** Compares what a learner's module returns with what the reference returns, and recognises known mistakes by their numbers. */
import type { Rng } from "../tensor/index.ts";
import { type Ask, type ProgramAnswer, runProgram, type Value } from "./program.ts";
import type { Case, Check, Finding, Mistake, Part, Task } from "./task.ts";

export interface CheckGrade {
  readonly task: string;
  readonly check: string;
  readonly points: number;
  readonly maxPoints: number;
  /** "untouched": the stub still says that it is not implemented. */
  readonly status: "passed" | "failed" | "untouched";
  readonly findings: readonly Finding[];
}

/** What a check can earn. */
export function pointsOf({ parts }: Check): number {
  return parts.reduce((sum, { points }) => sum + points, 0);
}

/** Largest difference as a share of the expected number, or of 1 where that is larger. */
export const tolerance = 1e-7;
/** What a changed argument costs, as a share of the check's points. */
const changeCosts = 0.5;

export async function gradeCheck(task: Task, check: Check, ask: Ask, rng: Rng): Promise<CheckGrade> {
  const maxPoints = pointsOf(check);
  const base = { task: task.name, check: check.name, maxPoints };
  if (check.examine) return gradeExamined(task, check, await check.examine(ask, rng));
  const cases = check.cases(rng);
  const answers: ProgramAnswer[] = [];
  for (const { steps } of cases) answers.push(await ask(steps));
  if (answers.some(({ problem }) => isStub(problem))) return { ...base, points: 0, status: "untouched", findings: [] };

  const truths = cases.map(({ steps }) => runProgram(task.reference, steps));
  const mistaken = check.mistakes.map(({ module }) =>
    cases.map(({ steps }) => runProgram({ ...task.reference, ...module }, steps)),
  );
  const findings: Finding[] = [];
  let points = 0;
  for (const part of check.parts) {
    const finding = examine(check, part, cases, answers, truths);
    if (finding === undefined) points += part.points;
    else findings.push(withMistake(finding, recognise({ check, answers, truths, mistaken }, part)));
  }
  const change = findChange(check, cases, answers);
  if (change) {
    findings.push(change);
    points -= Math.min(points, changeCosts * maxPoints);
  }
  return { ...base, points, status: findings.length === 0 ? "passed" : "failed", findings };
}

function gradeExamined(task: Task, check: Check, findings: readonly Finding[]): CheckGrade {
  const { name, parts } = check;
  const maxPoints = pointsOf(check);
  const lost = parts.filter((part) => findings.some((finding) => finding.part === part.name || finding.part === "all"));
  const points = maxPoints - lost.reduce((sum, part) => sum + part.points, 0);
  const isUntouched = findings.some(({ problem }) => isStub(problem));
  const status = findings.length === 0 ? "passed" : isUntouched ? "untouched" : "failed";
  return { task: task.name, check: name, points, maxPoints, status, findings: isUntouched ? [] : findings };
}

/** What every function that `init` writes throws. */
function isStub(problem: string | undefined): boolean {
  return problem !== undefined && /not implemented yet/.test(problem);
}

/** The grade of a check that could not be made. */
export function failedGrade(task: Task, check: Check, problem: string): CheckGrade {
  const maxPoints = pointsOf(check);
  const findings = [{ part: "module", problem }];
  return { task: task.name, check: check.name, points: 0, maxPoints, status: "failed", findings };
}

function withMistake(finding: Finding, mistake: Mistake | undefined): Finding {
  return mistake ? { ...finding, mistake: { id: mistake.id, says: mistake.says } } : finding;
}

function examine(
  check: Check,
  part: Part,
  cases: readonly Case[],
  answers: readonly ProgramAnswer[],
  truths: readonly ProgramAnswer[],
): Finding | undefined {
  for (const [i, { given }] of cases.entries()) {
    const found = lookUp(answers[i]!, part.at);
    if ("problem" in found) return { part: part.name, given, problem: found.problem };
    const truth = lookUp(truths[i]!, part.at);
    if ("problem" in truth) throw new Error(`${check.name}: the reference has no ${part.name}: ${truth.problem}`);
    const difference = compareValues(found.value, truth.value);
    if (difference) return { part: part.name, given, ...difference };
  }
  return undefined;
}

function lookUp({ results, problem }: ProgramAnswer, at: string): { value: Value } | { problem: string } {
  const [step, ...path] = at.split(".");
  if (Number(step) >= results.length) return { problem: problem ?? "nothing was returned" };
  let value = results[Number(step)] as unknown;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return { value: value as Value };
}

/** Numbers of a value with their shape: a tensor's, a list's, or a single one. */
function numbersOf(value: Value): { shape: readonly number[]; data: ArrayLike<number> } | undefined {
  if (typeof value === "number") return { shape: [], data: [value] };
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value))
    return value.every((item) => typeof item === "number")
      ? { shape: [value.length], data: value as number[] }
      : undefined;
  if ("shape" in value && "data" in value) return value as unknown as { shape: number[]; data: ArrayLike<number> };
  return undefined;
}

type Difference = Omit<Finding, "part" | "given">;

/** @returns where the two differ by most; nothing when they agree */
export function compareValues(found: Value, truth: Value): Difference | undefined {
  const right = numbersOf(truth);
  if (right === undefined) return comparePlain(found, truth);
  const got = numbersOf(found);
  const wanted = right.shape.length === 0 ? "a number" : `numbers of shape (${right.shape.join(", ")})`;
  if (got === undefined) return { problem: `expected ${wanted}, got ${describe(found)}` };
  if (got.shape.join() !== right.shape.join())
    return {
      problem: `expected ${wanted}, got ${got.shape.length === 0 ? "a number" : `shape (${got.shape.join(", ")})`}`,
    };
  let worst = -1;
  let most = tolerance;
  for (let i = 0; i < right.data.length; i++) {
    const off = Math.abs(got.data[i]! - right.data[i]!) / Math.max(1, Math.abs(right.data[i]!));
    if (got.data[i] === right.data[i] || off <= most) continue;
    if (Number.isNaN(off)) return { problem: "is not a number", ...place(got, right, i) };
    most = off;
    worst = i;
  }
  return worst < 0 ? undefined : { problem: "is wrong", ...place(got, right, worst) };
}

function comparePlain(found: Value, truth: Value): Difference | undefined {
  if (typeof truth !== "object" || truth === null)
    return found === truth ? undefined : { problem: `expected ${String(truth)}, got ${describe(found)}` };
  for (const [key, item] of Object.entries(truth)) {
    const difference = compareValues((found as Record<string, Value> | null | undefined)?.[key], item as Value);
    if (difference) return { ...difference, problem: `${key}: ${difference.problem}` };
  }
  return undefined;
}

interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

function place(got: Numbers, right: Numbers, i: number): Pick<Finding, "at" | "got" | "expected"> {
  const index: number[] = [];
  let rest = i;
  for (const size of [...right.shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const number = got.data[i]!;
  return {
    ...(index.length > 0 && { at: `[${index.join(", ")}]` }),
    got: Number.isFinite(number) ? number : null,
    expected: right.data[i]!,
  };
}

function describe(value: Value): string {
  if (value === undefined || value === null) return String(value);
  const numbers = numbersOf(value);
  if (numbers)
    return numbers.shape.length === 0 ? `the number ${value}` : `numbers of shape (${numbers.shape.join(", ")})`;
  return Array.isArray(value) ? `a list of ${value.length}` : `a value of type ${typeof value}`;
}

interface Graded {
  readonly check: Check;
  readonly answers: readonly ProgramAnswer[];
  readonly truths: readonly ProgramAnswer[];
  /** Per known mistake: what it answers. */
  readonly mistaken: readonly (readonly ProgramAnswer[])[];
}

/** The mistake that explains the answers of a check whole, else the one that explains this part of them. */
function recognise(graded: Graded, part: Part): Mistake | undefined {
  const { check, mistaken } = graded;
  const agrees = (of: Part) => (_: Mistake, m: number) => agreement(graded, mistaken[m]!, of) !== "other";
  const explains = (of: Part) => (_: Mistake, m: number) => agreement(graded, mistaken[m]!, of) === "same mistake";
  const whole = check.mistakes.find(
    (mistake, m) =>
      check.parts.every((of) => agrees(of)(mistake, m)) && check.parts.some((of) => explains(of)(mistake, m)),
  );
  return whole ?? check.mistakes.find(explains(part));
}

/** Whether a mistake's answers are the learner's: "same", and if they are also wrong, "same mistake". */
function agreement(
  { answers, truths }: Graded,
  mistaken: readonly ProgramAnswer[],
  { at }: Part,
): "same" | "same mistake" | "other" {
  let isWrong = false;
  for (const [i, answer] of answers.entries()) {
    const theirs = lookUp(answer, at);
    const suspected = lookUp(mistaken[i]!, at);
    if ("problem" in theirs || "problem" in suspected) {
      if ("problem" in theirs !== "problem" in suspected) return "other";
      continue; // neither works here: no evidence for or against
    }
    if (!isSame(theirs.value, suspected.value)) return "other";
    const truth = lookUp(truths[i]!, at);
    if ("value" in truth && !isSame(suspected.value, truth.value)) isWrong = true;
  }
  return isWrong ? "same mistake" : "same";
}

/** Equal numbers, not-a-number and infinity included. */
function isSame(a: Value, b: Value): boolean {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  if (x === undefined || y === undefined) {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
    const [keys, others] = [Object.keys(a), Object.keys(b)];
    return keys.length === others.length && keys.every((key) => isSame((a as never)[key], (b as never)[key]));
  }
  if (x.shape.join() !== y.shape.join()) return false;
  for (let i = 0; i < x.data.length; i++) {
    const [p, q] = [x.data[i]!, y.data[i]!];
    if (!(Object.is(p, q) || Math.abs(p - q) <= tolerance * Math.max(1, Math.abs(q)))) return false;
  }
  return true;
}

function findChange(check: Check, cases: readonly Case[], answers: readonly ProgramAnswer[]): Finding | undefined {
  const allowed = check.changes ?? [];
  for (const [i, { given, steps }] of cases.entries())
    for (const [step, positions] of answers[i]!.changed.entries()) {
      const position = positions.find((p) => !allowed.includes(p));
      if (position === undefined) continue;
      const made = steps[step]!;
      const name = "call" in made ? made.call : "method" in made ? made.method : check.name;
      const says = "work on a copy: whoever called the function still needs what it handed over";
      return {
        part: "arguments",
        given,
        problem: `${name} changed its argument ${position + 1} in place`,
        mistake: { id: "changed-in-place", says },
      };
    }
  return undefined;
}

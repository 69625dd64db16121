/**
 * Checks of hand-written forward/backward functions `(…inputs) => [output, grads]`: outputs against samples, gradients
 * against central differences. A function that throws or returns something else is a finding, never an exception.
 */
import { FormatError } from "../errors.ts";
import type { FunctionName } from "../graph/functions/texts.ts";
import type { Rng } from "../tensor/rng.ts";

/** How a function is checked. */
export interface CheckPlan {
  readonly inputs: readonly string[];
  /** Whole-number inputs at the end, which get no gradient; each runs from 1 to `classes`. */
  readonly classes?: number;
  /** Largest absolute difference between a gradient and its central difference. */
  readonly tolerance: number;
  /** Half the distance of a central difference: f1 is quadratic, so a long one is exact; else h² and 1e-16/h balance. */
  readonly h: number;
}

export const checkPlans: Readonly<Record<FunctionName, CheckPlan>> = {
  f1: { inputs: ["x1", "w1", "x2", "w2", "b", "y"], tolerance: 1e-10, h: 1e-3 },
  f2: { inputs: ["x"], tolerance: 1e-8, h: 1e-5 },
  f3: { inputs: ["s1", "s2", "y"], classes: 2, tolerance: 1e-8, h: 1e-5 },
  f4: { inputs: ["x", "w", "b", "y"], classes: 2, tolerance: 1e-8, h: 1e-5 },
};

/** Largest absolute difference between an output and the sample. */
export const outputTolerance = 1e-10;

/** Anything that claims to be one of the functions. */
export type Candidate = (...inputs: number[]) => unknown;

export interface CheckResult {
  readonly function: string;
  readonly check: "outputs" | "gradients";
  readonly passed: boolean;
  /** Samples or trials that ran. */
  readonly count: number;
  /** Largest absolute difference seen; `null` when nothing could be compared or it is not a number. */
  readonly largestDifference: number | null;
  readonly tolerance: number;
  /** What is wrong, where, when it did not pass. */
  readonly finding?: Finding;
}

export interface Finding {
  readonly problem: string;
  /** Nothing to check: the module does not export the function. */
  readonly isMissing?: true;
  readonly inputs?: Readonly<Record<string, number>>;
  /** For a wrong gradient: of which input. For a wrong output: "output". */
  readonly of?: string;
  /** What the function returned, and what it should be. */
  readonly got?: number;
  readonly expected?: number;
}

/** Input rows and outputs of one function, or of one class of it: `f3 (y=1)`. */
export interface Sample {
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly number[];
}
export type Samples = Readonly<Record<string, Sample>>;

/** The names under which a function's samples are kept, and the selector each of them stands for. */
export function sampleKeys(name: FunctionName): { key: string; selector: readonly number[] }[] {
  const { classes } = checkPlans[name];
  if (classes === undefined) return [{ key: name, selector: [] }];
  return Array.from({ length: classes }, (_, c) => ({ key: `${name} (y=${c + 1})`, selector: [c + 1] }));
}

/** @throws {FormatError} unless `value` is an object of samples whose rows fit the functions */
export function readSamples(value: unknown, file: string): Samples {
  const isRow = (row: unknown): boolean => Array.isArray(row) && row.every((x) => typeof x === "number");
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FormatError(`${file}: expected an object of functions, each with "inputs" and "outputs"`);
  for (const [key, sample] of Object.entries(value as Record<string, Partial<Sample> | null>)) {
    const { inputs, outputs } = sample ?? {};
    if (!Array.isArray(inputs) || !inputs.every(isRow) || !isRow(outputs))
      throw new FormatError(`${file}: expected "${key}" to have "inputs" (rows of numbers) and "outputs" (numbers)`);
    if (inputs.length !== outputs!.length || inputs.length === 0)
      throw new FormatError(`${file}: "${key}" has ${inputs.length} inputs and ${outputs!.length} outputs`);
    const plan = checkPlans[key.slice(0, 2) as FunctionName];
    const width = plan === undefined ? undefined : plan.inputs.length - (plan.classes === undefined ? 0 : 1);
    const wrong = inputs.findIndex((row) => width !== undefined && row.length !== width);
    if (wrong >= 0)
      throw new FormatError(
        `${file}: expected rows of ${width} inputs for "${key}", got ${inputs[wrong]!.length} in row ${wrong + 1}`,
      );
  }
  return value as Samples;
}

/** Random rows, uniform in [0, 1) with six decimals, and what the functions make of them. */
export function makeSamples(
  functions: Readonly<Partial<Record<FunctionName, Candidate>>>,
  count: number,
  rng: Rng,
): Samples {
  const samples: Record<string, Sample> = {};
  for (const [name, f] of Object.entries(functions) as [FunctionName, Candidate][])
    for (const { key, selector } of sampleKeys(name)) {
      const width = checkPlans[name].inputs.length - selector.length;
      const inputs = Array.from({ length: count }, () =>
        Array.from({ length: width }, () => rng.integer(0, 999_999) / 1e6),
      );
      samples[key] = { inputs, outputs: inputs.map((row) => outputOf(f(...row, ...selector))) };
    }
  return samples;
}

/**
 * Calls `f` with the numbers of a row. One closure per number of inputs, with the call written out: spreading the row
 * takes several times as long as the function itself.
 */
function caller(f: Candidate, inputs: number): (row: readonly number[]) => unknown {
  if (inputs === 1) return (r) => f(r[0]!);
  if (inputs === 3) return (r) => f(r[0]!, r[1]!, r[2]!);
  if (inputs === 4) return (r) => f(r[0]!, r[1]!, r[2]!, r[3]!);
  if (inputs === 6) return (r) => f(r[0]!, r[1]!, r[2]!, r[3]!, r[4]!, r[5]!);
  return (r) => f(...r);
}

/** Told the inputs before every call, for when it does not return. */
export type Watcher = (inputs: readonly number[]) => void;

/** Compares the outputs with every sample of the function. */
export function checkOutputs(name: FunctionName, f: Candidate, samples: Samples, watch?: Watcher): CheckResult {
  const { inputs: names } = checkPlans[name];
  const run = caller(f, names.length);
  const worst = new Worst();
  let count = 0;
  try {
    for (const { key, selector } of sampleKeys(name)) {
      const { inputs, outputs } = samples[key] ?? { inputs: [], outputs: [] };
      for (const [i, row] of inputs.entries()) {
        const all = [...row, ...selector];
        watch?.(all);
        count++;
        worst.see(all, "output", outputOf(call(names, run, all)), outputs[i]!);
      }
    }
  } catch (error) {
    return broken(name, "outputs", count, error);
  }
  return worst.result(name, "outputs", count, outputTolerance, names);
}

/** Compares every gradient with its central difference at `trials` random points, uniform in [0, 1). */
export function checkGradients(
  name: FunctionName,
  f: Candidate,
  trials: number,
  rng: Rng,
  watch?: Watcher,
): CheckResult {
  const { inputs: names, classes, tolerance, h } = checkPlans[name];
  const width = names.length - (classes === undefined ? 0 : 1);
  const worst = new Worst();
  const point = names.map(() => 0.5);
  const run = caller(f, names.length);
  let trial = 0;
  try {
    while (trial < trials) {
      trial++;
      for (let i = 0; i < width; i++) point[i] = rng.uniform();
      if (classes !== undefined) point[width] = rng.integer(1, classes);
      watch?.(point);
      const grads = gradsOf(call(names, run, point), names, width, point);
      for (let i = 0; i < width; i++) {
        const x = point[i]!;
        point[i] = x + h;
        const above = outputOf(run(point));
        point[i] = x - h;
        const below = outputOf(run(point));
        point[i] = x;
        worst.see(point, names[i]!, grads[i]!, (above - below) / (2 * h));
      }
    }
  } catch (error) {
    return broken(name, "gradients", trial, error);
  }
  return worst.result(name, "gradients", trial, tolerance, names);
}

/** A finding on its way out of the loops. */
class Broken extends Error {
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(finding.problem);
    this.finding = finding;
  }
}

function broken(name: FunctionName, check: CheckResult["check"], count: number, error: unknown): CheckResult {
  const finding = error instanceof Broken ? error.finding : { problem: `threw ${describeError(error)}` };
  return failedCheck(name, check, finding, count);
}

/** The result of a check that could not go on. */
export function failedCheck(name: FunctionName, check: CheckResult["check"], finding: Finding, count = 0): CheckResult {
  const tolerance = check === "outputs" ? outputTolerance : checkPlans[name].tolerance;
  return { function: name, check, passed: false, count, largestDifference: null, tolerance, finding };
}

/** One line about whatever was thrown. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 200);
}

function call(names: readonly string[], run: (row: readonly number[]) => unknown, inputs: readonly number[]): unknown {
  try {
    return run(inputs);
  } catch (error) {
    throw new Broken({ problem: `threw ${describeError(error)}`, inputs: nameInputs(names, inputs) });
  }
}

function outputOf(result: unknown): number {
  const output: unknown = Array.isArray(result) ? result[0] : undefined;
  if (typeof output === "number") return output;
  const got = Array.isArray(result) ? `an output of type ${typeof output}` : describeType(result);
  throw new Broken({ problem: `expected [output, grads] with a number as output, got ${got}` });
}

function gradsOf(
  result: unknown,
  names: readonly string[],
  width: number,
  point: readonly number[],
): ArrayLike<number> {
  outputOf(result);
  const grads: unknown = (result as unknown[])[1];
  const inputs = (): Finding["inputs"] => nameInputs(names, point);
  const isList = Array.isArray(grads) || (ArrayBuffer.isView(grads) && "length" in grads);
  if (!isList)
    throw new Broken({
      problem: `expected grads to be an array of ${width}, got ${describeType(grads)}`,
      inputs: inputs()!,
    });
  const list = grads as ArrayLike<unknown>;
  if (list.length !== width) {
    const which = names.slice(0, width).join(", ");
    throw new Broken({ problem: `expected ${width} gradients (${which}), got ${list.length}`, inputs: inputs()! });
  }
  for (let i = 0; i < width; i++)
    if (typeof list[i] !== "number")
      throw new Broken({
        problem: `expected the gradient of ${names[i]} to be a number, got ${describeType(list[i])}`,
        inputs: inputs()!,
      });
  return list as ArrayLike<number>;
}

function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object")
    return value instanceof Promise ? "a promise" : `an ${value.constructor?.name ?? "object"}`;
  return `a ${typeof value}`;
}

export function nameInputs(names: readonly string[], inputs: readonly number[]): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, inputs[i]!]));
}

/** The largest difference so far, and where it was; not-a-number is larger than any. */
class Worst {
  #difference = -1;
  #inputs: readonly number[] = [];
  #of = "";
  #got = 0;
  #expected = 0;

  see(inputs: readonly number[], of: string, got: number, expected: number): void {
    const difference = got === expected ? 0 : Math.abs(got - expected);
    if (difference <= this.#difference || Number.isNaN(this.#difference)) return;
    this.#difference = difference;
    this.#inputs = inputs.slice();
    this.#of = of;
    this.#got = got;
    this.#expected = expected;
  }

  result(
    name: string,
    check: CheckResult["check"],
    count: number,
    tolerance: number,
    names: readonly string[],
  ): CheckResult {
    const difference = this.#difference;
    const passed = difference <= tolerance;
    const shown = {
      function: name,
      check,
      passed,
      count,
      largestDifference: finite(Math.max(difference, 0)),
      tolerance,
    };
    if (passed) return shown;
    const what = this.#of === "output" ? "the output is not the sample's" : `the gradient of ${this.#of} is wrong`;
    const inputs = nameInputs(names, this.#inputs);
    return { ...shown, finding: { problem: what, inputs, of: this.#of, got: this.#got, expected: this.#expected } };
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

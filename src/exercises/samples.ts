/** Samples: points and the outputs that a function should have there. */
import { FormatError } from "../errors.ts";
import type { FunctionName } from "../graph/functions/texts.ts";
import type { Rng } from "../tensor/rng.ts";
import { type Candidate, evaluate, isProblem } from "./evaluate.ts";
import { coursePlans, differentiated, isCourseName } from "./plan.ts";

/** Input rows and outputs of one function, or of one class of it: `f3 (y=1)`. */
export interface Sample {
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly number[];
}
export type Samples = Readonly<Record<string, Sample>>;

/** The function that a key is about, and the class number behind its inputs, if any. */
function parseKey(key: string): { name: string; y: number[] } {
  const [, name = key, y] = /^(.*) \(y=(\d+)\)$/.exec(key) ?? [];
  return { name, y: y === undefined ? [] : [Number(y)] };
}

/** All samples of a function: complete rows of inputs, and an output for each. */
export function samplesOf(name: string, samples: Samples): { inputs: number[][]; outputs: number[] } {
  const all = Object.entries(samples)
    .map(([key, sample]) => ({ ...sample, ...parseKey(key) }))
    .filter((sample) => sample.name === name);
  return {
    inputs: all.flatMap(({ inputs, y }) => inputs.map((row) => [...row, ...y])),
    outputs: all.flatMap(({ outputs }) => outputs),
  };
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
    if (inputs.length === 0) throw new FormatError(`${file}: expected "${key}" to have at least one sample`);
    if (inputs.length !== outputs!.length)
      throw new FormatError(
        `${file}: expected an output for each of the ${inputs.length} inputs of "${key}", got ${outputs!.length}`,
      );
    const { name } = parseKey(key);
    const width = isCourseName(name) ? differentiated(coursePlans[name]).length : inputs[0].length;
    const wrong = inputs.findIndex((row) => row.length !== width);
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
    for (const [key, y] of keysOf(name)) {
      const width = differentiated(coursePlans[name]).length;
      const inputs = Array.from({ length: count }, () =>
        Array.from({ length: width }, () => rng.integer(0, 999_999) / 1e6),
      );
      const points = Float64Array.from(inputs.flatMap((row) => [...row, ...y]));
      const outputs = evaluate(f, { points, width: width + y.length, moves: [], wantsGradients: false });
      if (isProblem(outputs)) throw new Error(`${name} ${outputs.problem}`);
      samples[key] = { inputs, outputs: [...outputs] };
    }
  return samples;
}

function keysOf(name: FunctionName): [key: string, y: number[]][] {
  const { isClass, to } = coursePlans[name].inputs.at(-1)!;
  return isClass ? Array.from({ length: to }, (_, c) => [`${name} (y=${c + 1})`, [c + 1]]) : [[name, []]];
}

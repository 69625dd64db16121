/** What a check found out. */
import type { Problem } from "./evaluate.ts";

export interface CheckResult {
  readonly function: string;
  /** "module": whether the function could be called at all. */
  readonly check: "outputs" | "gradients" | "module";
  readonly passed: boolean;
  /** Samples or points that were compared. */
  readonly count: number;
  /** Points whose numeric gradient means nothing, because the function has a kink within the step. */
  readonly kinks: number;
  /** The largest seen; `null` when nothing could be compared or it is not a number. */
  readonly largestDifference: number | null;
  readonly tolerance: number | null;
  /** What is wrong, and where, when it did not pass. */
  readonly finding?: Finding;
}

/** Of a plan, what findings name. */
interface NamedInputs {
  readonly inputs: readonly { readonly name: string }[];
}

export interface Finding {
  readonly problem: string;
  readonly inputs?: Readonly<Record<string, number>>;
  /** For a wrong gradient: of which input. For a wrong output: "output". */
  readonly of?: string;
  /** What the function returned, and what it should be. */
  readonly got?: number;
  readonly expected?: number;
}

/** Says at which of the points the problem arose. */
export function findingAt({ problem, point }: Problem, plan: NamedInputs, points: Float64Array): Finding {
  if (point === undefined) return { problem };
  return { problem, inputs: nameInputs(plan, points, point) };
}

function nameInputs({ inputs }: NamedInputs, points: Float64Array, point: number): Record<string, number> {
  return Object.fromEntries(inputs.map(({ name }, i) => [name, points[point * inputs.length + i]!]));
}

/** The result of a check that could not go on. */
export function failedCheck(name: string, check: CheckResult["check"], finding: Finding): CheckResult {
  return {
    function: name,
    check,
    passed: false,
    count: 0,
    kinks: 0,
    largestDifference: null,
    tolerance: null,
    finding,
  };
}

/** The largest difference so far, and where it was; not-a-number is larger than any. */
export class Worst {
  difference = 0;
  #finding: Finding | undefined;
  readonly #plan: NamedInputs;

  constructor(plan: NamedInputs) {
    this.#plan = plan;
  }

  see(difference: number, points: Float64Array, point: number, of: string, got: number, expected: number): void {
    if (difference <= this.difference || Number.isNaN(this.difference)) return;
    this.difference = difference;
    const problem = of === "output" ? "the output is not the sample's" : `the gradient of ${of} is wrong`;
    this.#finding = { problem, inputs: nameInputs(this.#plan, points, point), of, got, expected };
  }

  result(name: string, check: CheckResult["check"], count: number, kinks: number, tolerance: number): CheckResult {
    const { difference } = this;
    const passed = difference <= tolerance;
    const largestDifference = Number.isFinite(difference) ? difference : null;
    const shown = { function: name, check, passed, count, kinks, largestDifference, tolerance };
    return passed || this.#finding === undefined ? shown : { ...shown, finding: this.#finding };
  }
}

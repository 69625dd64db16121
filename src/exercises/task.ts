/** What an exercise is: a file to complete, and the checks that give points. */
import type { Rng } from "../tensor/index.ts";
import type { Ask, Module, Step } from "./program.ts";

export const partNames = ["graphs", "fitting", "networks", "extras"] as const;

/** A task is one folder under `tasks/`: this, `stub.ts` and `assignment.md` for learners, `solution.ts` and `wrong.ts` for tests. */
export interface Task {
  readonly name: string; // of its folder
  readonly title: string;
  readonly part: (typeof partNames)[number];
  /** Where the learner works, in the project that `init` writes. */
  readonly file: string;
  /** The right answers. */
  readonly reference: Module;
  readonly checks: readonly Check[];
}

/** A check of one function or class. */
export interface Check {
  readonly name: string;
  /** What earns points, each by itself. */
  readonly parts: readonly Part[];
  /** Programs to run, with small numbers that a learner can follow by hand. */
  cases(rng: Rng): readonly Case[];
  readonly mistakes: readonly Mistake[];
  /** The arguments that the function is meant to change, per step; all others must stay as they are. */
  readonly changes?: readonly number[];
  /** In place of the cases, where there is more than one right answer: finds what is wrong; each finding costs its part. */
  readonly examine?: (ask: Ask, rng: Rng) => Promise<readonly Finding[]>;
}

export interface Part {
  readonly name: string; // "gradW", or "output"
  readonly points: number;
  /** Where it is in the results: the step, then what leads on from there, `"0.1.W1"`. */
  readonly at: string;
}

export interface Case {
  /** What is given, in words: shapes and what is special. */
  readonly given: string;
  readonly steps: readonly Step[];
}

/** A misconception: code that makes it, so that it can be recognised by its numbers. */
export interface Mistake {
  readonly id: string; // "mean-forgotten"
  readonly says: string; // what the learner reads
  /** Takes the place of what the reference has under the same names. */
  readonly module: Module;
}

/** A misconception that code can have in several ways. */
export function variants(id: string, says: string, ...modules: readonly Module[]): Mistake[] {
  return modules.map((module) => ({ id, says, module }));
}

/** What is wrong with one part, and where. */
export interface Finding {
  readonly part: string;
  readonly problem: string;
  readonly given?: string;
  /** The element that is off by most, `"[1, 0]"`. */
  readonly at?: string;
  /** `null` when it is not finite. */
  readonly got?: number | null;
  readonly expected?: number;
  /** The mistake that gives the same numbers. */
  readonly mistake?: { readonly id: string; readonly says: string };
}

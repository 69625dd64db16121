/** At which points a function is tried: how many inputs it has, where each is drawn from, and which get a gradient. */
import type { FunctionName } from "../graph/functions/texts.ts";
import type { Rng } from "../tensor/rng.ts";
import { type Answer, type Evaluate, isProblem } from "./evaluate.ts";
import { type Finding, findingAt } from "./finding.ts";

export interface Input {
  readonly name: string;
  /** Drawn from here … */
  readonly from: number;
  /** … to here. */
  readonly to: number;
  /** A class number: whole, both ends included, and without a gradient. */
  readonly isClass?: true;
}

export interface CheckPlan {
  readonly inputs: readonly Input[];
  /** Largest difference between a gradient and the numeric one, as a share of their sum where that is above 1. */
  readonly tolerance: number;
}

const usualTolerance = 1e-8;

const real = (name: string): Input => ({ name, from: 0, to: 1 });
const y: Input = asClass("y", 2);

/** The functions of the course; f1 is quadratic, so its numeric gradients are exact but for rounding. */
export const coursePlans: Readonly<Record<FunctionName, CheckPlan>> = {
  f1: { inputs: ["x1", "w1", "x2", "w2", "b", "y"].map(real), tolerance: 1e-10 },
  f2: { inputs: [real("x")], tolerance: usualTolerance },
  f3: { inputs: [real("s1"), real("s2"), y], tolerance: usualTolerance },
  f4: { inputs: [real("x"), real("w"), real("b"), y], tolerance: usualTolerance },
};

export function isCourseName(name: string): name is FunctionName {
  return Object.hasOwn(coursePlans, name);
}

/** Which inputs get a gradient. */
export function differentiated({ inputs }: CheckPlan): number[] {
  return inputs.flatMap(({ isClass }, i) => (isClass ? [] : [i]));
}

/** Random points of a plan, one after the other. */
export function drawPoints({ inputs }: CheckPlan, count: number, rng: Rng): Float64Array {
  const points = new Float64Array(count * inputs.length);
  for (let at = 0; at < points.length; at++) {
    const { from, to, isClass } = inputs[at % inputs.length]!;
    points[at] = isClass ? rng.integer(from, to) : from + (to - from) * rng.uniform();
  }
  return points;
}

/** What the caller knows better. */
export interface PlanSettings {
  /** Where inputs are drawn from, by name; `""` stands for all that are not named. */
  readonly ranges?: Readonly<Record<string, readonly [from: number, to: number]>>;
  /** Inputs that are class numbers 1 … n, by name. */
  readonly classes?: Readonly<Record<string, number>>;
}

export interface MadePlan extends CheckPlan {
  /** What was assumed, for the learner to read. */
  readonly remarks: readonly string[];
}

const probes = 100;

/**
 * The plan for a learner's function. A function of the course gets the course's plan with the learner's names; f4 only
 * when it has the course's numbers of inputs and gradients, because learners write an f4 of their own.
 *
 * Any other function is tried first. Its inputs are drawn from −1 to 1; from 0.1 to 1 when it throws or is not finite at
 * some of 100 points there, as log and sqrt do. A last input named y that gets no gradient is a class number, 1 or 2.
 *
 * @param names - of the inputs; none when the function does not tell (rest parameters)
 * @returns a finding when the function cannot be called
 */
export async function makePlan(
  name: string,
  names: readonly string[],
  evaluate: Evaluate,
  rng: Rng,
  settings: PlanSettings = {},
): Promise<MadePlan | Finding> {
  const course = coursePlan(name, names);
  if (course && name !== "f4") return { ...withSettings(course, settings), remarks: [] };
  if (names.length === 0) return { problem: "expected named parameters, one per input, got none" };

  const endsInY = names.length > 1 && names.at(-1) === "y";
  const tries: { from: number; plan: CheckPlan; points: Float64Array; answer: Answer }[] = [];
  for (const from of Object.hasOwn(settings.ranges ?? {}, "") ? [-1] : [-1, 0.1]) {
    const plan = withSettings(ownPlan(names, from, endsInY), settings);
    const points = drawPoints(plan, probes, rng);
    const answer = await evaluate({ points, width: names.length, moves: [], wantsGradients: true });
    tries.push({ from, plan, points, answer });
    if (isProblem(answer) ? answer.ended : answer.every(Number.isFinite)) break;
  }
  const finite = tries.find(({ answer }) => !isProblem(answer) && answer.every(Number.isFinite));
  const { from, plan, points, answer } = finite ?? tries[0]!;
  if (isProblem(answer)) return findingAt(answer, plan, points);

  const gradients = answer.length / probes - 1;
  if (course && gradients === differentiated(course).length) return { ...withSettings(course, settings), remarks: [] };
  const isClass = endsInY && gradients < names.length;
  const remarks: string[] = [];
  if (from > 0)
    remarks.push(`${name} throws or is not finite for some inputs between -1 and 1, so they are drawn from 0.1 to 1`);
  if (isClass && !Object.hasOwn(settings.classes ?? {}, "y"))
    remarks.push(`${name} returns no gradient for y, so y is treated as a class number, 1 or 2`);
  return { ...withSettings(ownPlan(names, from, isClass), settings), remarks };
}

function coursePlan(name: string, names: readonly string[]): CheckPlan | undefined {
  if (!isCourseName(name)) return undefined;
  const { inputs, tolerance } = coursePlans[name];
  if (names.length !== 0 && names.length !== inputs.length) return undefined;
  return { inputs: inputs.map((input, i) => ({ ...input, name: names[i] ?? input.name })), tolerance };
}

function ownPlan(names: readonly string[], from: number, lastIsClass: boolean): CheckPlan {
  const inputs = names.map((name): Input => ({ name, from, to: 1 }));
  if (lastIsClass) inputs.push(asClass(inputs.pop()!.name, 2));
  return { inputs, tolerance: usualTolerance };
}

function asClass(name: string, classes: number): Input {
  return { name, from: 1, to: classes, isClass: true };
}

export function withSettings({ inputs, tolerance }: CheckPlan, { ranges = {}, classes = {} }: PlanSettings): CheckPlan {
  const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  const adapted = inputs.map((input): Input => {
    const count = own(classes, input.name);
    if (count !== undefined) return asClass(input.name, count);
    const range = input.isClass ? undefined : (own(ranges, input.name) ?? own(ranges, ""));
    return range ? { ...input, from: range[0], to: range[1] } : input;
  });
  return { inputs: adapted, tolerance };
}

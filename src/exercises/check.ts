/**
 * Checks of hand-written forward/backward functions `(…inputs) => [output, grads]`: outputs against samples, gradients
 * against numeric ones. The function is reached through an {@link Evaluate}, so it may run here or in a process apart.
 */
import { defaultStep, fivePointBend, fivePointSlope, fivePoints } from "../gradcheck/numeric.ts";
import type { Rng } from "../tensor/rng.ts";
import { type Evaluate, isProblem } from "./evaluate.ts";
import { type CheckResult, type Finding, failedCheck, findingAt, Worst } from "./finding.ts";
import { type CheckPlan, differentiated, drawPoints } from "./plan.ts";
import { type Samples, samplesOf } from "./samples.ts";

/** Largest absolute difference between an output and the sample. */
export const outputTolerance = 1e-10;

/** Compares the outputs with every sample of the function. */
export async function checkOutputs(
  name: string,
  plan: CheckPlan,
  evaluate: Evaluate,
  samples: Samples,
): Promise<CheckResult> {
  const { inputs, outputs } = samplesOf(name, samples);
  const width = plan.inputs.length;
  const wrong = inputs.find((row) => row.length !== width);
  if (wrong !== undefined)
    return failedCheck(name, "outputs", {
      problem: `expected ${wrong.length} inputs, as the samples have, got ${width}`,
    });
  const points = Float64Array.from(inputs.flat());
  const answer = await evaluate({ points, width, moves: [], wantsGradients: false });
  if (isProblem(answer)) return failedCheck(name, "outputs", findingAt(answer, plan, points));
  const worst = new Worst(plan);
  for (const [point, expected] of outputs.entries()) {
    const got = answer[point]!;
    worst.see(got === expected ? 0 : Math.abs(got - expected), points, point, "output", got, expected);
  }
  return worst.result(name, "outputs", outputs.length, 0, outputTolerance);
}

const largestBatch = 1024;
/** With a larger share of points at kinks, a check proves nothing. */
const mostKinks = 0.1;

/**
 * Compares every gradient with a numeric one at random points of the plan: with a central difference, and where that
 * disagrees, with the five-point rule. Where the function has a kink (relu at 0, a tie in max) within the step, there is
 * no numeric gradient: such a point is counted, and not held against the function.
 */
export async function checkGradients(
  name: string,
  plan: CheckPlan,
  evaluate: Evaluate,
  trials: number,
  rng: Rng,
): Promise<CheckResult> {
  const variables = differentiated(plan);
  const width = plan.inputs.length;
  const worst = new Worst(plan);
  let kinks = 0;
  for (let done = 0; done < trials; done += largestBatch) {
    let points = drawPoints(plan, Math.min(largestBatch, trials - done), rng);
    for (const rule of [centralRule, fivePointRule]) {
      const moves = variables.flatMap((i) => rule.offsets.map((offset): [number, number] => [i, offset]));
      const answer = await evaluate({ points, width, moves, wantsGradients: true });
      if (isProblem(answer)) return failedCheck(name, "gradients", findingAt(answer, plan, points));
      const gradients = (answer.length * width) / points.length - 1 - moves.length;
      if (gradients !== variables.length) return failedCheck(name, "gradients", wrongCount(plan, variables, gradients));
      const doubtful = compare({ plan, variables, points, answer, rule, worst });
      if (rule === fivePointRule) kinks += doubtful.length;
      if (doubtful.length === 0) break;
      points = Float64Array.from(doubtful.flatMap((at) => [...points.subarray(at * width, (at + 1) * width)]));
    }
  }
  const result = worst.result(name, "gradients", trials, kinks, plan.tolerance);
  if (!result.passed || kinks <= mostKinks * trials) return result;
  const problem = `at ${kinks} of ${trials} points the function has a kink and so no numeric gradient; choose a range where it is smooth`;
  return { ...result, passed: false, finding: { problem } };
}

/** How a slope is measured: the function is called at these distances to both sides. */
interface Rule {
  readonly offsets: readonly number[];
  slope(outputs: ArrayLike<number>, at: number): number;
  /** Whether a gradient that disagrees with the slope is wrong: not at a kink, nor if a better rule can tell. */
  decides(output: number, outputs: ArrayLike<number>, at: number, tolerance: number): boolean;
}

const quickStep = 1e-5;
const centralRule: Rule = {
  offsets: [quickStep, -quickStep],
  slope: (outputs, at) => (outputs[at]! - outputs[at + 1]!) / (2 * quickStep),
  decides: () => false,
};
const fivePointRule: Rule = {
  offsets: fivePoints.map((step) => step * defaultStep),
  slope: (outputs, at) => fivePointSlope(outputs, at, defaultStep),
  decides: (output, outputs, at, tolerance) =>
    !Number.isFinite(output) || Math.abs(fivePointBend(output, outputs, at, defaultStep)) <= tolerance,
};

interface Measurement {
  readonly plan: CheckPlan;
  readonly variables: readonly number[];
  readonly points: Float64Array;
  readonly answer: Float64Array;
  readonly rule: Rule;
  readonly worst: Worst;
}

/** @returns the points at which a gradient disagrees and the rule cannot decide; the others are in `worst` */
function compare({ plan, variables, points, answer, rule, worst }: Measurement): number[] {
  const { tolerance, inputs } = plan;
  const count = points.length / inputs.length;
  const length = answer.length / count; // of the numbers per point: the output, after each move, the gradients
  const offsets = rule.offsets.length;
  const undecided: number[] = [];
  for (let point = 0; point < count; point++) {
    const at = point * length;
    let isDecided = true;
    for (let v = 0; v < variables.length; v++) {
      const around = at + 1 + v * offsets;
      const grad = answer[at + length - variables.length + v]!;
      const numeric = rule.slope(answer, around);
      const scale = Math.max(1, Math.abs(grad) + Math.abs(numeric));
      const difference = grad === numeric ? 0 : Math.abs(grad - numeric) / scale;
      if (
        difference <= tolerance ||
        !Number.isFinite(grad) ||
        rule.decides(answer[at]!, answer, around, tolerance * scale)
      )
        worst.see(difference, points, point, inputs[variables[v]!]!.name, grad, numeric);
      else isDecided = false;
    }
    if (!isDecided) undecided.push(point);
  }
  return undecided;
}

function wrongCount({ inputs }: CheckPlan, variables: readonly number[], got: number): Finding {
  const names = variables.map((i) => inputs[i]!.name).join(", ");
  return { problem: `expected ${variables.length} gradients (${names}), got ${got}` };
}

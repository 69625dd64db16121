export { checkGradients, checkOutputs } from "./check.ts";
export { type Answer, type Candidate, type Evaluate, evaluate, type Problem, type Question } from "./evaluate.ts";
export { type CheckResult, type Finding, failedCheck } from "./finding.ts";
export {
  type CheckPlan,
  coursePlans,
  type Input,
  isCourseName,
  makePlan,
  type PlanSettings,
  withSettings,
} from "./plan.ts";
export { makeSamples, readSamples, type Samples, samplesOf } from "./samples.ts";

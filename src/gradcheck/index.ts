export type { InputReport } from "./compare.ts";
export { type GradcheckOptions, type GradcheckReport, gradcheck, gradcheckLoss } from "./gradcheck.ts";
export { numericBackward, numericGradient } from "./numeric.ts";

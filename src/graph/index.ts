export type { Evaluator } from "./compile.ts";
export type { SvgOptions, Theme } from "./drawing/svg.ts";
export { f1, f2, f3, f4 } from "./functions/index.ts";
export { Graph, type GraphInputs, type GraphValue, graph } from "./graph.ts";
export type { Gradient } from "./interpret.ts";
export type { Language, OperatorName } from "./operators.ts";
export { GraphTextError } from "./parse.ts";
export type { Step } from "./steps.ts";
export type { Traceable, Value } from "./trace.ts";

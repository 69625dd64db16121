export type { Evaluator } from "./compile.ts";
export type { SvgOptions as GraphSvgOptions } from "./drawing/svg.ts";
export { f1, f2, f3, f4 } from "./functions/index.ts";
export { Graph, type GraphInputs, type GraphValue, graph } from "./graph.ts";
export type { Gradient } from "./interpret.ts";
export type { Language as SourceLanguage, OperatorName } from "./operators.ts";
export { GraphTextError } from "./parse.ts";
export type { Step as GraphStep } from "./steps.ts";
export type { Traceable, Value as TracedValue } from "./trace.ts";

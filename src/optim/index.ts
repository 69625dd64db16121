export type { Optimizer, OptimizerState, Tensors } from "./optimizer.ts";
export { SGD, type SgdSettings } from "./sgd.ts";

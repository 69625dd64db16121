export { Adam, type AdamSettings } from "./adam.ts";
export type { Optimizer, OptimizerState, Tensors } from "./optimizer.ts";
export { type Schedule, type ScheduleName, schedules } from "./schedules.ts";
export { SGD, type SgdSettings } from "./sgd.ts";

export { Adagrad, type AdagradSettings } from "./adagrad.ts";
export { Adam, type AdamSettings } from "./adam.ts";
export { AdamW, type AdamWSettings } from "./adamw.ts";
export { clipGradients, clippingScale } from "./clipping.ts";
export { Optimizer, type OptimizerState, type Tensors, type UpdateOptions } from "./optimizer.ts";
export {
  type CreateOptimizer,
  createOptimizer,
  type OptimizerSettings,
  optimizerNames,
  registerOptimizer,
} from "./optimizers.ts";
export { RMSProp, type RmspropSettings } from "./rmsprop.ts";
export { type Schedule, type ScheduleName, schedules, scheduleWithWarmup } from "./schedules.ts";
export { SGD, type SgdSettings } from "./sgd.ts";

/** Every task, in the order in which they are solved. A new one is a folder beside this file, and a line here. */
import type { Task } from "../task.ts";
import { affine } from "./affine/task.ts";
import { functions } from "./functions/task.ts";
import { layers } from "./layers/task.ts";
import { multiLayerNet } from "./multi-layer-net/task.ts";
import { optimizers } from "./optimizers/task.ts";
import { trainingStepTask } from "./training-step/task.ts";
import { twoLayerNet } from "./two-layer-net/task.ts";

export const tasks: readonly Task[] = [
  functions,
  affine,
  layers,
  twoLayerNet,
  trainingStepTask,
  optimizers,
  multiLayerNet,
];

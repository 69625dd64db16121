import type { Wrong } from "../wrong.ts";

export const wrong: readonly Wrong[] = [
  ["relu-after-scores", "MultiLayerNet, forward", "const isLast = i === this.depth;", "const isLast = false;"],
  ["relu-forgotten", "MultiLayerNet, forward", "const isLast = i === this.depth;", "const isLast = true;"],
  ["relu-forgotten", "MultiLayerNet, forward", "const isLast = i === this.depth;", "const isLast = i > 1;"],
  ["relu-backward-forgotten", "MultiLayerNet, backward", "if (relu) grad = reluBackward(grad, relu);", ""],
];

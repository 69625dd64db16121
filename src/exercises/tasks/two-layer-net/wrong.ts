import type { Wrong } from "../wrong.ts";

export const wrong: readonly Wrong[] = [
  ["relu-forgotten", "TwoLayerNet, forward", "fcForward(active, this.W2", "fcForward(hidden, this.W2"],
  ["relu-after-scores", "TwoLayerNet, forward", "return [scores, {", "return [reluForward(scores)[0], {"],
  [
    "bias-forgotten",
    "TwoLayerNet, forward",
    "fcForward(x, this.W1, this.b1)",
    'fcForward(x, this.W1, zeros(this.b1.shape, { dtype: "float64" }))',
  ],
  [
    "bias-forgotten",
    "TwoLayerNet, forward",
    "fcForward(active, this.W2, this.b2)",
    'fcForward(active, this.W2, zeros(this.b2.shape, { dtype: "float64" }))',
  ],
  ["relu-backward-forgotten", "TwoLayerNet, backward", "fcBackward(gradHidden, fc1)", "fcBackward(gradActive, fc1)"],
  [
    "gradients-swapped",
    "TwoLayerNet, backward",
    "return { W1, b1, W2, b2 };\n  }\n}",
    "return { W1, b1: b2, W2, b2: b1 };\n  }\n}",
  ],
  [
    "inputs-for-activations",
    "TwoLayerNet, backward",
    "fcBackward(gradScores, fc2)",
    "fcBackward(gradScores, { x: relu.x, w: fc2.w })",
  ],
];

export { type FcCache, fcBackward, fcBackwardParameters, fcForward } from "./fc.ts";
export { addL2Penalty, l2Loss, l2Regularization } from "./l2.ts";
export { matmul, newLike } from "./matmul.ts";
export { type ReluCache, reluBackward, reluForward } from "./relu.ts";
export { checkLabels, type Labels, softmax, softmaxLoss } from "./softmax-loss.ts";

export { ActivationLayer, activationNames, registerActivation } from "./activations.ts";
export {
  type BatchNormCache,
  BatchNormLayer,
  type BatchNormOptions,
  batchNormBackward,
  batchNormForward,
} from "./batch-norm.ts";
export { type DropoutCache, DropoutLayer, dropoutBackward, dropoutForward } from "./dropout.ts";
export type { ElementwiseCache } from "./elementwise.ts";
export { eluBackward, eluForward } from "./elu.ts";
export { type FcCache, FcLayer, fcBackward, fcBackwardParameters, fcForward } from "./fc.ts";
export { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from "./gelu.ts";
export { createLayer, registerLayer } from "./kinds.ts";
export { addL2Penalty, l2Loss, l2Regularization } from "./l2.ts";
export {
  type CreateLayer,
  dropoutKey,
  evaluation,
  type Gradient,
  type GradientProduct,
  type Layer,
  type LayerGradients,
  type LayerSettings,
  type Pass,
  productOf,
  readNumber,
  readSize,
  type Tensors,
} from "./layer.ts";
export { type LayerNormCache, LayerNormLayer, layerNormBackward, layerNormForward } from "./layer-norm.ts";
export { leakyReluBackward, leakyReluForward } from "./leaky-relu.ts";
export { matmul, newLike } from "./matmul.ts";
export { type ReluCache, reluBackward, reluForward } from "./relu.ts";
export { sigmoidBackward, sigmoidForward } from "./sigmoid.ts";
export { smoothTargets, smoothTargetsInto, softTargetLoss, softTargetLossInto } from "./soft-targets.ts";
export { checkLabels, type Labels, softmax, softmaxLoss } from "./softmax-loss.ts";
export { swishBackward, swishForward } from "./swish.ts";
export { tanhBackward, tanhForward } from "./tanh.ts";

/**
 * Layers as forward/backward pairs. Sizes: N examples, D inputs, M outputs, C classes. Tensors hold their numbers row by row in
 * `x.data`; `matmul(a, b, { transposeA, transposeB })` multiplies, `zeros(shape, { dtype: "float64" })` makes a new one. Never
 * change an argument in place: whoever called still needs it.
 */
import { matmul, type Tensor, zeros } from "chainrule";

type T = Tensor<"float64">;

/**
 * Fully-connected layer: `out = x·w + b`.
 * @param x - inputs, (N, D)
 * @param w - weights, (D, M)
 * @param b - biases, (M)
 * @returns `[out, cache]`: out (N, M), cache `{ x, w }`
 */
export function fcForward(x: T, w: T, b: T): [out: T, cache: { x: T; w: T }] {
  throw new Error("fcForward: not implemented yet");
}

/**
 * `gradX = gradOut·wᵀ`, `gradW = xᵀ·gradOut`, `gradB = Σ over rows of gradOut`.
 * @param gradOut - gradient of the loss with respect to out, (N, M)
 * @returns `[gradX, gradW, gradB]` of shapes (N, D), (D, M), (M)
 */
export function fcBackward(gradOut: T, cache: { x: T; w: T }): [gradX: T, gradW: T, gradB: T] {
  throw new Error("fcBackward: not implemented yet");
}

/** `out = max(0, x)`, element by element. @returns `[out, cache]` with the cache `{ x }` */
export function reluForward(x: T): [out: T, cache: { x: T }] {
  throw new Error("reluForward: not implemented yet");
}

/** `gradX = gradOut where x > 0, else 0`. */
export function reluBackward(gradOut: T, cache: { x: T }): T {
  throw new Error("reluBackward: not implemented yet");
}

/**
 * Softmax followed by cross-entropy, averaged over the batch: `loss = −1/N · Σᵢ log probs[i, labels[i]]` with
 * `probs[i, j] = exp(s[i, j]) / Σₖ exp(s[i, k])`, and `gradScores = (probs − onehot(labels)) / N`. Scores may be as large as
 * ±1000: subtract each row's maximum before the exponential.
 * @param labels - N class numbers, 0 … C−1
 */
export function softmaxLoss(scores: T, labels: Int32Array): [loss: number, gradScores: T] {
  throw new Error("softmaxLoss: not implemented yet");
}

/** The penalty `reg/2 · Σ w²` and its gradient `reg · w`. */
export function l2Regularization(w: T, reg: number): [loss: number, gradW: T] {
  throw new Error("l2Regularization: not implemented yet");
}

/** Optional: optimizers with a memory. Parameters, gradients and what is kept have the same names and shapes. */
import type { Tensor } from "chainrule";

type Tensors = Record<string, Tensor<"float64">>;

/** `v ← momentum · v + grad`, then `w ← w − learningRate · v`; w and v change in place. */
export function momentumStep(
  parameters: Tensors,
  velocity: Tensors,
  grads: Tensors,
  settings: { learningRate: number; momentum: number },
): void {
  throw new Error("momentumStep: not implemented yet");
}

/**
 * Adam (Kingma & Ba 2015): `m ← beta1 · m + (1 − beta1) · grad`, `v ← beta2 · v + (1 − beta2) · grad²`, then
 * `w ← w − learningRate · (m / (1 − beta1^step)) / (√(v / (1 − beta2^step)) + eps)`; w, m and v change in place.
 * @param step - counts from 1
 */
export function adamStep(
  parameters: Tensors,
  state: { m: Tensors; v: Tensors },
  grads: Tensors,
  step: number,
  settings: { learningRate: number; beta1: number; beta2: number; eps: number },
): void {
  throw new Error("adamStep: not implemented yet");
}

/** One step of training, for any model with `parameters`, `forward` and `backward` as your two-layer network has them. */
import { type Tensor, zeros } from "chainrule";
import { l2Regularization, softmaxLoss } from "./layers.ts";

type T = Tensor<"float64">;
type Tensors = Record<string, T>;

export interface Model {
  parameters(): Tensors;
  forward(x: T): [scores: T, cache: unknown];
  backward(gradScores: T, cache: unknown): Tensors;
}

/**
 * Forward, loss and backward on one batch: `loss = softmaxLoss(forward(x), labels) + reg/2 · Σ W²` over the weight matrices
 * (names that start with W); biases are not regularized. Nothing is updated.
 * @returns the loss, and one gradient of it per parameter
 */
export function trainingStep(model: Model, x: T, labels: Int32Array, reg: number): { loss: number; grads: Tensors } {
  throw new Error("trainingStep: not implemented yet");
}

/** Stochastic gradient descent: `w ← w − learningRate · grad`, in place. */
export function sgdStep(parameters: Tensors, grads: Tensors, learningRate: number): void {
  throw new Error("sgdStep: not implemented yet");
}

/** The share of examples whose highest score is that of their label, 0 … 1. */
export function accuracy(scores: T, labels: Int32Array): number {
  throw new Error("accuracy: not implemented yet");
}

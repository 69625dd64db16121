import type { Tensor } from "chainrule";
import { l2Regularization, softmaxLoss } from "./layers.ts";

type T = Tensor<"float64">;
type Tensors = Record<string, T>;
interface Model {
  parameters(): Tensors;
  forward(x: T): [T, unknown];
  backward(gradScores: T, cache: unknown): Tensors;
}

export function trainingStep(model: Model, x: T, labels: Int32Array, reg: number): { loss: number; grads: Tensors } {
  const [scores, cache] = model.forward(x);
  const [dataLoss, gradScores] = softmaxLoss(scores, labels);
  const grads = model.backward(gradScores, cache);
  let penalties = 0;
  for (const [name, w] of Object.entries(model.parameters())) {
    if (!name.startsWith("W")) continue;
    const [penalty, gradW] = l2Regularization(w, reg);
    penalties += penalty;
    for (let i = 0; i < w.size; i++) grads[name]!.data[i]! += gradW.data[i]!;
  }
  return { loss: dataLoss + penalties, grads };
}

export function sgdStep(parameters: Tensors, grads: Tensors, learningRate: number): void {
  for (const [name, w] of Object.entries(parameters))
    for (let i = 0; i < w.size; i++) w.data[i]! -= learningRate * grads[name]!.data[i]!;
}

export function accuracy(scores: T, labels: Int32Array): number {
  const [N = 0, C = 0] = scores.shape;
  let correct = 0;
  for (let i = 0; i < N; i++) {
    let best = 0;
    for (let c = 1; c < C; c++) if (scores.at(i, c) > scores.at(i, best)) best = c;
    if (best === labels[i]) correct++;
  }
  return correct / N;
}

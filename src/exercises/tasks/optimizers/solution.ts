import type { Tensor } from "chainrule";

type Tensors = Record<string, Tensor<"float64">>;

export function momentumStep(
  p: Tensors,
  velocity: Tensors,
  g: Tensors,
  s: { learningRate: number; momentum: number },
): void {
  for (const [name, w] of Object.entries(p)) {
    const v = velocity[name]!;
    for (let i = 0; i < w.size; i++) {
      v.data[i] = s.momentum * v.data[i]! + g[name]!.data[i]!;
      w.data[i]! -= s.learningRate * v.data[i]!;
    }
  }
}

export function adamStep(
  p: Tensors,
  state: { m: Tensors; v: Tensors },
  g: Tensors,
  step: number,
  { learningRate, beta1, beta2, eps }: { learningRate: number; beta1: number; beta2: number; eps: number },
): void {
  for (const [name, w] of Object.entries(p)) {
    const [m, v] = [state.m[name]!, state.v[name]!];
    for (let i = 0; i < w.size; i++) {
      const grad = g[name]!.data[i]!;
      m.data[i] = beta1 * m.data[i]! + (1 - beta1) * grad;
      v.data[i] = beta2 * v.data[i]! + (1 - beta2) * grad * grad;
      const first = m.data[i]! / (1 - beta1 ** step);
      const second = v.data[i]! / (1 - beta2 ** step);
      w.data[i]! -= (learningRate * first) / (Math.sqrt(second) + eps);
    }
  }
}

/** The arithmetic of every optimizer, element by element; `optim/` has the formulas and their sources. */
import { checkUpdate } from "../checks.ts";
import type { FloatArray, Gemm, Update } from "../kernels.ts";

/** @param gemm - multiplies gradients that are products */
export function createUpdate(gemm: (product: Gemm) => void): <A extends FloatArray>(update: Update<A>) => void {
  return (update) => {
    checkUpdate(update);
    const { w, gradient } = update;
    let grad = gradient as FloatArray;
    if ("m" in gradient) {
      grad = w.slice();
      gemm({ ...gradient, out: grad });
    }
    applyUpdate(update, grad);
  };
}

/** The step itself, by a gradient that is an array; nothing is checked. */
export function applyUpdate(
  { w, slots, rule, learningRate, scale = 1, weightDecay = 0 }: Update,
  grad: FloatArray,
): void {
  const [first, second] = slots as [FloatArray, FloatArray];
  const gradientOf = (i: number): number => scale * grad[i]! + (weightDecay === 0 ? 0 : weightDecay * w[i]!);
  switch (rule.name) {
    case "sgd": {
      const { momentum, nesterov } = rule;
      for (let i = 0; i < w.length; i++) {
        const g = gradientOf(i);
        if (momentum === 0) {
          w[i]! -= learningRate * g;
          continue;
        }
        const v = momentum * first[i]! + g;
        first[i] = v;
        w[i]! -= learningRate * (nesterov ? momentum * v + g : v);
      }
      return;
    }
    case "rmsprop": {
      const { alpha, eps, momentum } = rule;
      for (let i = 0; i < w.length; i++) {
        const g = gradientOf(i);
        const square = alpha * first[i]! + (1 - alpha) * g * g;
        first[i] = square;
        let move = g / (Math.sqrt(square) + eps);
        if (momentum > 0) {
          move += momentum * second[i]!;
          second[i] = move;
        }
        w[i]! -= learningRate * move;
      }
      return;
    }
    case "adagrad":
      for (let i = 0; i < w.length; i++) {
        const g = gradientOf(i);
        const sum = first[i]! + g * g;
        first[i] = sum;
        w[i]! -= (learningRate * g) / (Math.sqrt(sum) + rule.eps);
      }
      return;
    case "adam": {
      const { beta1, beta2, eps, step, decoupledDecay } = rule;
      const rate = learningRate / (1 - beta1 ** step);
      const squareScale = 1 / (1 - beta2 ** step);
      for (let i = 0; i < w.length; i++) {
        const g = gradientOf(i);
        const mean = beta1 * first[i]! + (1 - beta1) * g;
        const square = beta2 * second[i]! + (1 - beta2) * g * g;
        first[i] = mean;
        second[i] = square;
        const value = decoupledDecay === 0 ? w[i]! : w[i]! * (1 - learningRate * decoupledDecay);
        w[i] = value - (rate * mean) / (Math.sqrt(squareScale * square) + eps);
      }
    }
  }
}

import type { Update, UpdateRule } from "../kernels.ts";
import type { WasmMemory } from "./memory.ts";
import type { Fields } from "./operations.ts";

/** What the operations `update`, `gemm` and `foreignGemm` know of an update besides its gradient. */
export type UpdateFields = Pick<
  Fields<"update">,
  "w" | "first" | "second" | "rule" | "learningRate" | "weightDecay" | "scale" | "p0" | "p1" | "p2" | "p3" | "p4"
>;

/** The fields of an update, its arrays placed in the memory. */
export function updateFields(
  { w, slots, rule, learningRate, scale = 1, weightDecay = 0 }: Update,
  memory: WasmMemory,
): UpdateFields {
  const [first, second] = slots;
  return {
    ...{ w: memory.update(w), learningRate, scale, weightDecay },
    first: first && memory.update(first),
    second: second && memory.update(second),
    ...parameters(rule, learningRate),
  };
}

/** The number of a rule and what assembly/update.ts wants of it as p0 … p4. */
function parameters(rule: UpdateRule, learningRate: number): Partial<UpdateFields> {
  switch (rule.name) {
    case "sgd":
      return { rule: rule.momentum === 0 ? 0 : rule.nesterov ? 2 : 1, p0: rule.momentum };
    case "rmsprop":
      return { rule: rule.momentum === 0 ? 3 : 4, p0: rule.alpha, p1: rule.eps, p2: rule.momentum };
    case "adagrad":
      return { rule: 5, p1: rule.eps };
    case "adam": {
      const { beta1, beta2, eps, step, decoupledDecay } = rule;
      const corrected = { learningRate: learningRate / (1 - beta1 ** step), p3: 1 / (1 - beta2 ** step) };
      return { rule: 6, p0: beta1, p1: beta2, p2: eps, p4: 1 - learningRate * decoupledDecay, ...corrected };
    }
  }
}

/** How an update is written into the control block: all but its gradient, the same in the jobs `update` and `product`. */
import type { Update } from "../kernels.ts";
import type { WasmMemory } from "./memory.ts";
import type { Offsets } from "./operations.ts";

/** @param at - where the fields of the job are */
export function setUpdate(
  memory: WasmMemory,
  at: Offsets<"update"> | Offsets<"product">,
  { w, slots, rule, learningRate, scale = 1, weightDecay = 0 }: Update,
): void {
  const { integers, fractions } = memory;
  integers[at.w] = memory.update(w);
  integers[at.first] = memory.update(slots[0]);
  integers[at.second] = memory.update(slots[1]);
  fractions[at.learningRate] = learningRate;
  fractions[at.weightDecay] = weightDecay;
  fractions[at.scale] = scale;
  // The number of the rule, and what assembly/update.ts wants of it as p0 … p4.
  switch (rule.name) {
    case "sgd":
      integers[at.rule] = rule.momentum === 0 ? 0 : rule.nesterov ? 2 : 1;
      fractions[at.p0] = rule.momentum;
      return;
    case "rmsprop":
      integers[at.rule] = rule.momentum === 0 ? 3 : 4;
      fractions[at.p0] = rule.alpha;
      fractions[at.p1] = rule.eps;
      fractions[at.p2] = rule.momentum;
      return;
    case "adagrad":
      integers[at.rule] = 5;
      fractions[at.p1] = rule.eps;
      return;
    case "adam":
      integers[at.rule] = 6;
      fractions[at.learningRate] = learningRate / (1 - rule.beta1 ** rule.step);
      fractions[at.p0] = rule.beta1;
      fractions[at.p1] = rule.beta2;
      fractions[at.p2] = rule.eps;
      fractions[at.p3] = 1 / (1 - rule.beta2 ** rule.step);
      fractions[at.p4] = 1 - learningRate * rule.decoupledDecay;
  }
}

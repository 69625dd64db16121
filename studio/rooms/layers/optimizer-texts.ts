/** What the room says of each optimizer, and where it starts. */
import type { Source } from "./parts.ts";

export interface OptimizerText {
  readonly title: string;
  readonly about: string;
  /** Learning rates that show what it is like in each valley. */
  readonly rates: Readonly<Record<string, number>>;
  readonly takes: readonly ("momentum" | "weightDecay")[];
  readonly momentum?: number;
  readonly sources: readonly Source[];
}

const arithmetic: Source = { file: "kernels/loops/update.ts", names: ["applyUpdate"] };

export const optimizerTexts: Readonly<Record<string, OptimizerText>> = {
  sgd: {
    title: "SGD, momentum",
    about:
      "Against the gradient, by a fixed share of it. Across a narrow valley it swings; momentum remembers the direction that stays the same.",
    rates: { narrow: 0.09, bent: 0.012 },
    takes: ["momentum"],
    sources: [{ file: "optim/sgd.ts", names: ["SGD"] }, arithmetic],
  },
  nesterov: {
    title: "Nesterov",
    about:
      "Momentum that looks ahead: the step already counts what the new gradient will do to the velocity, and swings less.",
    rates: { narrow: 0.03, bent: 0.004 },
    takes: ["momentum"],
    momentum: 0.9,
    sources: [{ file: "optim/sgd.ts", names: ["SGD"] }, arithmetic],
  },
  rmsprop: {
    title: "RMSProp",
    about: "Each number gets a rate of its own: its gradient is divided by how large it has been lately.",
    rates: { narrow: 0.1, bent: 0.03 },
    takes: ["momentum"],
    sources: [{ file: "optim/rmsprop.ts", names: ["RMSProp"] }, arithmetic],
  },
  adagrad: {
    title: "Adagrad",
    about: "Divides by all gradients there ever were, so its steps only become smaller.",
    rates: { narrow: 0.8, bent: 0.5 },
    takes: [],
    sources: [{ file: "optim/adagrad.ts", names: ["Adagrad"] }, arithmetic],
  },
  adam: {
    title: "Adam",
    about: "The mean gradient over the root of its mean square: about one learning rate per step, whatever the slope.",
    rates: { narrow: 0.3, bent: 0.1 },
    takes: [],
    sources: [{ file: "optim/adam.ts", names: ["Adam"] }, arithmetic],
  },
  adamw: {
    title: "AdamW",
    about: "Adam, and apart from it every weight shrinks a little: the lowest point it finds lies nearer to 0.",
    rates: { narrow: 0.3, bent: 0.1 },
    takes: ["weightDecay"],
    sources: [{ file: "optim/adamw.ts", names: ["AdamW"] }, arithmetic],
  },
};

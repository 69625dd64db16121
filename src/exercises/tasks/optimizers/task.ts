import type { Rng } from "../../../tensor/index.ts";
import { Ref, type Step, type Value } from "../../program.ts";
import type { Mistake, Task } from "../../task.ts";
import { given, randomParameters } from "../nets.ts";
import { map, type T } from "../numbers.ts";

type Tensors = Record<string, T>;
interface Momentum {
  readonly learningRate: number;
  readonly momentum: number;
}

/** `v ← momentum · v + g`, `w ← w − learningRate · v`, with factors where mistakes put them. */
function momentumStep(p: Tensors, v: Tensors, g: Tensors, { learningRate, momentum }: Momentum, gradFactor = 1): void {
  for (const [name, w] of Object.entries(p))
    for (let i = 0; i < w.size; i++) {
      v[name]!.data[i] = momentum * v[name]!.data[i]! + gradFactor * g[name]!.data[i]!;
      w.data[i]! -= learningRate * v[name]!.data[i]!;
    }
}

interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
}
interface AdamState {
  readonly m: Tensors;
  readonly v: Tensors;
}

interface Variant {
  readonly corrected?: boolean;
  readonly rooted?: boolean;
  readonly squared?: boolean;
}

/** Kingma & Ba 2015, algorithm 1; `step` counts from 1. */
function adamStep(
  p: Tensors,
  { m, v }: AdamState,
  g: Tensors,
  step: number,
  settings: AdamSettings,
  { corrected = true, rooted = true, squared = true }: Variant = {},
): void {
  const { learningRate, beta1, beta2, eps } = settings;
  const [c1, c2] = corrected ? [1 - beta1 ** step, 1 - beta2 ** step] : [1, 1];
  for (const [name, w] of Object.entries(p))
    for (let i = 0; i < w.size; i++) {
      const grad = g[name]!.data[i]!;
      const size = squared ? grad * grad : Math.abs(grad);
      const first = beta1 * m[name]!.data[i]! + (1 - beta1) * grad;
      const second = beta2 * v[name]!.data[i]! + (1 - beta2) * size;
      m[name]!.data[i] = first;
      v[name]!.data[i] = second;
      w.data[i]! -= (learningRate * (first / c1)) / ((rooted ? Math.sqrt(second / c2) : second / c2) + eps);
    }
}

type MomentumCall = [p: Tensors, v: Tensors, g: Tensors, settings: Momentum];
const momentumMistakes: readonly Mistake[] = [
  {
    id: "averaged-momentum",
    says: "v ← momentum · v + gradient: the gradient is not multiplied by (1 − momentum)",
    module: { momentumStep: (...[p, v, g, s]: MomentumCall) => momentumStep(p, v, g, s, 1 - s.momentum) },
  },
  {
    id: "velocity-not-kept",
    says: "the velocity must be kept for the next step: change it in place",
    module: {
      momentumStep: (...[p, v, g, s]: MomentumCall) =>
        momentumStep(p, Object.fromEntries(Object.entries(v).map(([name, x]) => [name, x.clone()])), g, s),
    },
  },
  {
    id: "momentum-ignored",
    says: "the velocity of the step before is not used: v ← momentum · v + gradient",
    module: { momentumStep: (...[p, v, g, s]: MomentumCall) => momentumStep(p, v, g, { ...s, momentum: 0 }) },
  },
];

type AdamCall = [p: Tensors, state: AdamState, g: Tensors, step: number, settings: AdamSettings];
const adamMistakes: readonly Mistake[] = [
  {
    id: "bias-not-corrected",
    says: "m and v start at zero: divide them by 1 − beta1^step and 1 − beta2^step before the update",
    module: { adamStep: (...call: AdamCall) => adamStep(...call, { corrected: false }) },
  },
  {
    id: "root-forgotten",
    says: "divide by the square root of v",
    module: { adamStep: (...call: AdamCall) => adamStep(...call, { rooted: false }) },
  },
  {
    id: "gradient-not-squared",
    says: "v averages the square of the gradient",
    module: { adamStep: (...call: AdamCall) => adamStep(...call, { squared: false }) },
  },
  {
    id: "betas-swapped",
    says: "beta1 belongs to m, the average of the gradient, and beta2 to v, that of its square: they are swapped",
    module: {
      adamStep: (...[p, state, g, step, s]: AdamCall) =>
        adamStep(p, state, g, step, { ...s, beta1: s.beta2, beta2: s.beta1 }),
    },
  },
  {
    id: "step-from-zero",
    says: "step counts from 1: you correct for one step too many",
    module: { adamStep: (...[p, state, g, step, s]: AdamCall) => adamStep(p, state, g, step + 1, s) },
  },
];

const halvesOf = (p: Tensors): Tensors =>
  Object.fromEntries(Object.entries(p).map(([name, x]) => [name, map(x, (w) => w / 2)]));
const zerosOf = (p: Tensors): Tensors =>
  Object.fromEntries(Object.entries(p).map(([name, x]) => [name, map(x, () => 0)]));

/** Two steps: what the first one keeps shows in the second. */
function twoSteps(rng: Rng, call: string, state: (p: Tensors) => Value, rest: (step: number) => Value[]): Step[] {
  const p = randomParameters(rng, [2, 3]);
  return [
    { call: "given:keep", args: [p] },
    { call: "given:keep", args: [state(p)] },
    ...[1, 2].map(
      (step): Step => ({ call, args: [new Ref(0), new Ref(1), randomParameters(rng, [2, 3]), ...rest(step)] }),
    ),
    { look: new Ref(0) },
  ];
}

const parts = [
  { name: "W1 after two steps", points: 3, at: "4.W1" },
  { name: "b1 after two steps", points: 2, at: "4.b1" },
];

export const optimizers: Task = {
  name: "optimizers",
  title: "Momentum and Adam",
  part: "extras",
  file: "network/optimizers.ts",
  reference: {
    ...given,
    momentumStep: (...call: MomentumCall) => momentumStep(...call),
    adamStep: (...call: AdamCall) => adamStep(...call),
  },
  checks: [
    {
      name: "momentumStep",
      parts,
      changes: [0, 1],
      mistakes: momentumMistakes,
      cases: (rng) => [
        {
          given:
            "W1 (2, 3) and b1 (3), a velocity of half the parameters, two steps at learning rate 0.1, momentum 0.8",
          steps: twoSteps(rng, "momentumStep", halvesOf, () => [{ learningRate: 0.1, momentum: 0.8 }]),
        },
      ],
    },
    {
      name: "adamStep",
      parts,
      changes: [0, 1],
      mistakes: adamMistakes,
      cases: (rng) => [
        {
          given: "W1 (2, 3) and b1 (3), m and v 0, two steps at learning rate 0.1, beta1 0.9, beta2 0.99, eps 1e-8",
          steps: twoSteps(
            rng,
            "adamStep",
            (p) => ({ m: zerosOf(p), v: zerosOf(p) }),
            (step) => [step, { learningRate: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8 }],
          ),
        },
      ],
    },
  ],
};

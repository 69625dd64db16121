import { l2Regularization, softmaxLoss } from "../../../layers/index.ts";
import type { Rng } from "../../../tensor/index.ts";
import { Ref, type Step } from "../../program.ts";
import type { Mistake, Task } from "../../task.ts";
import { given, randomParameters } from "../nets.ts";
import { add, labelsOf, map, normal, scale, type T } from "../numbers.ts";

type Tensors = Record<string, T>;
interface Model {
  parameters(): Tensors;
  forward(x: T): [T, unknown];
  backward(gradScores: T, cache: unknown): Tensors;
}

/** The step with a strength of the penalty per parameter, and factors on loss and gradients. */
function step(
  model: Model,
  x: T,
  labels: Int32Array,
  strength: (name: string) => number,
  { lossFactor = 1, gradFactor = 1 } = {},
) {
  const [scores, cache] = model.forward(x);
  let [loss, gradScores] = softmaxLoss(scores, labels);
  const grads = { ...model.backward(gradScores as T, cache) };
  for (const [name, w] of Object.entries(model.parameters())) {
    const [penalty, gradW] = l2Regularization(w, Math.abs(strength(name)));
    loss += lossFactor * penalty;
    grads[name] = add(grads[name]!, scale(gradW as T, gradFactor));
  }
  return { loss, grads };
}

const onWeights =
  (reg: number) =>
  (name: string): number =>
    name.startsWith("W") ? reg : 0;
const trainingStep = (model: Model, x: T, labels: Int32Array, reg: number) => step(model, x, labels, onWeights(reg));
type Call = Parameters<typeof trainingStep>;

const stepMistakes: readonly Mistake[] = [
  {
    id: "biases-regularized",
    says: "the penalty is on the weight matrices only: biases are not regularized",
    module: { trainingStep: (...[model, x, labels, reg]: Call) => step(model, x, labels, () => reg) },
  },
  {
    id: "penalty-missing-in-gradient",
    says: "the penalty is in the loss but not in the gradients: add reg · W to each weight's gradient",
    module: {
      trainingStep: (...[model, x, labels, reg]: Call) => step(model, x, labels, onWeights(reg), { gradFactor: 0 }),
    },
  },
  {
    id: "penalty-missing-in-loss",
    says: "the penalty is in the gradients but not in the loss: add reg/2 · Σ W²",
    module: {
      trainingStep: (...[model, x, labels, reg]: Call) => step(model, x, labels, onWeights(reg), { lossFactor: 0 }),
    },
  },
  {
    id: "penalty-missing",
    says: "the penalty reg/2 · Σ W² is missing, in the loss and in the gradients",
    module: { trainingStep: (...[model, x, labels]: Call) => step(model, x, labels, () => 0) },
  },
  {
    id: "half-forgotten",
    says: "the penalty is reg/2 · Σ W²: the half is missing in the loss",
    module: {
      trainingStep: (...[model, x, labels, reg]: Call) => step(model, x, labels, onWeights(reg), { lossFactor: 2 }),
    },
  },
  {
    id: "gradient-doubled",
    says: "the gradient of reg/2 · W² is reg · W, not 2 · reg · W",
    module: {
      trainingStep: (...[model, x, labels, reg]: Call) => step(model, x, labels, onWeights(reg), { gradFactor: 2 }),
    },
  },
  {
    id: "one-layer-regularized",
    says: "every weight matrix is regularized, not only the first",
    module: {
      trainingStep: (...[model, x, labels, reg]: Call) => step(model, x, labels, (name) => (name === "W1" ? reg : 0)),
    },
  },
  {
    id: "scores-for-gradient",
    says: "hand the gradient of the scores to backward, not the scores themselves",
    module: {
      trainingStep: (...[model, x, labels, reg]: Call) => {
        const right = trainingStep(model, x, labels, reg);
        const [scores, cache] = model.forward(x);
        const grads = model.backward(scores, cache);
        for (const [name, w] of Object.entries(model.parameters()))
          grads[name] = add(grads[name]!, scale(w, onWeights(reg)(name)));
        return { ...right, grads };
      },
    },
  },
];

function sgdStep(parameters: Tensors, grads: Tensors, learningRate: number): void {
  for (const [name, w] of Object.entries(parameters)) w.data.set(add(w, scale(grads[name]!, -learningRate)).data);
}

const sgdMistakes: readonly Mistake[] = [
  {
    id: "uphill",
    says: "the gradient points uphill: subtract it",
    module: { sgdStep: (p: Tensors, g: Tensors, rate: number) => sgdStep(p, g, -rate) },
  },
  {
    id: "copy-updated",
    says: "the parameters must change in place: a copy was updated, and the model never learns",
    module: { sgdStep: () => undefined },
  },
  {
    id: "rate-ignored",
    says: "the step is learningRate · gradient: the learning rate is not used",
    module: { sgdStep: (p: Tensors, g: Tensors) => sgdStep(p, g, 1) },
  },
  {
    id: "replaced-by-gradient",
    says: "subtract the step from the parameter: yours is replaced by it",
    module: {
      sgdStep: (p: Tensors, g: Tensors, rate: number) => {
        for (const [name, w] of Object.entries(p)) w.data.set(scale(g[name]!, -rate).data);
      },
    },
  },
];

function correct(scores: T, labels: Int32Array, better: (a: number, b: number) => boolean): number {
  const [N = 0, C = 0] = scores.shape;
  let count = 0;
  for (let i = 0; i < N; i++) {
    let best = 0;
    for (let c = 1; c < C; c++) if (better(scores.at(i, c), scores.at(i, best))) best = c;
    if (best === labels[i]) count++;
  }
  return count;
}
const larger = (a: number, b: number): boolean => a > b;
const accuracy = (scores: T, labels: Int32Array): number => correct(scores, labels, larger) / labels.length;

const accuracyMistakes: readonly Mistake[] = [
  {
    id: "count-for-share",
    says: "accuracy is the share that is correct, 0 … 1: divide by the number of examples",
    module: { accuracy: (scores: T, labels: Int32Array) => accuracy(scores, labels) * labels.length },
  },
  {
    id: "percent-for-share",
    says: "accuracy is a share from 0 to 1, not percent",
    module: { accuracy: (scores: T, labels: Int32Array) => 100 * accuracy(scores, labels) },
  },
  {
    id: "lowest-score",
    says: "the predicted class has the highest score, not the lowest",
    module: { accuracy: (scores: T, labels: Int32Array) => correct(scores, labels, (a, b) => a < b) / labels.length },
  },
  {
    id: "label-off-by-one",
    says: "labels count from 0: the predicted class is compared with the label minus one",
    module: {
      accuracy: (scores: T, labels: Int32Array) =>
        accuracy(
          scores,
          labels.map((y) => y - 1),
        ),
    },
  },
  {
    id: "errors-counted",
    says: "accuracy is the share that is correct: yours is the share of errors",
    module: { accuracy: (scores: T, labels: Int32Array) => 1 - accuracy(scores, labels) },
  },
];

function stepCase(rng: Rng): Step[] {
  return [
    { call: "given:net", args: [randomParameters(rng, [4, 5, 3])] },
    { call: "trainingStep", args: [new Ref(0), normal(rng, 6, 4), labelsOf(rng, 6, 3), 0.2] },
  ];
}

export const trainingStepTask: Task = {
  name: "training-step",
  title: "The training step",
  part: "networks",
  file: "network/training-step.ts",
  reference: { ...given, trainingStep, sgdStep, accuracy },
  checks: [
    {
      name: "trainingStep",
      parts: [
        { name: "loss", points: 4, at: "1.loss" },
        ...["W1", "b1", "W2", "b2"].map((name) => ({ name: `gradient of ${name}`, points: 2, at: `1.grads.${name}` })),
      ],
      mistakes: stepMistakes,
      cases: (rng) =>
        [1, 2].map(() => ({ given: "a two-layer net 4-5-3, x (6, 4), labels 0 … 2, reg 0.2", steps: stepCase(rng) })),
    },
    {
      name: "sgdStep",
      parts: [
        { name: "W1", points: 2, at: "2.W1" },
        { name: "b1", points: 2, at: "2.b1" },
      ],
      changes: [0],
      mistakes: sgdMistakes,
      cases: (rng) => [
        {
          given: "parameters W1 (2, 3), b1 (3), learning rate 0.1",
          steps: [
            { call: "given:keep", args: [randomParameters(rng, [2, 3])] },
            { call: "sgdStep", args: [new Ref(0), randomParameters(rng, [2, 3]), 0.1] },
            { look: new Ref(0) },
          ],
        },
      ],
    },
    {
      name: "accuracy",
      parts: [{ name: "share", points: 4, at: "0" }],
      mistakes: accuracyMistakes,
      cases: (rng) =>
        [8, 5].map((N) => {
          const scores = map(normal(rng, N, 3), (s) => s);
          const labels = labelsOf(rng, N, 3);
          // Most labels are the best class, so that the share is neither 0 nor 1.
          for (let i = 0; i < N - 3; i++)
            labels[i] = [0, 1, 2].reduce((a, b) => (scores.at(i, b) > scores.at(i, a) ? b : a));
          return { given: `scores (${N}, 3), labels 0 … 2`, steps: [{ call: "accuracy", args: [scores, labels] }] };
        }),
    },
  ],
};

import { fcBackward, fcForward, l2Regularization, matmul, softmax, softmaxLoss } from "../../../layers/index.ts";
import { tensor } from "../../../tensor/index.ts";
import { type Case, type Mistake, type Task, variants } from "../../task.ts";
import { labelsOf, map, normal, scale, type T, transpose } from "../numbers.ts";

interface FcCache {
  readonly x: T;
  readonly w: T;
}
interface ReluCache {
  readonly x: T;
}

const relu = (x: T): [T, ReluCache] => [map(x, (value) => Math.max(0, value)), { x }];
const reluGrad = (gradOut: T, { x }: ReluCache): T => map(gradOut, (g, i) => (x.data[i]! > 0 ? g : 0));

const fcForwardMistakes: readonly Mistake[] = [
  {
    id: "bias-forgotten",
    says: "out = x·w + b: the bias is not added",
    module: { fcForward: (x: T, w: T, b: T) => [fcForward(x, w, scale(b, 0))[0], { x, w }] },
  },
  {
    id: "weights-transposed",
    says: "out = x·w with w of shape (D, M): you multiply by its transpose",
    module: { fcForward: (x: T, w: T, b: T) => [fcForward(x, transpose(w), b)[0], { x, w }] },
  },
  {
    id: "bias-per-row",
    says: "b has one number per output, so it is added along each row: yours is added down the columns",
    module: {
      fcForward: (x: T, w: T, b: T) => {
        const M = b.shape[0]!;
        return [map(matmul(x, w), (value, i) => value + b.data[Math.floor(i / M)]!), { x, w }];
      },
    },
  },
];

const fcBackwardWith = (change: (grads: [T, T, T], gradOut: T, cache: FcCache) => [T, T, T]): Mistake["module"] => ({
  fcBackward: (gradOut: T, cache: FcCache) => change(fcBackward(gradOut, cache) as [T, T, T], gradOut, cache),
});

const fcBackwardMistakes: readonly Mistake[] = [
  {
    id: "averaged-over-batch",
    says: "the loss has divided by N already: do not average again, sum over the examples",
    module: fcBackwardWith(([x, w, b], gradOut) => {
      const N = gradOut.shape[0]!;
      return [x, scale(w, 1 / N), scale(b, 1 / N)];
    }),
  },
  {
    id: "weights-transposed",
    says: "gradX = gradOut·wᵀ: you multiply by w itself",
    module: fcBackwardWith(([, w, b], gradOut, cache) => [matmul(gradOut, cache.w), w, b]),
  },
  {
    id: "gradient-transposed",
    says: "gradW = xᵀ·gradOut has the shape of w; yours is its transpose, gradOutᵀ·x",
    module: fcBackwardWith(([x, w, b]) => [x, transpose(w), b]),
  },
  {
    id: "weights-for-inputs",
    says: "gradW needs the input x from the cache, not the weights",
    module: fcBackwardWith(([x, , b], gradOut, { w }) => [x, matmul(w, gradOut, { transposeA: true }), b]),
  },
  {
    id: "upstream-forgotten",
    says: "multiply by gradOut: it carries everything that comes after this layer",
    module: fcBackwardWith(
      (_, gradOut, cache) =>
        fcBackward(
          map(gradOut, () => 1),
          cache,
        ) as [T, T, T],
    ),
  },
  {
    id: "first-row-only",
    says: "each bias feeds every row, so its gradient is the sum over all rows: yours is that of the first",
    module: fcBackwardWith(([x, w], gradOut) => [
      x,
      w,
      tensor(gradOut.data.slice(0, gradOut.shape[1]), { dtype: "float64" }),
    ]),
  },
];

const reluBackwardMistakes: readonly Mistake[] = [
  {
    id: "masked-by-gradient",
    says: "the gradient passes where the input x was positive: you look at the sign of gradOut",
    module: { reluBackward: (gradOut: T) => map(gradOut, (g) => Math.max(0, g)) },
  },
  {
    id: "forward-for-backward",
    says: "backward multiplies gradOut by 0 or 1; you multiply it by the value of the forward pass",
    module: { reluBackward: (gradOut: T, { x }: ReluCache) => map(gradOut, (g, i) => g * Math.max(0, x.data[i]!)) },
  },
  {
    id: "mask-forgotten",
    says: "where x was negative the output is constant, so the gradient is 0: yours passes everywhere",
    module: { reluBackward: (gradOut: T) => gradOut.clone() },
  },
  {
    id: "mask-inverted",
    says: "the gradient passes where x was positive, not where it was negative",
    module: { reluBackward: (gradOut: T, { x }: ReluCache) => map(gradOut, (g, i) => (x.data[i]! > 0 ? 0 : g)) },
  },
  {
    id: "upstream-forgotten",
    says: "multiply by gradOut: the derivative alone, 0 or 1, is only the last link of the chain",
    module: { reluBackward: (gradOut: T, { x }: ReluCache) => map(gradOut, (_, i) => (x.data[i]! > 0 ? 1 : 0)) },
  },
  {
    id: "gradient-at-zero",
    says: "at the kink x = 0 this course takes the derivative 0: compare with x > 0, not x >= 0",
    module: { reluBackward: (gradOut: T, { x }: ReluCache) => map(gradOut, (g, i) => (x.data[i]! >= 0 ? g : 0)) },
  },
];

const C = (scores: T): number => scores.shape[1]!;
const N = (scores: T): number => scores.shape[0]!;
/** Both of a softmax loss computed without subtracting the maximum. */
function naive(scores: T, labels: Int32Array): [number, T] {
  const probs = map(scores, (s, i) => {
    const row = scores.data.slice(Math.floor(i / C(scores)) * C(scores), (Math.floor(i / C(scores)) + 1) * C(scores));
    return Math.exp(s) / row.reduce((sum, x) => sum + Math.exp(x), 0);
  });
  let loss = 0;
  for (const [i, y] of labels.entries()) loss -= Math.log(probs.at(i, y)) / N(scores);
  return [loss, map(probs, (p, i) => (p - (labels[Math.floor(i / C(scores))] === i % C(scores) ? 1 : 0)) / N(scores))];
}
/** The same without fractions: `log Σ exp(s) − s_y`. */
function naiveLogs(scores: T, labels: Int32Array): [number, T] {
  let loss = 0;
  for (const [i, y] of labels.entries()) {
    const row = scores.data.slice(i * C(scores), (i + 1) * C(scores));
    loss += (Math.log(row.reduce((sum, s) => sum + Math.exp(s), 0)) - row[y]!) / N(scores);
  }
  return [loss, naive(scores, labels)[1]];
}
const isLabel = (scores: T, labels: Int32Array, i: number): boolean =>
  labels[Math.floor(i / C(scores))] === i % C(scores);

const softmaxMistakes: readonly Mistake[] = [
  ...variants(
    "maximum-not-subtracted",
    "exp of a large score overflows: subtract each row's maximum first, which changes no probability",
    { softmaxLoss: naive },
    { softmaxLoss: naiveLogs },
  ),
  {
    id: "mean-forgotten",
    says: "the loss is the mean over the examples: divide the loss and the gradient by N",
    module: {
      softmaxLoss: (scores: T, labels: Int32Array) => {
        const [loss, grad] = softmaxLoss(scores, labels);
        return [N(scores) * loss, scale(grad, N(scores))];
      },
    },
  },
  {
    id: "one-hot-forgotten",
    says: "gradScores = (probs − onehot)/N: subtract 1 at each example's own class",
    module: {
      softmaxLoss: (scores: T, labels: Int32Array) => [
        softmaxLoss(scores, labels)[0],
        scale(softmax(scores), 1 / N(scores)),
      ],
    },
  },
  {
    id: "probabilities-for-scores",
    says: "softmax is applied twice: the scores are turned into probabilities once, then treated as scores again",
    module: { softmaxLoss: (scores: T, labels: Int32Array) => softmaxLoss(softmax(scores), labels) },
  },
  {
    id: "gradient-sign",
    says: "gradScores = (probs − onehot)/N: yours has the opposite sign",
    module: {
      softmaxLoss: (scores: T, labels: Int32Array) => {
        const [loss, grad] = softmaxLoss(scores, labels);
        return [loss, scale(grad, -1)];
      },
    },
  },
  {
    id: "label-off-by-one",
    says: "labels count from 0: you take the class before the right one",
    module: {
      softmaxLoss: (scores: T, labels: Int32Array) =>
        softmaxLoss(
          scores,
          labels.map((y) => (y + C(scores) - 1) % C(scores)),
        ),
    },
  },
  {
    id: "label-off-by-one",
    says: "labels count from 0: you take the class after the right one",
    module: {
      softmaxLoss: (scores: T, labels: Int32Array) =>
        softmaxLoss(
          scores,
          labels.map((y) => (y + 1) % C(scores)),
        ),
    },
  },
  {
    id: "normalized-over-batch",
    says: "each row is a distribution of its own: divide by the sum of the row, not of the whole batch",
    module: {
      softmaxLoss: (scores: T, labels: Int32Array) => {
        const max = Math.max(...scores.data);
        const sum = scores.data.reduce((total, s) => total + Math.exp(s - max), 0);
        const probs = map(scores, (s) => Math.exp(s - max) / sum);
        let loss = 0;
        for (const [i, y] of labels.entries()) loss -= Math.log(probs.at(i, y)) / N(scores);
        return [loss, map(probs, (p, i) => (p - (isLabel(scores, labels, i) ? 1 : 0)) / N(scores))];
      },
    },
  },
  {
    id: "log-base",
    says: "cross-entropy takes the natural logarithm: Math.log, not Math.log2 or Math.log10",
    module: {
      softmaxLoss: (scores: T, labels: Int32Array) => {
        const [loss, grad] = softmaxLoss(scores, labels);
        return [loss / Math.LN2, grad];
      },
    },
  },
];

const penaltyMistakes: readonly Mistake[] = [
  {
    id: "half-forgotten",
    says: "the penalty is reg/2 · Σ w²: the half is missing, so that loss and gradient do not fit together",
    module: { l2Regularization: (w: T, reg: number) => [2 * l2Regularization(w, reg)[0], l2Regularization(w, reg)[1]] },
  },
  {
    id: "gradient-doubled",
    says: "the gradient of reg/2 · w² is reg · w: the 2 of the square and the half cancel",
    module: { l2Regularization: (w: T, reg: number) => [l2Regularization(w, reg)[0], scale(w, 2 * reg)] },
  },
  {
    id: "strength-forgotten",
    says: "multiply by reg, in the loss and in the gradient",
    module: { l2Regularization: (w: T) => [l2Regularization(w, 1)[0], w.clone()] },
  },
  {
    id: "averaged-penalty",
    says: "the penalty is a sum over the weights, not a mean",
    module: {
      l2Regularization: (w: T, reg: number) => {
        const [loss, grad] = l2Regularization(w, reg);
        return [loss / w.size, scale(grad, 1 / w.size)];
      },
    },
  },
];

const softmaxCase = (given: string, scores: T, labels: Int32Array): Case => ({
  given,
  steps: [{ call: "softmaxLoss", args: [scores, labels] }],
});

export const layers: Task = {
  name: "layers",
  title: "Layers and the softmax loss",
  part: "networks",
  file: "network/layers.ts",
  reference: {
    fcForward,
    fcBackward,
    reluForward: relu,
    reluBackward: reluGrad,
    softmaxLoss: (scores: T, labels: Int32Array) => softmaxLoss(scores, labels),
    l2Regularization,
  },
  checks: [
    {
      name: "fcForward",
      parts: [{ name: "out", points: 3, at: "0.0" }],
      mistakes: fcForwardMistakes,
      cases: (rng) =>
        [
          [3, 3, 3],
          [3, 4, 2],
          [1, 2, 3],
        ].map(([n = 0, d = 0, m = 0]) => ({
          given: `x (${n}, ${d}), w (${d}, ${m}), b (${m})`,
          steps: [{ call: "fcForward", args: [normal(rng, n, d), normal(rng, d, m), normal(rng, m)] }],
        })),
    },
    {
      name: "fcBackward",
      parts: [
        { name: "gradX", points: 2, at: "0.0" },
        { name: "gradW", points: 2, at: "0.1" },
        { name: "gradB", points: 1, at: "0.2" },
      ],
      mistakes: fcBackwardMistakes,
      cases: (rng) =>
        [
          [3, 3, 3],
          [3, 4, 2],
          [2, 3, 4],
        ].map(([n = 0, d = 0, m = 0]) => ({
          given: `gradOut (${n}, ${m}), cache { x (${n}, ${d}), w (${d}, ${m}) }`,
          steps: [{ call: "fcBackward", args: [normal(rng, n, m), { x: normal(rng, n, d), w: normal(rng, d, m) }] }],
        })),
    },
    {
      name: "reluForward",
      parts: [{ name: "out", points: 2, at: "0.0" }],
      mistakes: [
        {
          id: "absolute-value",
          says: "max(0, x) is 0 for negative x: you return |x|",
          module: { reluForward: (x: T) => [map(x, Math.abs), { x }] },
        },
      ],
      cases: (rng) => [{ given: "x (3, 4)", steps: [{ call: "reluForward", args: [normal(rng, 3, 4)] }] }],
    },
    {
      name: "reluBackward",
      parts: [{ name: "gradX", points: 3, at: "0" }],
      mistakes: reluBackwardMistakes,
      cases: (rng) => {
        const x = map(normal(rng, 3, 4), (value, i) => (i === 5 ? 0 : value));
        return [
          {
            given: "gradOut (3, 4), cache { x (3, 4) } with one x = 0",
            steps: [{ call: "reluBackward", args: [normal(rng, 3, 4), { x }] }],
          },
        ];
      },
    },
    {
      name: "softmaxLoss",
      parts: [
        { name: "loss", points: 2, at: "0.0" },
        { name: "gradScores", points: 2, at: "0.1" },
      ],
      mistakes: softmaxMistakes.slice(2),
      cases: (rng) => [
        softmaxCase("scores (4, 3), labels 0 … 2", normal(rng, 4, 3), labelsOf(rng, 4, 3)),
        softmaxCase("scores (2, 5), labels 0 … 4", normal(rng, 2, 5), labelsOf(rng, 2, 5)),
      ],
    },
    {
      name: "softmaxLoss, large scores",
      parts: [
        { name: "loss", points: 0.5, at: "0.0" },
        { name: "gradScores", points: 0.5, at: "0.1" },
      ],
      mistakes: softmaxMistakes,
      cases: () => [
        softmaxCase(
          "scores [[1000, 0, 0], [-1000, 0, 999]]",
          tensor(
            [
              [1000, 0, 0],
              [-1000, 0, 999],
            ],
            { dtype: "float64" },
          ),
          Int32Array.of(0, 1),
        ),
      ],
    },
    {
      name: "l2Regularization",
      parts: [
        { name: "loss", points: 1, at: "0.0" },
        { name: "gradW", points: 1, at: "0.1" },
      ],
      mistakes: penaltyMistakes,
      cases: (rng) => [
        { given: "w (3, 2), reg 0.3", steps: [{ call: "l2Regularization", args: [normal(rng, 3, 2), 0.3] }] },
      ],
    },
  ],
};

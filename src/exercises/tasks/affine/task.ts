import { affineTransformLoss } from "../../../fitting/index.ts";
import { tensor } from "../../../tensor/index.ts";
import { type Check, type Mistake, type Task, variants } from "../../task.ts";
import { add, map, normal, scale, type T, transpose } from "../numbers.ts";

const loss = (p: T, pPrime: T, s: T, t: T) => affineTransformLoss(p, pPrime, s, t);
type Loss = ReturnType<typeof loss>;
type Points = [p: T, pPrime: T, s: T, t: T];

const altered =
  (change: (right: Loss, points: Points) => Partial<Loss>) =>
  (...points: Points): Loss => {
    const right = loss(...points);
    return { ...right, ...change(right, points) };
  };

const lossMistakes: readonly Mistake[] = [
  {
    id: "mean-forgotten",
    says: "the loss is a mean: divide the loss and both gradients by the number of points",
    module: {
      affineTransformLoss: altered(({ loss, gradS, gradT }, [p]) => {
        const N = p.shape[0]!;
        return { loss: N * loss, gradS: scale(gradS, N), gradT: scale(gradT, N) };
      }),
    },
  },
  {
    id: "square-not-doubled",
    says: "the derivative of a square is twice the residual: a factor 2 is missing in the gradient",
    module: {
      affineTransformLoss: altered(({ gradS, gradT }) => ({ gradS: scale(gradS, 0.5), gradT: scale(gradT, 0.5) })),
    },
  },
  {
    id: "averaged-over-coordinates",
    says: "the mean is over the N points, not over the 2N coordinates",
    module: {
      affineTransformLoss: altered(({ loss, gradS, gradT }) => ({
        loss: loss / 2,
        gradS: scale(gradS, 0.5),
        gradT: scale(gradT, 0.5),
      })),
    },
  },
  {
    id: "residual-sign",
    says: "the residual is prediction minus target: both gradients point the wrong way",
    module: {
      affineTransformLoss: altered(({ gradS, gradT }) => ({ gradS: scale(gradS, -1), gradT: scale(gradT, -1) })),
    },
  },
  {
    id: "outer-product-transposed",
    says: "gradS is Σ rᵢ·pᵢᵀ: its row is the residual's coordinate, its column the point's; yours is transposed",
    module: { affineTransformLoss: altered(({ gradS }) => ({ gradS: transpose(gradS) })) },
  },
  {
    id: "shift-forgotten",
    says: "the prediction is S·p + t: t is not added",
    module: { affineTransformLoss: (p: T, pPrime: T, s: T, t: T) => loss(p, pPrime, s, scale(t, 0)) },
  },
  ...variants(
    "matrix-transposed",
    "the prediction is S·p with p as a column: with points as rows that is p·Sᵀ, not p·S",
    {
      affineTransformLoss: (p: T, pPrime: T, s: T, t: T) => {
        const right = loss(p, pPrime, transpose(s), t);
        return { ...right, gradS: transpose(right.gradS as T) };
      },
    },
    { affineTransformLoss: (p: T, pPrime: T, s: T, t: T) => loss(p, pPrime, transpose(s), t) },
  ),
];

interface Settings {
  readonly learningRate: number;
  readonly steps: number;
}
interface Fit {
  s: T;
  t: T;
  losses: number[];
}

/** Gradient descent from the identity; `losses` holds the loss before each step and after the last. */
function descendWith(of: typeof loss, p: T, pPrime: T, { learningRate, steps }: Settings): Fit {
  let s: T = tensor(
    [
      [1, 0],
      [0, 1],
    ],
    { dtype: "float64" },
  );
  let t: T = tensor([0, 0], { dtype: "float64" });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss, gradS, gradT } = of(p, pPrime, s, t);
    losses.push(loss);
    s = add(s, scale(gradS as T, -learningRate));
    t = add(t, scale(gradT as T, -learningRate));
  }
  losses.push(of(p, pPrime, s, t).loss);
  return { s, t, losses };
}

const descent = (p: T, pPrime: T, settings: Settings): Fit => descendWith(loss, p, pPrime, settings);

const descentMistakes: readonly Mistake[] = [
  {
    id: "uphill",
    says: "the gradient points uphill: subtract it",
    module: {
      fitByDescent: (p: T, pPrime: T, { learningRate, steps }: Settings) =>
        descent(p, pPrime, { learningRate: -learningRate, steps }),
    },
  },
  {
    id: "one-step-short",
    says: "take exactly `steps` updates: one is missing",
    module: {
      fitByDescent: (p: T, pPrime: T, { learningRate, steps }: Settings) =>
        descent(p, pPrime, { learningRate, steps: steps - 1 }),
    },
  },
  {
    id: "rate-ignored",
    says: "the step is learningRate · gradient: the learning rate is not used",
    module: {
      fitByDescent: (p: T, pPrime: T, { steps }: Settings) => descent(p, pPrime, { learningRate: 1, steps }),
    },
  },
  {
    id: "shift-not-moved",
    says: "t is learned too: it stays at zero",
    module: {
      fitByDescent: (p: T, pPrime: T, settings: Settings) =>
        descendWith((...x) => ({ ...loss(...x), gradT: tensor([0, 0], { dtype: "float64" }) }), p, pPrime, settings),
    },
  },
  {
    id: "gradients-kept-from-start",
    says: "compute the gradients anew in every step: those of the first are used throughout",
    module: {
      fitByDescent: (p: T, pPrime: T, settings: Settings) => {
        let first: Loss | undefined;
        return descendWith(
          (...x) => {
            const here = loss(...x);
            first ??= here;
            return { ...here, gradS: first.gradS, gradT: first.gradT };
          },
          p,
          pPrime,
          settings,
        );
      },
    },
  },
];

/** The transform of three correspondences: Cramer's rule on the differences from the first point. */
function throughThree(p: T, pPrime: T, [a, b, c]: readonly number[]): { s: T; t: T } {
  const d = (x: T, i: number, k: number): number => x.at(i, k) - x.at(a!, k);
  const det = d(p, b!, 0) * d(p, c!, 1) - d(p, c!, 0) * d(p, b!, 1);
  const rows = [0, 1].map((k) => [
    (d(pPrime, b!, k) * d(p, c!, 1) - d(pPrime, c!, k) * d(p, b!, 1)) / det,
    (d(p, b!, 0) * d(pPrime, c!, k) - d(p, c!, 0) * d(pPrime, b!, k)) / det,
  ]);
  const shift = [0, 1].map((k) => pPrime.at(a!, k) - rows[k]![0]! * p.at(a!, 0) - rows[k]![1]! * p.at(a!, 1));
  return { s: tensor(rows, { dtype: "float64" }), t: tensor(shift, { dtype: "float64" }) };
}

type Triples = readonly (readonly number[])[];
type IsInlier = (squared: number, threshold: number) => boolean;

function consensus(
  p: T,
  pPrime: T,
  triples: Triples,
  threshold: number,
  isInlier: IsInlier,
  isBetter: (count: number, best: number) => boolean,
) {
  let best: { s: T; t: T; inliers: number } | undefined;
  for (const triple of triples) {
    const { s, t } = throughThree(p, pPrime, triple);
    const { prediction } = loss(p, pPrime, s, t);
    let inliers = 0;
    for (let i = 0; i < p.shape[0]!; i++) {
      const squared = (prediction.at(i, 0) - pPrime.at(i, 0)) ** 2 + (prediction.at(i, 1) - pPrime.at(i, 1)) ** 2;
      if (isInlier(squared, threshold)) inliers++;
    }
    if (best === undefined || isBetter(inliers, best.inliers)) best = { s, t, inliers };
  }
  return best;
}

const within: IsInlier = (squared, threshold) => squared <= threshold * threshold;
const more = (count: number, best: number): boolean => count > best;
const ransac = (p: T, pPrime: T, triples: Triples, threshold: number) =>
  consensus(p, pPrime, triples, threshold, within, more);

const ransacMistakes: readonly Mistake[] = [
  {
    id: "threshold-not-squared",
    says: "a squared distance is compared with the threshold itself: square the threshold, or take the root",
    module: {
      fitByRansac: (p: T, pPrime: T, triples: Triples, threshold: number) =>
        consensus(p, pPrime, triples, threshold, (squared) => squared <= threshold, more),
    },
  },
  {
    id: "last-instead-of-best",
    says: "keep the transform with the most inliers, not the last one tried",
    module: {
      fitByRansac: (p: T, pPrime: T, triples: Triples, threshold: number) =>
        consensus(p, pPrime, triples, threshold, within, () => true),
    },
  },
  {
    id: "fewest-inliers",
    says: "the best transform has the most inliers, not the fewest",
    module: {
      fitByRansac: (p: T, pPrime: T, triples: Triples, threshold: number) =>
        consensus(p, pPrime, triples, threshold, within, (count, best) => count < best),
    },
  },
  {
    id: "outliers-counted",
    says: "inliers are the points nearer than the threshold: you count the others",
    module: {
      fitByRansac: (p: T, pPrime: T, triples: Triples, threshold: number) =>
        consensus(p, pPrime, triples, threshold, (squared) => !within(squared, threshold), more),
    },
  },
];

type Draw = Parameters<Check["cases"]>[0];

/** Points, and their targets under a transform with a little noise. */
function problem(rng: Draw, N: number): [p: T, pPrime: T] {
  const p = normal(rng, N, 2);
  const exact = loss(p, p, normal(rng, 2, 2), normal(rng, 2)).prediction as T;
  return [p, map(add(exact, scale(normal(rng, N, 2), 0.1)), (x) => Math.round(100 * x) / 100)];
}

export const affine: Task = {
  name: "affine",
  title: "An affine transform, fitted two ways",
  part: "fitting",
  file: "fitting/affine.ts",
  reference: { affineTransformLoss: loss, fitByDescent: descent, fitByRansac: ransac },
  checks: [
    {
      name: "affineTransformLoss",
      parts: [
        { name: "loss", points: 4, at: "0.loss" },
        { name: "prediction", points: 3, at: "0.prediction" },
        { name: "gradS", points: 5, at: "0.gradS" },
        { name: "gradT", points: 3, at: "0.gradT" },
      ],
      mistakes: lossMistakes,
      cases: (rng) =>
        [1, 3, 5].map((N) => ({
          given: `${N} points, p and pPrime (${N}, 2)`,
          steps: [{ call: "affineTransformLoss", args: [...problem(rng, N), normal(rng, 2, 2), normal(rng, 2)] }],
        })),
    },
    {
      name: "fitByDescent",
      parts: [
        { name: "s", points: 3, at: "0.s" },
        { name: "t", points: 1, at: "0.t" },
        { name: "losses", points: 1, at: "0.losses" },
      ],
      mistakes: descentMistakes,
      cases: (rng) =>
        [1, 4].map((steps) => ({
          given: `4 points, ${steps} ${steps === 1 ? "step" : "steps"} at learning rate 0.1`,
          steps: [{ call: "fitByDescent", args: [...problem(rng, 4), { learningRate: 0.1, steps }] }],
        })),
    },
    {
      name: "fitByRansac",
      parts: [
        { name: "s", points: 2, at: "0.s" },
        { name: "t", points: 1, at: "0.t" },
        { name: "inliers", points: 2, at: "0.inliers" },
      ],
      mistakes: ransacMistakes,
      cases: (rng) =>
        Array.from({ length: 3 }, () => {
          const [p, clean] = problem(rng, 9);
          const pPrime = map(clean, (x, i) => (i >= 14 ? Math.round(100 * (x + 3 + i)) / 100 : x)); // the last two are outliers
          return {
            given: "9 correspondences, of which two are outliers; threshold 0.4",
            steps: [
              {
                call: "fitByRansac",
                args: [
                  p,
                  pPrime,
                  [
                    [0, 7, 8],
                    [1, 2, 3],
                    [0, 4, 8],
                    [4, 5, 6],
                  ],
                  0.4,
                ],
              },
            ],
          };
        }),
    },
  ],
};

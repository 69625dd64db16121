import { type GradcheckReport, gradcheck, gradcheckLoss } from "../gradcheck/index.ts";
import { type Rng, randn, Tensor } from "../tensor/index.ts";
import { activationNames, activationPair } from "./activations.ts";
import { batchNormBackward, batchNormForward } from "./batch-norm.ts";
import { dropoutBackward, dropoutForward } from "./dropout.ts";
import { fcBackward, fcForward } from "./fc.ts";
import { l2Loss, l2Regularization } from "./l2.ts";
import { layerNormBackward, layerNormForward } from "./layer-norm.ts";
import { softTargetLoss } from "./soft-targets.ts";
import { softmax, softmaxLoss } from "./softmax-loss.ts";

type Float64s = readonly Tensor<"float64">[];

export interface NamedCheck {
  readonly name: string;
  readonly report: GradcheckReport;
}

/** Every layer and loss against numeric gradients in float64, at a random point. */
export function checkLayers(rng: Rng): NamedCheck[] {
  const normal = (...shape: number[]): Tensor<"float64"> => randn(shape, { rng, dtype: "float64" });
  const [N, D, M, C] = [5, 7, 4, 6];
  const labels = Int32Array.from({ length: N }, () => rng.integer(0, C - 1));
  const y = normal(N, D);
  const norm = () => ({ x: normal(N, D), gamma: normal(D), beta: normal(D) });
  const statistics = { mean: normal(D), variance: squares(normal(D)) };
  const targets = softmax(normal(N, C));
  const key = rng.integer(0, 2 ** 32 - 1);
  return [
    {
      name: "fc",
      report: gradcheck(fcForward, fcBackward, { x: normal(N, D), w: normal(D, M), b: normal(M) }, normal(N, M)),
    },
    ...activationNames().map((name) => {
      const { forward, backward } = activationPair(name);
      const x = awayFromZero(normal(N, D));
      return { name, report: gradcheck((x: Tensor<"float64">) => forward(x), backward, { x }, normal(N, D)) };
    }),
    { name: "batchNorm", report: gradcheck(batchNormForward, batchNormBackward, norm(), normal(N, D)) },
    {
      name: "batchNorm, given statistics",
      report: gradcheck(
        (...[x, gamma, beta]: Float64s) => batchNormForward(x!, gamma!, beta!, { statistics }),
        batchNormBackward,
        norm(),
        normal(N, D),
      ),
    },
    { name: "layerNorm", report: gradcheck(layerNormForward, layerNormBackward, norm(), normal(N, D)) },
    {
      name: "dropout",
      report: gradcheck(
        (x: Tensor<"float64">) => dropoutForward(x, { rate: 0.4, key }),
        dropoutBackward,
        { x: normal(N, D) },
        normal(N, D),
      ),
    },
    {
      name: "softmaxLoss",
      report: gradcheckLoss((scores: Tensor<"float64">) => softmaxLoss(scores, labels), { scores: normal(N, C) }),
    },
    {
      name: "softmaxLoss, smoothed",
      report: gradcheckLoss((scores: Tensor<"float64">) => softmaxLoss(scores, labels, { smoothing: 0.2 }), {
        scores: normal(N, C),
      }),
    },
    {
      name: "softTargetLoss",
      report: gradcheckLoss((scores: Tensor<"float64">) => softTargetLoss(scores, targets), { scores: normal(N, C) }),
    },
    { name: "l2Loss", report: gradcheckLoss((x: Tensor<"float64">) => l2Loss(x, y), { x: normal(N, D) }) },
    {
      name: "l2Regularization",
      report: gradcheckLoss((w: Tensor<"float64">) => l2Regularization(w, 0.3), { w: normal(D, M) }),
    },
  ];
}

/** A kink at 0 must lie outside the numeric step. */
export function awayFromZero(x: Tensor<"float64">): Tensor<"float64"> {
  return new Tensor(
    x.data.map((v) => v + (v < 0 ? -0.01 : 0.01)),
    x.shape,
    "float64",
  );
}

/** Variances to divide by, none of them near 0. */
function squares(x: Tensor<"float64">): Tensor<"float64"> {
  return new Tensor(
    x.data.map((v) => 0.5 + v * v),
    x.shape,
    "float64",
  );
}

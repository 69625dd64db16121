import { type GradcheckReport, gradcheck, gradcheckLoss } from "../gradcheck/index.ts";
import { type Rng, randn, Tensor } from "../tensor/index.ts";
import { fcBackward, fcForward } from "./fc.ts";
import { l2Loss, l2Regularization } from "./l2.ts";
import { reluBackward, reluForward } from "./relu.ts";
import { softmaxLoss } from "./softmax-loss.ts";

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
  return [
    {
      name: "fc",
      report: gradcheck(fcForward, fcBackward, { x: normal(N, D), w: normal(D, M), b: normal(M) }, normal(N, M)),
    },
    { name: "relu", report: gradcheck(reluForward, reluBackward, { x: awayFromZero(normal(N, D)) }, normal(N, D)) },
    {
      name: "softmaxLoss",
      report: gradcheckLoss((scores: Tensor<"float64">) => softmaxLoss(scores, labels), { scores: normal(N, C) }),
    },
    { name: "l2Loss", report: gradcheckLoss((x: Tensor<"float64">) => l2Loss(x, y), { x: normal(N, D) }) },
    {
      name: "l2Regularization",
      report: gradcheckLoss((w: Tensor<"float64">) => l2Regularization(w, 0.3), { w: normal(D, M) }),
    },
  ];
}

/** A kink at 0 must lie outside the numeric step. */
function awayFromZero(x: Tensor<"float64">): Tensor<"float64"> {
  return new Tensor(
    x.data.map((v) => v + (v < 0 ? -0.01 : 0.01)),
    x.shape,
    "float64",
  );
}

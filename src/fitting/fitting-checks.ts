import { type GradcheckReport, gradcheckLoss } from "../gradcheck/index.ts";
import { type Rng, randn, type Tensor } from "../tensor/index.ts";
import { affineTransformLoss } from "./affine-transform.ts";

type Points = [p: Tensor<"float64">, pPrime: Tensor<"float64">, s: Tensor<"float64">, t: Tensor<"float64">];
const ourLoss: NonNullable<FittingChecks["loss"]> = (...points) => affineTransformLoss(...(points as Points));

export interface FittingChecks {
  readonly problems?: number;
  readonly tolerance?: number;
  /** Whose gradients are checked; default {@link affineTransformLoss}. */
  readonly loss?: (...points: Tensor<"float64">[]) => {
    readonly loss: number;
    readonly gradS: Tensor<"float64">;
    readonly gradT: Tensor<"float64">;
  };
}

/** The gradients of {@link affineTransformLoss} against numeric ones on random problems of 1 to 50 correspondences. */
export function checkFitting(
  rng: Rng,
  { problems = 100, tolerance = 1e-8, loss: lossOf = ourLoss }: FittingChecks = {},
): { count: number; report: GradcheckReport }[] {
  const normal = (...shape: number[]): Tensor<"float64"> => randn(shape, { rng, dtype: "float64" });
  return Array.from({ length: problems }, () => {
    const count = rng.integer(1, 50);
    const [p, pPrime] = [normal(count, 2), normal(count, 2)];
    const report = gradcheckLoss(
      (s: Tensor<"float64">, t: Tensor<"float64">) => {
        const { loss, gradS, gradT } = lossOf(p, pPrime, s, t);
        return [loss, gradS, gradT];
      },
      { s: normal(2, 2), t: normal(2) },
      { tolerance },
    );
    return { count, report };
  });
}

import { type GradcheckOptions, type GradcheckReport, gradcheckLoss } from "../gradcheck/index.ts";
import { type Labels, matmul } from "../layers/index.ts";
import { type Classifier, LinearClassifier, MultiLayerNet, type NormName, TwoLayerNet } from "../models/index.ts";
import { createRng, type Rng, randn, type Tensor } from "../tensor/index.ts";
import { trainingStep } from "./training-step.ts";

/**
 * Every parameter's gradient from {@link trainingStep} against the numeric one.
 *
 * @param model - in float64
 * @param x - examples, (N, D)
 * @param options.seed - of what dropout draws, the same in every pass; default 442
 */
export function gradcheckModel<Cache>(
  model: Classifier<"float64", Cache>,
  x: Tensor<"float64">,
  labels: Labels,
  reg: number,
  { seed = 442, ...options }: GradcheckOptions & { readonly seed?: number } = {},
): GradcheckReport {
  const parameters = model.parameters();
  const loss = (): [number, ...(Tensor<"float64"> | undefined)[]] => {
    const { loss, grads } = trainingStep(model, x, labels, reg, { pass: { training: true, rng: createRng(seed) } });
    return [loss, ...Object.keys(parameters).map((name) => grads[name])];
  };
  return gradcheckLoss(loss, parameters, options);
}

/** Every model at a random point, tolerance 1e-10. */
export function checkModels(rng: Rng): { name: string; report: GradcheckReport }[] {
  const [N, inputDim, hiddenDim, numClasses] = [6, 12, 8, 5];
  const reg = 0.1;
  const options = { tolerance: 1e-10 };
  const x = randn([N, inputDim], { rng, dtype: "float64" });
  const labels = Int32Array.from({ length: N }, () => rng.integer(0, numClasses - 1));
  const sizes = { inputDim, numClasses, rng, weightScale: 0.5, dtype: "float64" } as const;
  // Without a kink, so that any point will do; each pass drops the same elements, as if the step were taken again.
  const deep = (norm: NormName) =>
    new MultiLayerNet({ ...sizes, hiddenDims: [hiddenDim, 7], activation: "tanh", norm, dropout: 0.3 });
  const deepOptions = { ...options, seed: rng.integer(0, 2 ** 31 - 1) };
  return [
    { name: "LinearClassifier", report: gradcheckModel(new LinearClassifier(sizes), x, labels, reg, options) },
    {
      name: "TwoLayerNet",
      report: gradcheckModel(
        smoothNet(() => new TwoLayerNet({ ...sizes, hiddenDim }), x),
        x,
        labels,
        reg,
        options,
      ),
    },
    { name: "MultiLayerNet, batch norm, dropout", report: gradcheckModel(deep("batch"), x, labels, reg, deepOptions) },
    { name: "MultiLayerNet, layer norm, dropout", report: gradcheckModel(deep("layer"), x, labels, reg, deepOptions) },
  ];
}

/** Draws nets until no hidden unit sits so close to the relu's kink that the numeric step could cross it. */
function smoothNet(draw: () => TwoLayerNet<"float64">, x: Tensor<"float64">): TwoLayerNet<"float64"> {
  for (;;) {
    const net = draw();
    if (matmul(x, net.W1).data.every((hidden) => Math.abs(hidden) > 0.01)) return net;
  }
}

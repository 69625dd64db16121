/** Analytic gradients against numeric ones, with a report that says which element, how wrong, and why. */
import { ShapeError } from "../errors.ts";
import { type FloatDType, Rng, randn, type Tensor } from "../tensor/index.ts";
import { compareGradients, type InputReport } from "./compare.ts";
import { defaultStep, weightedSum } from "./numeric.ts";

type Inputs<F extends FloatDType> = Readonly<Record<string, Tensor<F>>>;
/** What a backward returns: one gradient, or one per input in their order. */
type Grads<F extends FloatDType> = Tensor<F> | readonly (Tensor<F> | undefined)[];

export interface GradcheckOptions {
  /** Passes when every |analytic − numeric| is below this times max(1, |analytic| + |numeric|); default 1e-9. */
  readonly tolerance?: number;
  /** Step of the numeric gradient; default 1e-4. */
  readonly h?: number;
}

export interface GradcheckReport {
  readonly passed: boolean;
  /** What it passed, or not: see {@link GradcheckOptions}. */
  readonly tolerance: number;
  readonly inputs: readonly InputReport[];
}

/**
 * Checks a forward/backward pair at one point.
 *
 * @param forward - called with the inputs in their order; returns `[out, cache]`
 * @param backward - called with `(gradOut, cache)`; returns one gradient per input, in the same order
 * @param inputs - named tensors, float64 for a sharp check
 * @param gradOut - gradient of the loss with respect to `out`; default normal numbers from a fixed seed
 * @throws {ShapeError} when there are more gradients than inputs, or `gradOut` is not of the shape of `out`
 */
export function gradcheck<F extends FloatDType, Cache>(
  // biome-ignore lint/suspicious/noExplicitAny: each layer takes its own number of tensors, so no narrower list fits all
  forward: (...inputs: any[]) => readonly [out: Tensor<F>, cache: Cache],
  backward: (gradOut: Tensor<F>, cache: Cache) => Grads<F>,
  inputs: Inputs<F>,
  gradOut?: Tensor<F>,
  options: GradcheckOptions = {},
): GradcheckReport {
  const tensors = Object.values(inputs);
  const [out, cache] = forward(...tensors);
  // Copies: gradOut may be an input, which is about to be nudged, and backward may write over what it gets.
  const weights = gradOut?.clone() ?? randn(out.shape, { rng: new Rng([1, 2, 3, 4]), dtype: out.dtype });
  const grads = asList(backward(weights.clone(), cache));
  return report(inputs, grads, () => weightedSum(forward(...tensors)[0], weights), options);
}

/**
 * Checks a loss at one point.
 *
 * @param loss - called with the inputs in their order; returns `[loss, grad…]`, one gradient per input
 */
export function gradcheckLoss<F extends FloatDType>(
  // biome-ignore lint/suspicious/noExplicitAny: each loss takes its own number of tensors
  loss: (...inputs: any[]) => readonly [loss: number, ...grads: (Tensor<F> | undefined)[]],
  inputs: Inputs<F>,
  options: GradcheckOptions = {},
): GradcheckReport {
  const tensors = Object.values(inputs);
  const [, ...grads] = loss(...tensors);
  return report(inputs, grads, () => loss(...tensors)[0], options);
}

function report<F extends FloatDType>(
  inputs: Inputs<F>,
  grads: readonly (Tensor<F> | undefined)[],
  value: () => number,
  { tolerance = 1e-9, h = defaultStep }: GradcheckOptions,
): GradcheckReport {
  const count = Object.keys(inputs).length;
  if (grads.length > count)
    throw new ShapeError(`gradcheck: expected a gradient for each of ${count} inputs, got ${grads.length}`);
  const reports = Object.entries(inputs).map(([name, x], i) =>
    compareGradients(name, x, grads[i], value, { tolerance, h }),
  );
  return { passed: reports.every((r) => r.passed), tolerance, inputs: reports };
}

function asList<F extends FloatDType>(grads: Grads<F>): readonly (Tensor<F> | undefined)[] {
  return Array.isArray(grads) ? grads : [grads as Tensor<F>];
}

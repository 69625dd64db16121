import { formatShape } from "../errors.ts";
import type { FloatDType, Tensor } from "../tensor/index.ts";
import { around, fivePointBend, numericGradient } from "./numeric.ts";

/** How one input fared: its worst element, both values there, and the likely cause when it failed. */
export interface InputReport {
  readonly name: string;
  readonly passed: boolean;
  readonly maxAbsolute: number; // largest |analytic − numeric|; Infinity when there is nothing to compare
  readonly maxRelative: number; // largest |analytic − numeric| / max(1e-8, |analytic| + |numeric|)
  readonly at: readonly number[]; // index of the largest absolute difference
  readonly analytic: number; // there
  readonly numeric: number; // there
  readonly hint?: string;
}

/**
 * @param value - the loss as a function of `x`, which is nudged in place
 */
export function compareGradients<F extends FloatDType>(
  name: string,
  x: Tensor<F>,
  analytic: Tensor<F> | undefined | null,
  value: () => number,
  { tolerance, h }: { tolerance: number; h: number },
): InputReport {
  const incomparable = (hint: string): InputReport => ({
    name,
    passed: false,
    maxAbsolute: Infinity,
    maxRelative: Infinity,
    at: [],
    analytic: Number.NaN,
    numeric: Number.NaN,
    hint,
  });
  if (!analytic) return incomparable("missing gradient: the backward returned nothing for this input");
  if (analytic.shape.join() !== x.shape.join())
    return incomparable(
      `wrong shape: the gradient is ${formatShape(analytic.shape)}, the input ${formatShape(x.shape)}`,
    );

  const numeric = numericGradient(value, x, h);
  let worst = 0;
  let maxAbsolute = -1;
  let passed = true;
  let maxRelative = 0;
  for (let i = 0; i < x.size; i++) {
    const [a, n] = [analytic.data[i]!, numeric.data[i]!];
    const isComparable = Number.isFinite(a - n);
    const difference = isComparable ? Math.abs(a - n) : Infinity;
    const size = Math.abs(a) + Math.abs(n);
    if (!(difference < tolerance * Math.max(1, size))) passed = false;
    maxRelative = Math.max(maxRelative, isComparable ? difference / Math.max(1e-8, size) : Infinity);
    if (difference > maxAbsolute) [worst, maxAbsolute] = [i, difference];
  }
  const hint = passed ? undefined : recogniseCause(x, analytic, numeric, value, worst, h);
  return {
    name,
    passed,
    maxAbsolute: Math.max(0, maxAbsolute),
    maxRelative,
    at: x.size === 0 ? [] : indexOf(worst, x.shape),
    analytic: analytic.data[worst] ?? Number.NaN,
    numeric: numeric.data[worst] ?? Number.NaN,
    ...(hint && { hint }),
  };
}

function indexOf(offset: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = offset; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

function recogniseCause<F extends FloatDType>(
  x: Tensor<F>,
  analytic: Tensor<F>,
  numeric: Tensor<"float64">,
  value: () => number,
  worst: number,
  h: number,
): string | undefined {
  if (![...analytic.data].every(Number.isFinite)) return "the analytic gradient holds NaN or Infinity";
  if (!numeric.data.every(Number.isFinite)) return "the loss is NaN or Infinity near this point";
  if (x.dtype === "float32") return "float32 input: only about 7 digits; check in float64";
  if (Math.abs(fivePointBend(value(), around(value, x, worst, h), 0, h)) > 1e-6)
    return "a kink under the step (relu at 0, a tie in max): move the input away from it";
  if (analytic.data.every((v) => v === 0)) return "the analytic gradient is all zeros: was it ever written?";
  const factor = commonFactor(analytic, numeric);
  if (factor === undefined) return undefined;
  if (Math.abs(factor + 1) < 1e-6) return "the sign is flipped";
  return `the analytic gradient is ${Number(factor.toPrecision(6))} times the numeric one throughout: a forgotten or doubled factor?`;
}

/** The one number `k` with analytic = k · numeric everywhere, if there is one and it is not 1. */
function commonFactor<F extends FloatDType>(analytic: Tensor<F>, numeric: Tensor<"float64">): number | undefined {
  let [dot, square] = [0, 0];
  for (let i = 0; i < numeric.size; i++) {
    dot += analytic.data[i]! * numeric.data[i]!;
    square += numeric.data[i]! ** 2;
  }
  const factor = dot / square;
  const scale = Math.sqrt(square);
  const fits = numeric.data.every((n, i) => Math.abs(analytic.data[i]! - factor * n) <= 1e-6 * scale);
  return fits && Number.isFinite(factor) && Math.abs(factor - 1) > 1e-6 ? factor : undefined;
}

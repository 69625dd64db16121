import { checkNumber } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import type { Tensors } from "../layers/index.ts";
import type { FloatDType } from "../tensor/index.ts";

/**
 * Scales all gradients together, in place, so that their norm is at most `maxNorm`:
 * `grad ← grad · min(1, maxNorm / (norm + 1e-6))` with `norm = √(Σ grad²)` over all elements of all gradients.
 *
 * Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks"; the 1e-6 as in
 * PyTorch.
 *
 * @param maxNorm - > 0
 * @returns the norm before
 * @throws {SettingError} for a norm that is not > 0
 */
export function clipGradients<F extends FloatDType>(grads: Tensors<F>, maxNorm: number): number {
  checkNumber("clipGradients", "maxNorm", maxNorm, { positive: true });
  let squares = 0;
  for (const { data } of Object.values(grads)) squares += kernels().sumSquares(data);
  const norm = Math.sqrt(squares);
  const scale = clippingScale(norm, maxNorm);
  if (scale < 1) for (const { data } of Object.values(grads)) kernels().addScaled<FloatArray>(data, 0, data, scale);
  return norm;
}

/** The factor of {@link clipGradients}: 1 for gradients that are short enough. */
export function clippingScale(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}

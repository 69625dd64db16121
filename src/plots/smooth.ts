import { checkInteger } from "../errors.ts";
import { isDrawable } from "./scale.ts";

/**
 * Centred moving average: each value becomes the mean of the `window` values around it (fewer at both ends).
 * Values that cannot be drawn (NaN, infinities) are left out of the mean and stay gaps themselves.
 *
 * Sums run forward and backward inside blocks of `window` values, so that any window is one suffix plus one prefix:
 * no subtraction, and a spike of 1e30 leaves no trace once the window has passed it.
 */
export function movingAverage(values: ArrayLike<number>, window: number): Float64Array {
  checkInteger("movingAverage", "window", window, 1);
  const n = values.length;
  const before = Math.floor((window - 1) / 2);
  const total = Math.ceil((n + window) / window) * window;
  const at = (i: number): number => (i >= 0 && i < n && isDrawable(values[i]!) ? values[i]! : Number.NaN);
  const prefix = new Float64Array(total); // position p stands for value p − before
  const prefixCount = new Int32Array(total);
  const suffix = new Float64Array(total);
  const suffixCount = new Int32Array(total);
  for (let p = 0; p < total; p++) {
    const value = at(p - before);
    const counts = Number.isNaN(value) ? 0 : 1;
    const inner = p % window !== 0;
    prefix[p] = (inner ? prefix[p - 1]! : 0) + (counts ? value : 0);
    prefixCount[p] = (inner ? prefixCount[p - 1]! : 0) + counts;
  }
  for (let p = total - 1; p >= 0; p--) {
    const value = at(p - before);
    const counts = Number.isNaN(value) ? 0 : 1;
    const inner = p % window !== window - 1;
    suffix[p] = (inner ? suffix[p + 1]! : 0) + (counts ? value : 0);
    suffixCount[p] = (inner ? suffixCount[p + 1]! : 0) + counts;
  }
  return Float64Array.from({ length: n }, (_, i) => {
    if (!isDrawable(values[i]!)) return Number.NaN;
    const end = i + window - 1;
    if (i % window === 0) return prefix[end]! / prefixCount[end]!; // the window is exactly one block
    return (suffix[i]! + prefix[end]!) / (suffixCount[i]! + prefixCount[end]!);
  });
}

import { checkLengths } from "../checks.ts";
import type { Dropout, FloatArray } from "../kernels.ts";

/**
 * Whether dropout keeps element `index`: a hash of both, so that the same key drops the same elements in any order, on any
 * number of threads and on the way back.
 * Source: the finalizer of MurmurHash3, Austin Appleby (public domain).
 * @param threshold - `dropoutThreshold(rate)`
 */
export function isKept(index: number, key: number, threshold: number): boolean {
  let h = Math.imul(index + 1, 0x9e3779b1) ^ key;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0 >= threshold;
}

/** Hashes below it are dropped: `rate` of all 2³². */
export function dropoutThreshold(rate: number): number {
  return Math.round(rate * 2 ** 32);
}

export function dropout<A extends FloatArray>(x: A, out: A, { rate, key }: Dropout): void {
  checkLengths("dropout", "x and out", x, out);
  const threshold = dropoutThreshold(rate);
  const scale = 1 / (1 - rate);
  for (let i = 0; i < x.length; i++) out[i] = isKept(i, key, threshold) ? scale * x[i]! : 0;
}

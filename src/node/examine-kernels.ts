import { SettingError } from "../errors.ts";
import type { Kernels, KernelsName } from "../kernels/index.ts";
import { load } from "../kernels/registry.ts";
import { type KernelsSettings, useKernels } from "./kernels.ts";

/** One implementation of the kernels on this machine. */
export type ExaminedKernels = {
  readonly name: KernelsName;
  readonly isDefault: boolean; // what computes when nothing is asked for
} & (
  | { readonly available: true; readonly description: string; readonly gflops: number }
  | { readonly available: false; readonly reason: string; readonly gflops: null }
);

/**
 * Every implementation, fastest first, with the speed of its float32 matrix product: 10⁹ multiplications and additions per
 * second, the best of about a quarter of a second.
 */
export async function examineKernels(settings: KernelsSettings = {}): Promise<ExaminedKernels[]> {
  const chosen = chooseIfPossible(settings);
  return (["blas", "wasm", "loops"] as const).map((name) => {
    const loaded = load(name);
    const isDefault = name === chosen;
    if (typeof loaded === "string") return { name, isDefault, available: false, reason: loaded, gflops: null };
    return { name, isDefault, available: true, description: loaded.description, gflops: speedOf(loaded) };
  });
}

/** Kernels that were asked for and are not available leave no default; the report says why. */
function chooseIfPossible(settings: KernelsSettings): KernelsName | undefined {
  try {
    return useKernels(settings).kernels.name;
  } catch (error) {
    if (error instanceof SettingError) return undefined;
    throw error;
  }
}

function speedOf(kernels: Kernels): number {
  const size = kernels.name === "loops" ? 160 : 768;
  const [a, b, out] = [0, 1, 2].map((offset) => kernels.allocate("float32", size * size).fill(offset / 7));
  let best = 0;
  const end = performance.now() + 250;
  for (let round = 0; round < 4 || performance.now() < end; round++) {
    const started = performance.now();
    kernels.gemm({ m: size, n: size, k: size, a: a!, b: b!, out: out! });
    best = Math.max(best, (2 * size ** 3) / (performance.now() - started) / 1e6);
  }
  return best;
}

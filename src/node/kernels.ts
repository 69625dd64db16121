/** The kernels that Node has: WebAssembly with worker threads, and the system's BLAS. */
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { checkInteger, SettingError } from "../errors.ts";
import { type Kernels, type KernelsName, registerKernels, setKernels } from "../kernels/index.ts";
import { load } from "../kernels/registry.ts";
import { hasFusedMultiplyAdd } from "../kernels/wasm/module.ts";
import { wasmProvider } from "../kernels/wasm/provider.ts";
import { createBlas } from "./blas/blas.ts";
import { nodeWorkers } from "./worker-threads.ts";

export interface KernelsSettings {
  /** Default: `CHAINRULE_KERNELS`, else the fastest that work here. */
  readonly kernels?: KernelsName | undefined;
  /** Threads in all; default: `CHAINRULE_THREADS`, else one per core. */
  readonly threads?: number | undefined;
  /** The same bits on every machine: WebAssembly without fused multiply-add, unless `kernels` says otherwise. */
  readonly deterministic?: boolean | undefined;
}

export interface ChosenKernels {
  readonly kernels: Kernels;
  /** Faster kernels that are not available here, and why. */
  readonly missing: readonly { readonly name: KernelsName; readonly reason: string }[];
}

const mostThreads = 256;

/**
 * Makes Node's kernels available and chooses among them, for all that follows.
 * @throws {SettingError} for unknown kernels, kernels that were asked for but are not available, or a wrong number of threads
 */
export function useKernels(settings: KernelsSettings = {}): ChosenKernels {
  threadCount(settings.threads); // a wrong number is an error here, not a reason to go without
  registerNodeKernels(settings);
  const { deterministic = false } = settings;
  if (deterministic && settings.kernels === "blas")
    throw new SettingError(
      "useKernels: expected wasm or loops with deterministic, got blas, whose sums differ by machine",
    );
  const variable = deterministic ? undefined : process.env.CHAINRULE_KERNELS || undefined;
  const kernels = settings.kernels ?? variable;
  if (kernels) return { kernels: setKernels(kernels as KernelsName), missing: [] };
  const missing: { name: KernelsName; reason: string }[] = [];
  for (const name of deterministic ? (["wasm", "loops"] as const) : (["blas", "wasm", "loops"] as const)) {
    const loaded = load(name);
    if (typeof loaded !== "string") return { kernels: setKernels(name), missing };
    missing.push({ name, reason: loaded });
  }
  throw new SettingError("useKernels: no kernels work here");
}

let areRegistered = false;

/** {@link registerNodeKernels} for an entry of the package: what another entry or `useKernels` has settled stays. */
export function offerNodeKernels(): void {
  if (!areRegistered) registerNodeKernels();
}

/** Makes Node's kernels available to `setKernels`; each is loaded when first asked for, here nothing is. */
export function registerNodeKernels({ threads, deterministic = false }: KernelsSettings = {}): void {
  areRegistered = true;
  registerKernels(
    wasmProvider(() => {
      allowFusedMultiplyAdd();
      return { threads: threadCount(threads), spawn: nodeWorkers(), deterministic };
    }),
  );
  let blas: Kernels | string | undefined;
  registerKernels({
    name: "blas",
    load() {
      blas ??= createBlas({ threads: threadCount(threads), path: process.env.CHAINRULE_BLAS_PATH || undefined });
      return blas;
    },
  });
}

/** Node 20 has fused multiply-add behind a flag that must be set before a module is compiled; later versions have it on. */
export function allowFusedMultiplyAdd(): void {
  if (!hasFusedMultiplyAdd() && process.versions.v8.startsWith("11."))
    setFlagsFromString("--experimental-wasm-relaxed-simd");
}

function threadCount(asked: number | undefined): number {
  const variable = process.env.CHAINRULE_THREADS;
  const count = asked ?? (variable ? Number(variable) : availableParallelism());
  checkInteger("kernels", asked === undefined ? "CHAINRULE_THREADS" : "the number of threads", count, 1, mostThreads);
  return count;
}

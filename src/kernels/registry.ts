/** Which kernels compute. Chosen once per process; every matrix product goes through them. */
import { SettingError } from "../errors.ts";
import type { Kernels, KernelsName } from "./kernels.ts";
import { loops } from "./loops/loops.ts";

/** An implementation to choose from, or why it cannot be had here. */
export interface KernelsProvider {
  readonly name: KernelsName;
  /** @returns the kernels, or one sentence saying what is missing */
  load(): Kernels | string;
}

const providers = new Map<KernelsName, KernelsProvider>([["loops", { name: "loops", load: () => loops }]]);
let current: Kernels = loops;

/** Adds an implementation, or replaces the one of that name. */
export function registerKernels(provider: KernelsProvider): void {
  providers.set(provider.name, provider);
}

/** The names of the kernels that work here, slowest first. */
export function availableKernels(): KernelsName[] {
  return [...providers.values()].filter((p) => typeof p.load() !== "string").map((p) => p.name);
}

/**
 * Chooses the kernels for all that follows.
 * @throws {SettingError} for a name that is unknown or not available here, saying why
 */
export function setKernels(name: KernelsName): Kernels {
  const provider = providers.get(name);
  if (!provider)
    throw new SettingError(
      `setKernels: unknown kernels "${name}"; expected one of ${[...providers.keys()].join(", ")}`,
    );
  const loaded = provider.load();
  if (typeof loaded === "string") throw new SettingError(`setKernels: ${name} is not available here: ${loaded}`);
  current = loaded;
  return current;
}

/** The kernels in use. */
export function kernels(): Kernels {
  return current;
}

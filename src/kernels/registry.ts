/** Which kernels compute. Chosen once per process; every matrix product goes through them. */
import { SettingError } from "../errors.ts";
import type { Kernels, KernelsName } from "./kernels.ts";
import { loops } from "./loops/loops.ts";
import { wasmProvider } from "./wasm/provider.ts";

/** An implementation to choose from, or why it is not available here. */
export interface KernelsProvider {
  readonly name: KernelsName;
  /** @returns the kernels, the same ones every time, or one sentence saying what is missing */
  load(): Kernels | string;
}

const slowestFirst: readonly KernelsName[] = ["loops", "wasm", "blas"];
const providers = new Map<KernelsName, KernelsProvider>([
  ["loops", { name: "loops", load: () => loops }],
  ["wasm", wasmProvider()],
]);
let current: Kernels | undefined;

/** Adds an implementation, or replaces the one of that name; the choice is open again. */
export function registerKernels(provider: KernelsProvider): void {
  providers.set(provider.name, provider);
  current = undefined;
}

/** The names of the kernels that work here, slowest first. */
export function availableKernels(): KernelsName[] {
  return slowestFirst.filter((name) => typeof load(name) !== "string");
}

/**
 * Chooses the kernels for all that follows. Without a choice they are those that the environment variable
 * `CHAINRULE_KERNELS` names, else the fastest that work here.
 * @throws {SettingError} for a name that is unknown or not available here, saying why
 */
export function setKernels(name: KernelsName): Kernels {
  if (!slowestFirst.includes(name))
    throw new SettingError(`setKernels: unknown kernels "${name}"; expected one of ${slowestFirst.join(", ")}`);
  const loaded = load(name);
  if (typeof loaded === "string") throw new SettingError(`setKernels: ${name} is not available here: ${loaded}`);
  current = loaded;
  return current;
}

/** The kernels in use. */
export function kernels(): Kernels {
  current ??= setKernels((environment("CHAINRULE_KERNELS") as KernelsName | undefined) ?? availableKernels().at(-1)!);
  return current;
}

/** @returns the kernels of that name, or why they are not available here */
export function load(name: KernelsName): Kernels | string {
  return providers.get(name)?.load() ?? "only Node has it, through chainrule/node";
}

function environment(variable: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }; // a page has none
  return process?.env?.[variable] || undefined;
}

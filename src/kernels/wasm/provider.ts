import type { Kernels } from "../kernels.ts";
import { createWasm, type WasmOptions } from "./wasm.ts";
import { webWorkers } from "./web-workers.ts";

/** The WebAssembly kernels, made when first asked for: with Web Workers in a page that may have them. */
export function wasmProvider(options: () => WasmOptions = inPage): { name: "wasm"; load(): Kernels | string } {
  let made: Kernels | string | undefined;
  return {
    name: "wasm",
    load() {
      made ??= attempt(options);
      return made;
    },
  };
}

function inPage(): WasmOptions {
  return { threads: globalThis.navigator?.hardwareConcurrency ?? 1, spawn: webWorkers() };
}

function attempt(options: () => WasmOptions): Kernels | string {
  try {
    return createWasm(options());
  } catch (error) {
    return `WebAssembly does not start: ${error instanceof Error ? error.message : String(error)}`;
  }
}

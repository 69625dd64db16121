/** The compiled WebAssembly module that suits this runtime. */
import { fusedModule, plainModule } from "./modules.generated.ts";

export type Precision = "plain" | "fused";

/** A module with one fused multiply-add: does this runtime have it? */
// biome-ignore format: one line per section
const probe: Uint8Array<ArrayBuffer> = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 123, // type: () -> v128
  3, 2, 1, 0,
  10, 19, 1, 17, 0, 65, 1, 253, 17, 65, 2, 253, 17, 65, 3, 253, 17, 253, 133, 2, 11, // i32x4.splat x 3, f32x4.relaxed_madd
]);

export function hasFusedMultiplyAdd(): boolean {
  return WebAssembly.validate(probe);
}

const compiled = new Map<string, WebAssembly.Module>();

/**
 * @param options.fused - whether fused multiply-add may be used where there is one
 * @param options.shared - whether the memory to import is shared
 */
export function compileModule({ fused, shared }: { fused: boolean; shared: boolean }): {
  module: WebAssembly.Module;
  precision: Precision;
} {
  const precision = fused && hasFusedMultiplyAdd() ? "fused" : "plain";
  const key = `${precision} ${shared}`;
  let module = compiled.get(key);
  if (!module) {
    module = new WebAssembly.Module(decode(precision === "fused" ? fusedModule : plainModule, shared));
    compiled.set(key, module);
  }
  return { module, precision };
}

function decode(base64: string, shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (!shared) bytes[sharedFlag(bytes)] = 1; // limits with a maximum, not shared
  return bytes;
}

/** Where the module says that the memory it imports, `env.memory`, is shared: the byte after that name and its kind. */
function sharedFlag(bytes: Uint8Array): number {
  const start = "\u0003env\u0006memory\u0002";
  const at = String.fromCharCode(...bytes.subarray(0, 1024)).indexOf(`${start}\u0003`);
  if (at < 0) throw new Error("wasm: the module does not import a shared memory as env.memory");
  return at + start.length;
}

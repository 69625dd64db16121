/**
 * The third kernels: products by the system's BLAS, everything else by WebAssembly over the same memory.
 * The threads are those of the WebAssembly kernels, each calling the library for its own part of a product, so that there
 * is one pool, which sleeps when idle.
 */
import { createRequire } from "node:module";
import type { Kernels } from "../../kernels/index.ts";
import { createWasm } from "../../kernels/wasm/wasm.ts";
import { nodeWorkers } from "../worker-threads.ts";
import { foreignProduct, type Koffi } from "./foreign-product.ts";
import { type BlasLibrary, findLibrary } from "./libraries.ts";

export interface BlasKernels extends Kernels {
  readonly library: BlasLibrary;
  /** Ends the worker threads; they start again when needed. */
  stop(): void;
}

export interface BlasOptions {
  readonly threads: number;
  readonly path?: string | undefined; // default: the usual names
}

/** @returns the kernels, or one sentence saying what is missing */
export function createBlas({ threads, path }: BlasOptions): BlasKernels | string {
  const require = createRequire(import.meta.url);
  let koffiPath: string;
  let koffi: Koffi;
  try {
    koffiPath = require.resolve("koffi");
    koffi = require("koffi") as Koffi;
  } catch {
    return "the optional package koffi is not installed; npm install koffi";
  }
  const library = findLibrary(koffi, path, threads);
  if (typeof library === "string") return library;
  const count = library.concurrent ? threads : 1;
  let product: ReturnType<typeof foreignProduct> | undefined;
  const kernels = createWasm({
    threads: count,
    spawn: nodeWorkers(
      `(${foreignProduct})(require(${JSON.stringify(koffiPath)}), ${JSON.stringify(library.path)}, start.memory)`,
    ),
    foreign: { product: (...args) => product?.(...args), concurrent: library.concurrent },
  });
  product = foreignProduct(koffi, library.path, kernels.memory);
  const wrong = disagreement(kernels);
  if (wrong) return `${library.path} ${wrong}`;
  return { ...kernels, name: "blas", description: describe(library, threads), library };
}

function describe({ name, version, path, core }: BlasLibrary, threads: number): string {
  const words = [name, version, core && `for ${core}`, `(${path})`].filter(Boolean).join(" ");
  return `${words}, ${threads} thread${threads > 1 ? "s" : ""}`;
}

/** A library with other integers or another order of arguments is told by a small product. */
function disagreement(kernels: Kernels): string | undefined {
  const [a, b, out] = [
    [1, 2, 3, 4, 5, 6],
    [1, 0, 2, -1, 0, 3],
    [0, 0, 0, 0],
  ].map((row) => Float32Array.from(row));
  kernels.gemm({ m: 2, n: 2, k: 3, a: a!, b: b!, out: out! });
  const expected = [5, 7, 14, 13]; // 1·1 + 2·2 + 3·0, 1·0 − 2·1 + 3·3, …
  return expected.every((value, i) => out![i] === value)
    ? undefined
    : `multiplies wrongly: got ${out}, not ${expected}`;
}

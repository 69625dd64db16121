import type { FloatArray } from "../kernels.ts";

/** The operations of the WebAssembly modules by number, as `assembly/index.ts` dispatches them; add 1 for float64. */
export const operations = {
  gemm: 0,
  softmaxLoss: 2,
  relu: 4,
  reluBackward: 6,
  addScaled: 8,
  sgdUpdate: 10,
  sumSquares: 12,
  addRow: 14,
  sumRows: 16,
  gatherBytes: 18,
  foreignGemm: 20,
  gatherRows: 22,
  foreignParts: 24,
  addParts: 26,
} as const;

/** To be added to the number of an operation: 1 for float64. */
export function wide(x: FloatArray): 0 | 1 {
  return x.BYTES_PER_ELEMENT === 8 ? 1 : 0;
}

/** What a module exports. */
export interface WasmExports {
  runAlone(operation: number, tiles: number): void;
  runTogether(operation: number, tiles: number): void;
  finished(tiles: number): number;
  help(thread: number): void;
}

/** The control block, in bytes; see `assembly/job.ts`. */
export const layout: {
  readonly done: number;
  readonly integers: number;
  readonly numbers: number;
  readonly partials: number;
  readonly mostPartials: number; // how many there is room for
  readonly scratch: number;
  readonly scratchPerThread: number;
} = {
  done: 128,
  integers: 256,
  numbers: 384,
  partials: 4096,
  mostPartials: 4096,
  scratch: 65536,
  scratchPerThread: 1 << 20,
};

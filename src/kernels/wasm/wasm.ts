/** The kernels in WebAssembly: SIMD, fused multiply-add where the runtime has it, threads over shared memory. */
import { checkColumns, checkGather, checkGatherRows, checkLabels, checkLengths, checkSgdUpdate } from "../checks.ts";
import type { FloatArray, GatherBytes, GatherRows, Kernels, SgdUpdate } from "../kernels.ts";
import { loops } from "../loops/loops.ts";
import { createGemm, type Foreign, type Job } from "./gemm.ts";
import { createMemory, WasmMemory } from "./memory.ts";
import { compileModule, type Precision } from "./module.ts";
import { layout, operations, type WasmExports, wide } from "./operations.ts";
import { type SpawnHelper, Threads } from "./threads.ts";

export interface WasmOptions {
  /** Threads in all, the caller among them; default 1, and 1 without `spawn`. */
  readonly threads?: number;
  readonly spawn?: SpawnHelper | undefined;
  /** Never fuse a multiply and an add, so that every machine computes the same bits; default false. */
  readonly deterministic?: boolean;
  /** Memory in pages of 64 KB; default 8192 (512 MB), less where that cannot be had. */
  readonly pages?: number;
  /** Computes products instead of ours. */
  readonly foreign?: Foreign | undefined;
  /**
   * How long no part of a product may be finished, beyond what its size explains, before a thread counts as dead;
   * default 10 000.
   */
  readonly patienceMs?: number;
}

export interface WasmKernels extends Kernels {
  readonly precision: Precision;
  readonly memory: WebAssembly.Memory;
  /** Ends the helping threads; they come back when needed. */
  stop(): void;
}

const elementsPerTile = 1 << 15; // as in assembly/rows.ts
const mostScores = layout.scratchPerThread / 8 - 2; // in a row

/**
 * @throws {Error} where the runtime has no WebAssembly SIMD or no memory to give
 */
export function createWasm({
  threads: wanted = 1,
  spawn,
  deterministic = false,
  pages,
  foreign,
  patienceMs = 10_000,
}: WasmOptions = {}): WasmKernels {
  const shared = typeof SharedArrayBuffer !== "undefined";
  const count = shared && spawn ? Math.max(1, wanted) : 1;
  const { module, precision } = compileModule({ fused: !deterministic, shared });
  const memory = new WasmMemory(createMemory(shared, pages), count);
  const imports = { env: { memory: memory.memory, product: foreign?.product ?? (() => {}) } };
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as WasmExports;
  const threads = new Threads(exports, module, memory.memory, { count, spawn, patienceMs });

  function run(job: Job): void {
    if (memory.isFull) {
      memory.release(true);
      job.otherwise();
      return;
    }
    const { integers, numbers } = job;
    for (let i = 0; i < integers.length; i++) memory.integers[i] = integers[i]!;
    if (numbers) for (let i = 0; i < numbers.length; i++) memory.numbers[i] = numbers[i]!;
    let failed = true;
    try {
      threads.run(job.operation, job.tiles, job.work);
      failed = false;
    } finally {
      memory.release(failed);
    }
  }

  function addRow<A extends FloatArray>(x: A, row: A, out: A): void {
    checkLengths("addRow", "x and out", x, out);
    checkColumns("addRow", x, row);
    checkColumns("addRow", out, row);
    if (x.length === 0) return;
    const rows = x.length / row.length;
    const perTile = Math.max(1, Math.floor(elementsPerTile / row.length));
    run({
      operation: operations.addRow + wide(x),
      tiles: Math.ceil(rows / perTile),
      work: x.length,
      integers: [rows, row.length, memory.read(x), memory.read(row), memory.write(out), perTile],
      otherwise: () => loops.addRow(x, row, out),
    });
  }

  function sumRows<A extends FloatArray>(x: A, out: A): void {
    checkColumns("sumRows", x, out);
    if (out.length === 0) return;
    const rows = x.length / out.length;
    const perTile = 64;
    run({
      operation: operations.sumRows + wide(x),
      tiles: Math.ceil(out.length / perTile),
      work: x.length,
      integers: [rows, out.length, memory.read(x), memory.write(out), perTile],
      otherwise: () => loops.sumRows(x, out),
    });
  }

  function relu<A extends FloatArray>(x: A, out: A): void {
    checkLengths("relu", "x and out", x, out);
    run({
      operation: operations.relu + wide(x),
      tiles: tilesOf(x.length),
      work: x.length,
      integers: [x.length, memory.read(x), memory.write(out)],
      otherwise: () => loops.relu(x, out),
    });
  }

  function reluBackward<A extends FloatArray>(gradOut: A, out: A, gradX: A): void {
    checkLengths("reluBackward", "gradOut, out and gradX", gradOut, out, gradX);
    run({
      operation: operations.reluBackward + wide(gradOut),
      tiles: tilesOf(gradOut.length),
      work: gradOut.length,
      integers: [gradOut.length, memory.read(gradOut), memory.read(out), memory.write(gradX)],
      otherwise: () => loops.reluBackward(gradOut, out, gradX),
    });
  }

  function softmaxLoss<A extends FloatArray>(scores: A, labels: Int32Array, columns: number, gradScores: A): number {
    checkLengths("softmaxLoss", "scores and gradScores", scores, gradScores);
    checkLabels("softmaxLoss", scores, labels, columns);
    const rows = labels.length;
    if (rows === 0 || columns > mostScores) return loops.softmaxLoss(scores, labels, columns, gradScores);
    const results = memory.borrow(16 * rows).byteOffset;
    const perTile = Math.max(1, Math.floor(640 / columns));
    let loss: number | undefined;
    run({
      operation: operations.softmaxLoss + wide(scores),
      tiles: Math.ceil(rows / perTile),
      work: scores.length * 16, // exponentials
      integers: [
        rows,
        columns,
        memory.read(scores),
        memory.read(labels),
        memory.write(gradScores),
        results,
        results + 8 * rows,
        perTile,
      ],
      otherwise: () => {
        loss = loops.softmaxLoss(scores, labels, columns, gradScores);
      },
    });
    if (loss !== undefined) return loss;
    const [sums, margins] = [results, results + 8 * rows].map((at) => new Float64Array(memory.buffer, at, rows));
    loss = 0;
    for (let i = 0; i < rows; i++) loss += Math.log(sums![i]!) - margins![i]!;
    return loss / rows;
  }

  function sumSquares(x: FloatArray): number {
    const perTile = Math.max(elementsPerTile, 4 * Math.ceil(x.length / layout.mostPartials / 4));
    const tiles = Math.ceil(x.length / perTile);
    let sum: number | undefined;
    run({
      operation: operations.sumSquares + wide(x),
      tiles,
      work: x.length,
      integers: [x.length, memory.read(x), perTile],
      otherwise: () => {
        sum = loops.sumSquares(x);
      },
    });
    if (sum !== undefined) return sum;
    sum = 0;
    for (let tile = 0; tile < tiles; tile++) sum += memory.partials[tile]!;
    return sum;
  }

  function addScaled<A extends FloatArray>(x: A, scale: number, out: A, keep = 1): void {
    checkLengths("addScaled", "x and out", x, out);
    run({
      operation: operations.addScaled + wide(x),
      tiles: tilesOf(x.length),
      work: x.length,
      integers: [x.length, memory.read(x), memory.update(out)],
      numbers: [scale, keep],
      otherwise: () => loops.addScaled(x, scale, out, keep),
    });
  }

  function sgdUpdate<A extends FloatArray>(update: SgdUpdate<A>): void {
    checkSgdUpdate(update);
    const { w, grad, velocity, learningRate, weightDecay = 0, momentum = 0, nesterov = false } = update;
    run({
      operation: operations.sgdUpdate + wide(w),
      tiles: tilesOf(w.length),
      work: w.length,
      integers: [
        w.length,
        memory.update(w),
        grad ? memory.read(grad) : 0,
        velocity ? memory.update(velocity) : 0,
        nesterov ? 1 : 0,
      ],
      numbers: [learningRate, weightDecay, grad ? momentum : 1],
      otherwise: () => loops.sgdUpdate(update),
    });
  }

  function gatherBytes(gather: GatherBytes): void {
    checkGather(gather);
    const { bytes, indices, channels, plane, scale, shift, out } = gather;
    if (out.length === 0) return;
    const rows = indices.length;
    const length = channels * plane;
    const perTile = Math.max(1, Math.floor(elementsPerTile / length));
    const inside = bytes.buffer === memory.buffer;
    let [table, order] = [bytes, indices];
    if (!inside) {
      // The table may be far larger than this memory: only the rows that are asked for move in.
      table = memory.borrow(rows * length);
      order = indices.map((_, i) => i);
      if (!memory.isFull)
        indices.forEach((row, i) => {
          table.set(bytes.subarray(row * length, (row + 1) * length), i * length);
        });
    }
    run({
      operation: operations.gatherBytes,
      tiles: Math.ceil(rows / perTile),
      work: out.length,
      integers: [
        channels,
        plane,
        memory.read(table),
        memory.read(order),
        memory.read(scale),
        memory.read(shift),
        memory.write(out),
        rows,
        perTile,
      ],
      otherwise: () => loops.gatherBytes(gather),
    });
  }

  function gatherRows<A extends FloatArray>(gather: GatherRows<A>): void {
    const { table, indices, columns, out } = gather;
    // Only a table in this memory can be read by all threads; copying rows of another one is all there is to do anyway.
    if (table.buffer !== memory.buffer || out.buffer !== memory.buffer) {
      loops.gatherRows(gather);
      return;
    }
    checkGatherRows(gather);
    const perTile = Math.max(1, Math.floor(elementsPerTile / 2 / columns));
    run({
      operation: operations.gatherRows + wide(table),
      tiles: Math.ceil(indices.length / perTile),
      work: out.length,
      integers: [indices.length, columns, memory.read(table), memory.read(indices), memory.write(out), perTile],
      otherwise: () => loops.gatherRows(gather),
    });
  }

  function allocate(dtype: "float32", length: number): Float32Array;
  function allocate(dtype: "float64", length: number): Float64Array;
  function allocate(dtype: "float32" | "float64", length: number): FloatArray {
    return memory.allocate(dtype, length);
  }

  return {
    name: "wasm",
    description:
      `WebAssembly SIMD${precision === "fused" ? " with fused multiply-add" : ""}, ` +
      `${count} thread${count > 1 ? "s" : ""}`,
    precision,
    memory: memory.memory,
    stop: () => threads.stop(),
    ...createGemm({ memory, threads, run, others: { sumSquares, sgdUpdate }, foreign }),
    ...{ allocate, addRow, sumRows, relu, reluBackward, softmaxLoss },
    ...{ sumSquares, addScaled, sgdUpdate, gatherBytes, gatherRows },
  };
}

function tilesOf(length: number): number {
  return Math.ceil(length / elementsPerTile);
}

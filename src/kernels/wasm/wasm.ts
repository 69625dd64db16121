/** The kernels in WebAssembly: SIMD, fused multiply-add where the runtime has it, threads over shared memory. */
import { checkBatchNorm, checkColumns, checkGather, checkLabels, checkLengths, checkUpdate } from "../checks.ts";
import type {
  BatchNormBackward,
  BatchNormForward,
  Dropout,
  FloatArray,
  GatherBytes,
  Kernels,
  Update,
} from "../kernels.ts";
import { dropoutThreshold } from "../loops/dropout.ts";
import { loops } from "../loops/loops.ts";
import { createGemm, type Foreign, type Run } from "./gemm.ts";
import { createMemory, WasmMemory } from "./memory.ts";
import { compileModule, type Precision } from "./module.ts";
import { type Fields, layout, type Operation, operations, type WasmExports } from "./operations.ts";
import { type SpawnWorker, Threads } from "./threads.ts";
import { updateFields } from "./update.ts";

export interface WasmOptions {
  /** Threads in all, the caller among them; default 1, and 1 without `spawn`. */
  readonly threads?: number;
  readonly spawn?: SpawnWorker | undefined;
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
  /** Terminates the worker threads; the next large job starts new ones. */
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

  const run: Run = (operation, like, tiles, work, fields) => {
    if (memory.isFull) {
      memory.release(true);
      return false;
    }
    memory.setFields(operation, fields);
    let failed = true;
    try {
      threads.run(operations[operation].code + (like.BYTES_PER_ELEMENT === 8 ? 1 : 0), tiles, work);
      failed = false;
    } finally {
      memory.release(failed);
    }
    return true;
  };

  /** {@link Run} for an operation on elements, whose tiles are as long as in assembly/rows.ts. */
  function runElements<O extends Operation>(operation: O, x: FloatArray, fields: Fields<O>): boolean {
    return run(operation, x, Math.ceil(x.length / elementsPerTile), x.length, fields);
  }

  function sumRows<A extends FloatArray>(x: A, out: A): void {
    checkColumns("sumRows", x, out);
    const columns = out.length;
    if (columns === 0) return;
    const columnsPerTile = 64;
    const tiles = Math.ceil(columns / columnsPerTile);
    const fields = { rows: x.length / columns, columns, x: memory.read(x), out: memory.write(out), columnsPerTile };
    if (!run("sumRows", x, tiles, x.length, fields)) loops.sumRows(x, out);
  }

  function relu<A extends FloatArray>(x: A, out: A): void {
    checkLengths("relu", "x and out", x, out);
    const fields = { length: x.length, x: memory.read(x), out: memory.write(out) };
    if (!runElements("relu", x, fields)) loops.relu(x, out);
  }

  function reluBackward<A extends FloatArray>(gradOut: A, out: A, gradX: A): void {
    checkLengths("reluBackward", "gradOut, out and gradX", gradOut, out, gradX);
    const inputs = { gradOut: memory.read(gradOut), out: memory.read(out) };
    const fields = { length: out.length, ...inputs, gradX: memory.write(gradX) };
    if (!runElements("reluBackward", gradOut, fields)) loops.reluBackward(gradOut, out, gradX);
  }

  function softmaxLoss<A extends FloatArray>(scores: A, labels: Int32Array, columns: number, gradScores: A): number {
    checkLengths("softmaxLoss", "scores and gradScores", scores, gradScores);
    checkLabels("softmaxLoss", scores, labels, columns);
    const rows = labels.length;
    if (rows === 0 || columns > mostScores) return loops.softmaxLoss(scores, labels, columns, gradScores);
    const sums = memory.borrow(16 * rows).byteOffset;
    const margins = sums + 8 * rows;
    const rowsPerTile = Math.max(1, Math.floor(640 / columns));
    const isDone = run("softmaxLoss", scores, Math.ceil(rows / rowsPerTile), scores.length * 16, {
      ...{ rows, columns, sums, margins, rowsPerTile },
      scores: memory.read(scores),
      labels: memory.read(labels),
      gradScores: memory.write(gradScores),
    });
    if (!isDone) return loops.softmaxLoss(scores, labels, columns, gradScores);
    const found = new Float64Array(memory.buffer, sums, 2 * rows);
    let loss = 0;
    for (let i = 0; i < rows; i++) loss += Math.log(found[i]!) - found[rows + i]!;
    return loss / rows;
  }

  function sumSquares(x: FloatArray): number {
    const perTile = Math.max(elementsPerTile, 4 * Math.ceil(x.length / layout.mostPartials / 4));
    const tiles = Math.ceil(x.length / perTile);
    const fields = { length: x.length, x: memory.read(x), elementsPerTile: perTile };
    if (!run("sumSquares", x, tiles, x.length, fields)) return loops.sumSquares(x);
    let sum = 0;
    for (let tile = 0; tile < tiles; tile++) sum += memory.partials[tile]!;
    return sum;
  }

  function addScaled<A extends FloatArray>(x: A, scale: number, out: A, keep = 1): void {
    checkLengths("addScaled", "x and out", x, out);
    const fields = { length: x.length, x: memory.read(x), out: memory.update(out), scale, keep };
    if (!runElements("addScaled", x, fields)) loops.addScaled(x, scale, out, keep);
  }

  function updateByArray<A extends FloatArray>(job: Update<A>): void {
    checkUpdate(job);
    const { w, gradient } = job;
    const fields = { length: w.length, grad: memory.read(gradient as A), ...updateFields(job, memory) };
    if (!runElements("update", w, fields)) loops.update(job);
  }

  function batchNormForward<A extends FloatArray>(job: BatchNormForward<A>): void {
    checkBatchNorm("batchNormForward", job);
    const fields = {
      ...batchNormFields(job),
      ...{ mean: memory.write(job.mean), variance: memory.write(job.variance), out: memory.write(job.out) },
    };
    if (!run("batchNormForward", job.x, tilesOf(job), 8 * job.x.length, fields)) loops.batchNormForward(job);
  }

  function batchNormBackward<A extends FloatArray>(job: BatchNormBackward<A>): void {
    checkBatchNorm("batchNormBackward", job);
    const fields = {
      ...batchNormFields(job),
      ...{ mean: memory.read(job.mean), variance: memory.read(job.variance), out: memory.read(job.out) },
      ...{ gradOut: memory.read(job.gradOut), gradX: memory.write(job.gradX) },
      ...{ gradGamma: memory.write(job.gradGamma), gradBeta: memory.write(job.gradBeta) },
    };
    if (!run("batchNormBackward", job.x, tilesOf(job), 8 * job.x.length, fields)) loops.batchNormBackward(job);
  }

  /** Two tiles for each thread, of whole lines of the cache. */
  function columnsPerTile(columns: number): number {
    return Math.max(64, 16 * Math.ceil(columns / (2 * count) / 16));
  }

  function tilesOf({ columns }: BatchNormForward): number {
    return Math.ceil(columns / columnsPerTile(columns));
  }

  function batchNormFields({ rows, columns, x, gamma, beta, eps, relu, dropout }: BatchNormForward) {
    return {
      ...{ rows, columns, eps, relu, columnsPerTile: columnsPerTile(columns), ...dropoutFields(dropout) },
      ...{ x: memory.read(x), gamma: memory.read(gamma), beta: memory.read(beta) },
    };
  }

  function dropout<A extends FloatArray>(x: A, out: A, how: Dropout): void {
    checkLengths("dropout", "x and out", x, out);
    const fields = { length: x.length, x: memory.read(x), out: memory.write(out), ...dropoutFields(how) };
    if (!runElements("dropout", x, fields)) loops.dropout(x, out, how);
  }

  function gatherBytes(gather: GatherBytes): void {
    checkGather(gather);
    const { bytes, indices, channels, plane, scale, shift, out } = gather;
    if (out.length === 0) return;
    const rows = indices.length;
    const length = channels * plane;
    const rowsPerTile = Math.max(1, Math.floor(elementsPerTile / length));
    let [table, order] = [bytes, indices];
    if (bytes.buffer !== memory.buffer) {
      // The table may be far larger than this memory: only the rows that are asked for move in.
      table = memory.borrow(rows * length);
      order = indices.map((_, i) => i);
      if (!memory.isFull)
        indices.forEach((row, i) => {
          table.set(bytes.subarray(row * length, (row + 1) * length), i * length);
        });
    }
    const isDone = run("gatherBytes", out, Math.ceil(rows / rowsPerTile), out.length, {
      ...{ rows, channels, plane, rowsPerTile },
      bytes: memory.read(table),
      indices: memory.read(order),
      scale: memory.read(scale),
      shift: memory.read(shift),
      out: memory.write(out),
    });
    if (!isDone) loops.gatherBytes(gather);
  }

  function allocate(dtype: "float32", length: number): Float32Array;
  function allocate(dtype: "float64", length: number): Float64Array;
  function allocate(dtype: "float32" | "float64", length: number): FloatArray {
    return memory.allocate(dtype, length);
  }

  const products = createGemm({ memory, threads, run, sumSquares, update: updateByArray, foreign });
  return {
    name: "wasm",
    description:
      `WebAssembly SIMD${precision === "fused" ? " with fused multiply-add" : ""}, ` +
      `${count} thread${count > 1 ? "s" : ""}`,
    precision,
    memory: memory.memory,
    stop: () => threads.stop(),
    ...products,
    ...{ allocate, sumRows, relu, reluBackward, softmaxLoss, sumSquares, addScaled, gatherBytes },
    ...{ batchNormForward, batchNormBackward, dropout },
  };
}

function dropoutFields(dropout: Dropout | undefined) {
  if (!dropout) return { drops: false, keep: 1 };
  const { rate, key } = dropout;
  return { drops: true, key, threshold: dropoutThreshold(rate), keep: 1 / (1 - rate) };
}

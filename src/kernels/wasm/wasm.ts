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
import { applyUpdate } from "../loops/update.ts";
import { createGemm, type Foreign, type Run } from "./gemm.ts";
import { createMemory, WasmMemory } from "./memory.ts";
import { compileModule, type Precision } from "./module.ts";
import { offsets as at, layout, type Operation, operations, type WasmExports } from "./operations.ts";
import { type SpawnWorker, Threads } from "./threads.ts";
import { setUpdate } from "./update.ts";

export interface WasmOptions {
  /** Threads in all, the caller among them; default 1, and 1 without `spawn`. */
  readonly threads?: number;
  readonly spawn?: SpawnWorker | undefined;
  /** Never fuse a multiply and an add, so that every machine computes the same bits; default false. */
  readonly deterministic?: boolean;
  /** Memory in pages of 64 KB; default 8192 (512 MB), less where the system does not give so much. */
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
/** Numbers below which a job costs more to describe than to do. */
const tiny = 400;
const tinyRows = 64; // of scores, whose exponentials take longer
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

  const { integers, fractions } = memory;

  const run: Run = (operation, like, tiles, work) => {
    if (memory.isFull) {
      memory.release(true);
      return false;
    }
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
  function runElements(operation: Operation, x: FloatArray): boolean {
    return run(operation, x, Math.ceil(x.length / elementsPerTile), x.length);
  }

  function sumRows<A extends FloatArray>(x: A, out: A): void {
    checkColumns("sumRows", x, out);
    const columns = out.length;
    if (columns === 0) return;
    if (x.length < tiny) {
      loops.sumRows(x, out);
      return;
    }
    const columnsPerTile = 64;
    integers[at.sumRows.rows] = x.length / columns;
    integers[at.sumRows.columns] = columns;
    integers[at.sumRows.x] = memory.read(x);
    integers[at.sumRows.out] = memory.write(out);
    integers[at.sumRows.columnsPerTile] = columnsPerTile;
    if (!run("sumRows", x, Math.ceil(columns / columnsPerTile), x.length)) loops.sumRows(x, out);
  }

  function relu<A extends FloatArray>(x: A, out: A): void {
    checkLengths("relu", "x and out", x, out);
    integers[at.relu.length] = x.length;
    integers[at.relu.x] = memory.read(x);
    integers[at.relu.out] = memory.write(out);
    if (!runElements("relu", x)) loops.relu(x, out);
  }

  function reluBackward<A extends FloatArray>(gradOut: A, out: A, gradX: A): void {
    checkLengths("reluBackward", "gradOut, out and gradX", gradOut, out, gradX);
    integers[at.reluBackward.length] = out.length;
    integers[at.reluBackward.gradOut] = memory.read(gradOut);
    integers[at.reluBackward.out] = memory.read(out);
    integers[at.reluBackward.gradX] = memory.write(gradX);
    if (!runElements("reluBackward", gradOut)) loops.reluBackward(gradOut, out, gradX);
  }

  function softmaxLoss<A extends FloatArray>(scores: A, labels: Int32Array, columns: number, gradScores: A): number {
    checkLengths("softmaxLoss", "scores and gradScores", scores, gradScores);
    checkLabels("softmaxLoss", scores, labels, columns);
    const rows = labels.length;
    if (rows === 0 || columns > mostScores || scores.length < tinyRows)
      return loops.softmaxLoss(scores, labels, columns, gradScores);
    const sums = memory.borrow(16 * rows);
    const margins = sums + 8 * rows;
    const rowsPerTile = Math.max(1, Math.floor(640 / columns));
    integers[at.softmaxLoss.rows] = rows;
    integers[at.softmaxLoss.columns] = columns;
    integers[at.softmaxLoss.scores] = memory.read(scores);
    integers[at.softmaxLoss.labels] = memory.read(labels);
    integers[at.softmaxLoss.gradScores] = memory.write(gradScores);
    integers[at.softmaxLoss.sums] = sums;
    integers[at.softmaxLoss.margins] = margins;
    integers[at.softmaxLoss.rowsPerTile] = rowsPerTile;
    if (!run("softmaxLoss", scores, Math.ceil(rows / rowsPerTile), scores.length * 16))
      return loops.softmaxLoss(scores, labels, columns, gradScores);
    const found = sums / 8;
    let loss = 0;
    for (let i = found; i < found + rows; i++) loss += Math.log(memory.numbers[i]!) - memory.numbers[rows + i]!;
    return loss / rows;
  }

  function sumSquares(x: FloatArray): number {
    if (x.length < tiny) return loops.sumSquares(x);
    const perTile = Math.max(elementsPerTile, 4 * Math.ceil(x.length / layout.mostPartials / 4));
    const tiles = Math.ceil(x.length / perTile);
    integers[at.sumSquares.length] = x.length;
    integers[at.sumSquares.x] = memory.read(x);
    integers[at.sumSquares.elementsPerTile] = perTile;
    if (!run("sumSquares", x, tiles, x.length)) return loops.sumSquares(x);
    let sum = 0;
    for (let tile = 0; tile < tiles; tile++) sum += memory.partials[tile]!;
    return sum;
  }

  function addScaled<A extends FloatArray>(x: A, scale: number, out: A, keep = 1): void {
    checkLengths("addScaled", "x and out", x, out);
    integers[at.addScaled.length] = x.length;
    integers[at.addScaled.x] = memory.read(x);
    integers[at.addScaled.out] = memory.update(out);
    fractions[at.addScaled.scale] = scale;
    fractions[at.addScaled.keep] = keep;
    if (!runElements("addScaled", x)) loops.addScaled(x, scale, out, keep);
  }

  function updateByArray<A extends FloatArray>(job: Update<A>): void {
    checkUpdate(job);
    if (job.w.length < tiny) {
      applyUpdate(job, job.gradient as A);
      return;
    }
    integers[at.update.length] = job.w.length;
    integers[at.update.grad] = memory.read(job.gradient as A);
    setUpdate(memory, at.update, job);
    if (!runElements("update", job.w)) loops.update(job);
  }

  function batchNormForward<A extends FloatArray>(job: BatchNormForward<A>): void {
    checkBatchNorm("batchNormForward", job);
    setBatchNorm(job);
    integers[at.batchNorm.mean] = memory.write(job.mean);
    integers[at.batchNorm.variance] = memory.write(job.variance);
    integers[at.batchNorm.out] = memory.write(job.out);
    if (!run("batchNormForward", job.x, tilesOf(job), 8 * job.x.length)) loops.batchNormForward(job);
  }

  function batchNormBackward<A extends FloatArray>(job: BatchNormBackward<A>): void {
    checkBatchNorm("batchNormBackward", job);
    setBatchNorm(job);
    integers[at.batchNorm.mean] = memory.read(job.mean);
    integers[at.batchNorm.variance] = memory.read(job.variance);
    integers[at.batchNorm.out] = memory.read(job.out);
    integers[at.batchNorm.gradOut] = memory.read(job.gradOut);
    integers[at.batchNorm.gradX] = memory.write(job.gradX);
    integers[at.batchNorm.gradGamma] = memory.write(job.gradGamma);
    integers[at.batchNorm.gradBeta] = memory.write(job.gradBeta);
    if (!run("batchNormBackward", job.x, tilesOf(job), 8 * job.x.length)) loops.batchNormBackward(job);
  }

  function setBatchNorm({ rows, columns, x, gamma, beta, eps, relu, dropout }: BatchNormForward): void {
    integers[at.batchNorm.rows] = rows;
    integers[at.batchNorm.columns] = columns;
    integers[at.batchNorm.columnsPerTile] = columnsPerTile(columns);
    integers[at.batchNorm.x] = memory.read(x);
    integers[at.batchNorm.gamma] = memory.read(gamma);
    integers[at.batchNorm.beta] = memory.read(beta);
    integers[at.batchNorm.relu] = relu ? 1 : 0;
    integers[at.batchNorm.drops] = dropout ? 1 : 0;
    integers[at.batchNorm.key] = dropout?.key ?? 0;
    integers[at.batchNorm.threshold] = dropout ? dropoutThreshold(dropout.rate) : 0;
    fractions[at.batchNorm.eps] = eps;
    fractions[at.batchNorm.keep] = dropout ? 1 / (1 - dropout.rate) : 1;
  }

  /** One tile for each thread, of whole lines of the cache: long pieces of rows are read fastest. */
  function columnsPerTile(columns: number): number {
    return Math.max(64, 16 * Math.ceil(columns / count / 16));
  }

  function tilesOf({ columns }: BatchNormForward): number {
    return Math.ceil(columns / columnsPerTile(columns));
  }

  function dropout<A extends FloatArray>(x: A, out: A, how: Dropout): void {
    checkLengths("dropout", "x and out", x, out);
    integers[at.dropout.length] = x.length;
    integers[at.dropout.x] = memory.read(x);
    integers[at.dropout.out] = memory.write(out);
    integers[at.dropout.key] = how.key;
    integers[at.dropout.threshold] = dropoutThreshold(how.rate);
    fractions[at.dropout.keep] = 1 / (1 - how.rate);
    if (!runElements("dropout", x)) loops.dropout(x, out, how);
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
      table = new Uint8Array(memory.buffer, memory.borrow(rows * length), memory.isFull ? 0 : rows * length);
      order = indices.map((_, i) => i);
      if (!memory.isFull)
        indices.forEach((row, i) => {
          table.set(bytes.subarray(row * length, (row + 1) * length), i * length);
        });
    }
    integers[at.gatherBytes.rows] = rows;
    integers[at.gatherBytes.channels] = channels;
    integers[at.gatherBytes.plane] = plane;
    integers[at.gatherBytes.rowsPerTile] = rowsPerTile;
    integers[at.gatherBytes.bytes] = memory.read(table);
    integers[at.gatherBytes.indices] = memory.read(order);
    integers[at.gatherBytes.scale] = memory.read(scale);
    integers[at.gatherBytes.shift] = memory.read(shift);
    integers[at.gatherBytes.out] = memory.write(out);
    if (!run("gatherBytes", out, Math.ceil(rows / rowsPerTile), out.length)) loops.gatherBytes(gather);
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

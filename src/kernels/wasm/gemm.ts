/** Matrix products: by our own loops in WebAssembly, or by a foreign library on the same memory and threads. */
import { checkGemm, checkWeightStep } from "../checks.ts";
import type { FloatArray, Gemm, Kernels, WeightStep } from "../kernels.ts";
import { loops } from "../loops/loops.ts";
import { blockedGemm } from "./blocked-gemm.ts";
import type { WasmMemory } from "./memory.ts";
import { operations, wide } from "./operations.ts";
import type { ForeignProduct, Threads } from "./threads.ts";

/** One operation whose arrays have been placed in the memory. */
export interface Job {
  readonly operation: number;
  readonly tiles: number;
  readonly work: number; // multiply-adds or so: small jobs wake nobody
  readonly integers: readonly number[];
  readonly numbers?: readonly number[];
  /** Computes the same when one of the arrays found no room. */
  readonly otherwise: () => void;
}

/** Someone else's matrix product; helpers must have it too. */
export interface Foreign {
  readonly product: ForeignProduct;
  readonly concurrent: boolean; // whether several threads may call it at once; otherwise it threads a whole product itself
}

interface GemmContext {
  readonly memory: WasmMemory;
  readonly threads: Threads;
  readonly run: (job: Job) => void;
  readonly others: Pick<Kernels, "sumSquares" | "sgdUpdate">;
  readonly foreign: Foreign | undefined;
}

/** Bytes of a matrix that a thread works on at a time, so that the next thing it does finds them in a cache of 1 MB. */
const [squaredAtOnce, updatedAtOnce] = [384 * 1024, 768 * 1024];

export function createGemm(context: GemmContext): Pick<Kernels, "gemm" | "gemmWithSquares" | "weightStep"> {
  const { memory, threads, run, others, foreign } = context;
  const { sumSquares, sgdUpdate } = others;

  function gemm<A extends FloatArray>(product: Gemm<A>): void {
    checkGemm(product);
    if (product.m === 0 || product.n === 0) return;
    if (foreign && threads.count > 1 && isDeep(product)) inParts(product);
    else inTiles(product);
  }

  function gemmWithSquares<A extends FloatArray>(product: Gemm<A>): number {
    if (!foreign?.concurrent || product.transposeB || !isDeep(product)) {
      gemm(product);
      return sumSquares(product.b);
    }
    checkGemm(product);
    return inParts(product, true);
  }

  function weightStep<A extends FloatArray>(step: WeightStep<A>): void {
    checkWeightStep(step);
    const { w, velocity, learningRate, momentum, weightDecay, ...product } = step;
    const gradient = { ...product, beta: momentum, out: velocity };
    const otherwise = (): void => {
      gemm(gradient);
      sgdUpdate({ w, velocity, learningRate, weightDecay });
    };
    if (w.length > 0) inTiles(gradient, { step, otherwise });
  }

  /** @param update - of weights whose velocity `out` is, when there are such */
  function inTiles(product: Gemm, update?: { step: WeightStep; otherwise: () => void }): void {
    const { m, n, a, b, out, alpha = 1, beta = 0, bias, mask } = product;
    const k = alpha === 0 ? 0 : product.k;
    const [rows, columns] = foreign ? oneEach(m, n, k, threads.count) : severalEach(m, n, threads.count);
    const rowsAtOnce = update && foreign?.concurrent ? fitting(updatedAtOnce, columns, out) : rows; // of a foreign product
    run({
      operation: (foreign ? operations.foreignGemm : operations.gemm) + wide(out),
      tiles: Math.ceil(m / rows) * Math.ceil(n / columns),
      work: (m * n * (k + 1)) / (foreign ? 32 : 8),
      integers: [
        m,
        n,
        k,
        memory.read(a),
        memory.read(b),
        beta === 0 ? memory.write(out) : memory.update(out),
        bias ? memory.read(bias) : 0,
        mask ? memory.read(mask) : 0,
        flags(product),
        rows,
        columns,
        update ? memory.update(update.step.w) : 0,
        rowsAtOnce,
      ],
      numbers: [alpha, beta, update?.step.learningRate ?? 0, update?.step.weightDecay ?? 0],
      otherwise:
        update?.otherwise ??
        (() => {
          if (!blockedGemm(product, memory, gemm)) loops.gemm(product);
        }),
    });
  }

  /**
   * Whether threads share the sum rather than `out`: cheaper where it is long, because each thread then reads only its own
   * part of both matrices. Only for arrays in the memory.
   */
  function isDeep({ m, n, k, a, b, out, alpha, bias, mask }: Gemm): boolean {
    const isLong = k > 2 * Math.max(m, n) && k >= 512 * threads.count && m > 0 && n > 0 && alpha !== 0;
    return isLong && [a, b, out, bias, mask].every((x) => x === undefined || x.buffer === memory.buffer);
  }

  /**
   * A product whose sum is cut in a part for each thread; the parts are added afterwards.
   * @param squares - whether to add up the squares of b
   * @returns their sum, or 0
   */
  function inParts(product: Gemm, squares = false): number {
    const { m, n, k, a, b, out, alpha = 1, beta = 0, bias, mask } = product;
    const dtype = out.BYTES_PER_ELEMENT === 4 ? "float32" : "float64";
    const depth = Math.ceil(k / threads.count);
    const tiles = Math.ceil(k / depth);
    const parts = memory.take(dtype, (tiles - 1) * m * n);
    if (!parts) {
      inTiles(product);
      return squares ? sumSquares(b) : 0;
    }
    const atOnce = squares ? fitting(squaredAtOnce, n, out) : depth;
    const operands = [m, n, k, a.byteOffset, b.byteOffset, out.byteOffset, bias?.byteOffset ?? 0];
    operands.push(mask?.byteOffset ?? 0, flags(product));
    const otherwise = (): void => {}; // they are in the memory
    run({
      operation: operations.foreignParts + wide(out),
      tiles,
      work: (m * n * k) / 32,
      integers: [...operands, depth, parts.byteOffset, atOnce, squares ? 1 : 0],
      numbers: [alpha, beta],
      otherwise,
    });
    const rows = Math.ceil(m / threads.count);
    run({
      operation: operations.addParts + wide(out),
      tiles: Math.ceil(m / rows),
      work: m * n * tiles,
      integers: [...operands, rows, parts.byteOffset, 0, tiles - 1],
      otherwise,
    });
    memory.give(parts); // not after an error: a thread that was lost may still be writing there
    let sum = 0;
    if (squares) for (let tile = 0; tile < tiles; tile++) sum += memory.partials[tile]!;
    return sum;
  }

  return { gemm, gemmWithSquares, weightStep };
}

/** Rows of so many columns in so many bytes. */
function fitting(bytes: number, columns: number, x: FloatArray): number {
  return Math.max(64, Math.floor(bytes / (columns * x.BYTES_PER_ELEMENT)));
}

function flags({ transposeA, transposeB, relu }: Gemm): number {
  return (transposeA ? 1 : 0) + (transposeB ? 2 : 0) + (relu ? 4 : 0);
}

/**
 * Rows and columns of `out` that one thread computes at a time: as large as our packing room and the caches like it, but
 * several for each thread, so that a thread that is held up does not hold up the rest.
 */
function severalEach(m: number, n: number, threads: number): [rows: number, columns: number] {
  let [rows, columns] = [192, 256];
  const tiles = (): number => Math.ceil(m / rows) * Math.ceil(n / columns);
  while (threads > 1 && tiles() < 2 * threads && rows * columns > 48 * 32)
    if (Math.min(rows, m) > Math.min(columns, n)) rows /= 2;
    else columns /= 2;
  return [rows, columns];
}

/**
 * One part of the longer side for each thread, in whole multiples of what libraries compute at once. Where there is little
 * to read it is rows, as in most operations, so that threads find their own results in their caches.
 */
function oneEach(m: number, n: number, k: number, threads: number): [rows: number, columns: number] {
  const part = (length: number): number => Math.max(64, 16 * Math.ceil(length / threads / 16));
  return m >= n || (k <= 32 && m >= 64 * threads) ? [part(m), n] : [m, part(n)];
}

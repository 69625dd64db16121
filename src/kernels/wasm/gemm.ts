/** Matrix products: by our own loops in WebAssembly, or by a foreign library on the same memory and threads. */
import { checkGemm, checkUpdate } from "../checks.ts";
import type { FloatArray, Gemm, Kernels, Product, Update } from "../kernels.ts";
import { loops } from "../loops/loops.ts";
import { multiply } from "../loops/multiply.ts";
import { applyUpdate } from "../loops/update.ts";
import { blockedGemm } from "./blocked-gemm.ts";
import type { WasmMemory } from "./memory.ts";
import { type Operation, offsets } from "./operations.ts";
import type { ForeignProduct, Threads } from "./threads.ts";
import { setUpdate } from "./update.ts";

/**
 * Runs one operation whose fields have been written and whose arrays have been placed, in the precision of `like`.
 * @param work - multiply-adds or so: small jobs wake no other threads
 * @returns false when one of the arrays found no room, and nothing has been computed
 */
export type Run = (operation: Operation, like: FloatArray, tiles: number, work: number) => boolean;

/** Someone else's matrix product; the workers must have it too. */
export interface Foreign {
  readonly product: ForeignProduct;
  readonly concurrent: boolean; // whether several threads may call it at once; otherwise it threads a whole product itself
}

interface GemmContext {
  readonly memory: WasmMemory;
  readonly threads: Threads;
  readonly run: Run;
  readonly sumSquares: Kernels["sumSquares"];
  readonly update: Kernels["update"]; // for a gradient that is an array
  readonly foreign: Foreign | undefined;
}

/**
 * Bytes of a matrix that a thread works on at a time: few enough that the next thing it does finds them in a cache, enough that a
 * library, which packs the other matrix anew each time, is not called too often.
 */
const [squaredAtOnce, updatedAtOnce] = [768 * 1024, 1024 * 1024];
/** Multiply-adds below which a foreign library costs more to call than our own product to compute. */
const worthForeign = 1 << 15;

/** Multiply-adds below which a job costs more to describe than to do: such a product is done here and now, in plain loops. */
const tinySize = 600;

const at = offsets.product;
/** For a tiny gradient, and for the sums of one of its rows. */
const [scratch, row] = [new Float64Array(tinySize), new Float64Array(tinySize)];

function isTiny({ m, n, k }: Product): boolean {
  return m * n * (k + 1) <= tinySize;
}

export function createGemm(context: GemmContext): Pick<Kernels, "gemm" | "gemmWithSquares" | "update"> {
  const { memory, threads, run, sumSquares, foreign } = context;

  function gemm<A extends FloatArray>(product: Gemm<A>): void {
    checkGemm(product);
    if (product.m === 0 || product.n === 0) return;
    if (isTiny(product)) {
      multiply(product, product.out, row);
      return;
    }
    if (foreign && threads.count > 1 && isDeep(product) && inParts(product) !== undefined) return;
    if (!inTiles(product) && !blockedGemm(product, memory, gemm)) loops.gemm(product);
  }

  function gemmWithSquares<A extends FloatArray>(product: Gemm<A>): number {
    if (foreign?.concurrent && !product.transposeB && isDeep(product)) {
      checkGemm(product);
      const sum = inParts(product, true);
      if (sum !== undefined) return sum;
    }
    gemm(product);
    return sumSquares(product.b);
  }

  function update<A extends FloatArray>(job: Update<A>): void {
    const { gradient, w } = job;
    if (!("m" in gradient)) {
      context.update(job);
      return;
    }
    checkUpdate(job);
    if (w.length === 0) return;
    if (isTiny(gradient)) {
      multiply(gradient, scratch, row);
      applyUpdate(job, scratch);
      return;
    }
    const { m, n, k, a, b, transposeA = false, transposeB = false } = gradient;
    if (inTiles({ m, n, k, a, b, transposeA, transposeB, out: w }, job)) return;
    const grad = w.slice() as A; // no room: the gradient becomes an array
    gemm({ ...gradient, out: grad });
    context.update({ ...job, gradient: grad });
  }

  /** @param update - of weights by the product, which is then written nowhere */
  function inTiles(product: Gemm, update?: Update): boolean {
    const { m, n, alpha, out } = product;
    const k = alpha === 0 ? 0 : product.k;
    const isForeign = foreign !== undefined && m * n * k >= worthForeign;
    const [rows, widest] = isForeign ? onePerThread(m, n, k, threads.count) : severalPerThread(m, n, threads.count);
    // What updates weights needs room for at least one row of the gradient.
    const columns = update ? Math.min(widest, updatedAtOnce / out.BYTES_PER_ELEMENT) : widest;
    setProduct(product, update);
    const { integers } = memory;
    integers[at.k] = k;
    integers[at.rowsPerTile] = rows;
    integers[at.columnsPerTile] = columns;
    integers[at.rowsAtOnce] = update
      ? Math.max(1, Math.floor(updatedAtOnce / (columns * out.BYTES_PER_ELEMENT)))
      : rows;
    const tiles = Math.ceil(m / rows) * Math.ceil(n / columns);
    return run(isForeign ? "foreignGemm" : "gemm", out, tiles, (m * n * (k + 1)) / (isForeign ? 32 : 8));
  }

  function setProduct(product: Gemm, update?: Update): void {
    const { transposeA, transposeB, relu, alpha = 1, beta = 0, out } = product;
    const { integers, fractions } = memory;
    integers[at.m] = product.m;
    integers[at.n] = product.n;
    integers[at.k] = product.k;
    integers[at.a] = memory.read(product.a);
    integers[at.b] = memory.read(product.b);
    integers[at.bias] = memory.read(product.bias);
    integers[at.mask] = memory.read(product.mask);
    integers[at.transposeA] = transposeA ? 1 : 0;
    integers[at.transposeB] = transposeB ? 1 : 0;
    integers[at.relu] = relu ? 1 : 0;
    fractions[at.alpha] = alpha;
    fractions[at.beta] = beta;
    if (update) {
      setUpdate(memory, at, update);
      return;
    }
    integers[at.w] = 0;
    integers[at.out] = beta === 0 ? memory.write(out) : memory.update(out);
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
   * A product whose sum is divided among the threads; their parts are added afterwards.
   * @param wantsSquares - whether to add up the squares of b
   * @returns their sum, or 0; undefined when there was no room for the parts and nothing was computed
   */
  function inParts(product: Gemm, wantsSquares = false): number | undefined {
    const { m, n, k, out } = product;
    const depthPerTile = Math.ceil(k / threads.count);
    const tiles = Math.ceil(k / depthPerTile);
    const parts = memory.take(out.BYTES_PER_ELEMENT === 4 ? "float32" : "float64", (tiles - 1) * m * n);
    if (!parts) return undefined;
    const rowsPerTile = Math.ceil(m / threads.count);
    setProduct(product);
    const { integers } = memory;
    integers[at.depthPerTile] = depthPerTile;
    integers[at.depthAtOnce] = wantsSquares ? rowsFitting(squaredAtOnce, n, out) : depthPerTile;
    integers[at.rowsPerTile] = rowsPerTile;
    integers[at.parts] = parts.byteOffset;
    integers[at.partCount] = tiles - 1;
    integers[at.wantsSquares] = wantsSquares ? 1 : 0;
    run("foreignParts", out, tiles, (m * n * k) / 32);
    run("addParts", out, Math.ceil(m / rowsPerTile), m * n * tiles);
    memory.give(parts); // not after an error: a thread that was lost may still be writing there
    let sum = 0;
    if (wantsSquares) for (let tile = 0; tile < tiles; tile++) sum += memory.partials[tile]!;
    return sum;
  }

  return { gemm, gemmWithSquares, update };
}

/** Rows of so many columns in so many bytes. */
function rowsFitting(bytes: number, columns: number, x: FloatArray): number {
  return Math.max(64, Math.floor(bytes / (columns * x.BYTES_PER_ELEMENT)));
}

/**
 * Rows and columns of `out` that one thread computes at a time: as large as our packing room and the caches like it, but
 * several for each thread, so that a thread that is held up does not hold up the rest.
 */
function severalPerThread(m: number, n: number, threads: number): [rows: number, columns: number] {
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
function onePerThread(m: number, n: number, k: number, threads: number): [rows: number, columns: number] {
  const part = (length: number): number => Math.max(64, 16 * Math.ceil(length / threads / 16));
  return m >= n || (k <= 32 && m >= 64 * threads) ? [part(m), n] : [m, part(n)];
}

/**
 * Worker threads over one shared memory. The caller publishes a job, takes tiles of it like every worker, and returns when
 * all tiles are done, so a product looks synchronous. A worker that has nothing to do sleeps; one that never came
 * (still starting, or dead before it claimed a tile) holds nobody up.
 */
import { layout, type WasmExports } from "./operations.ts";

/**
 * `out = alpha · op(a)·op(b) + beta · out` by someone else, on the calling thread, between addresses in the memory.
 * @param bytes - per number: 4 or 8
 * @param transposeA - 0 or 1; likewise `transposeB`
 * @param lda - numbers from one row of a to the next; likewise `ldb` and `ldo`
 */
export type ForeignProduct = (
  ...args: [
    ...[bytes: number, transposeA: number, transposeB: number, m: number, n: number, k: number],
    ...[alpha: number, a: number, lda: number, b: number, ldb: number, beta: number, out: number, ldo: number],
  ]
) => void;

/** What a worker needs to begin: it instantiates `module` over `memory` and calls `work(thread)`, which never returns. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number; // 1 …
}

export interface WorkerHandle {
  terminate(): void;
}

/**
 * Starts one worker.
 * @param onExit - to be called when it exits without having been terminated by us
 */
export type SpawnWorker = (start: WorkerStart, onExit: (reason: string) => void) => WorkerHandle;

/** The program of a worker, for `eval` with `start: WorkerStart` and a foreign `product` in scope. */
export const workerProgram =
  "new WebAssembly.Instance(start.module, { env: { memory: start.memory, product } }).exports.work(start.thread);";

export interface ThreadsOptions {
  readonly count: number; // threads in all, the caller among them
  readonly spawn: SpawnWorker | undefined; // may be left out for one thread
  readonly patienceMs: number; // how long no tile may be finished before workers count as dead
}

const worthSharing = 1 << 14; // work that takes longer than handing it to other threads
const slowest = 10_000; // work per millisecond of a thread that is only slow

export class Threads {
  private readonly exports: WasmExports;
  private readonly module: WebAssembly.Module;
  private readonly memory: WebAssembly.Memory;
  private readonly options: ThreadsOptions;
  private readonly workers: WorkerHandle[] = [];
  private readonly control: Int32Array;
  private readonly mayWait: boolean; // the main thread of a page may not, it spins
  private lost: string | undefined;
  private alone: boolean;

  constructor(exports: WasmExports, module: WebAssembly.Module, memory: WebAssembly.Memory, options: ThreadsOptions) {
    this.exports = exports;
    this.module = module;
    this.memory = memory;
    this.options = options;
    this.control = new Int32Array(memory.buffer, 0, 1024);
    this.alone = options.count <= 1 || !options.spawn;
    this.mayWait = mayWait(this.control);
  }

  /** Threads that work on a job, the caller among them. */
  get count(): number {
    return this.alone ? 1 : this.options.count;
  }

  /**
   * Runs a job of `tiles` tiles, on all threads when it is worth it.
   * @param work - multiply-adds or so
   * @throws {Error} once, when a worker has exited; from then on the caller computes alone
   */
  run(operation: number, tiles: number, work: number): void {
    if (this.lost !== undefined) this.giveUp(this.lost);
    if (!this.alone && tiles > 1 && work >= worthSharing && this.workers.length === 0) this.start();
    if (this.alone || tiles === 1 || work < worthSharing) {
      this.exports.runAlone(operation, tiles);
      return;
    }
    this.exports.runTogether(operation, tiles);
    this.awaitTiles(tiles, this.options.patienceMs + work / slowest);
  }

  /** Terminates the workers; the next large job starts new ones. */
  stop(): void {
    for (const worker of this.workers) worker.terminate();
    this.workers.length = 0;
  }

  private start(): void {
    const { spawn, count } = this.options;
    try {
      for (let thread = 1; spawn && thread < count; thread++) {
        const onExit = (reason: string): void => {
          this.lost ??= `a worker thread exited (thread ${thread} of ${count}, ${reason})`;
        };
        this.workers.push(spawn({ module: this.module, memory: this.memory, thread }, onExit));
      }
    } catch {
      this.stop(); // no more workers can be started, or a page's policy forbids them
      this.alone = true;
    }
  }

  private awaitTiles(tiles: number, patienceMs: number): void {
    const done = layout.done >> 2;
    let before = -1;
    let waited = 0;
    for (;;) {
      const started = performance.now();
      if (this.exports.finished(tiles)) return;
      const now = Atomics.load(this.control, done);
      if (this.mayWait && now < tiles) Atomics.wait(this.control, done, now, 50);
      // Each round counts for 100 ms at most: a machine that was suspended has not lost its workers.
      waited = now === before ? waited + Math.min(performance.now() - started, 100) : 0;
      before = now;
      if (waited > patienceMs)
        this.giveUp(`a worker thread does not answer (${tiles - now} of ${tiles} tiles are unfinished)`);
    }
  }

  private giveUp(reason: string): never {
    this.stop();
    this.alone = true;
    this.lost = undefined;
    throw new Error(`wasm: ${reason}; the result was discarded; continuing on one thread`);
  }
}

function mayWait(control: Int32Array): boolean {
  try {
    Atomics.wait(control, layout.done >> 2, -1, 0);
    return true;
  } catch {
    return false;
  }
}

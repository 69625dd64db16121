/** Node's worker threads for the WebAssembly kernels. */
import { SHARE_ENV, Worker } from "node:worker_threads";
import { type SpawnWorker, workerProgram } from "../kernels/wasm/threads.ts";

/**
 * A worker that is terminated while it loads native code aborts the whole process, and a process that ends terminates its
 * workers. So each worker shares two flags with us: one says that it is loading, the other that it must not begin to.
 */
const flags = { loading: 0, closing: 1 } as const;
const longestLoadMs = 10_000;
const running = new Set<Int32Array>();

/**
 * They never keep the process alive.
 * @param product - JavaScript for their foreign product, with `start: WorkerStart` in scope; by default there is none
 */
export function nodeWorkers(product = "() => {}"): SpawnWorker {
  const program = `
    const { start, state } = require("node:worker_threads").workerData;
    Atomics.store(state, ${flags.loading}, 1);
    let product;
    try {
      if (Atomics.load(state, ${flags.closing}) === 0) product = ${product};
    } finally {
      Atomics.store(state, ${flags.loading}, 0);
      Atomics.notify(state, ${flags.loading});
    }
    if (product) ${workerProgram}`;
  return (start, onExit) => {
    const state = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(program, { eval: true, workerData: { start, state }, env: SHARE_ENV, execArgv: [] });
    worker.unref();
    if (!process.listeners("exit").includes(closeAll)) process.on("exit", closeAll);
    running.add(state);
    let isTerminated = false;
    worker.on("error", (error) => onExit(error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => {
      running.delete(state);
      if (!isTerminated) onExit(`exit code ${code}`);
    });
    return {
      terminate: () => {
        isTerminated = true;
        close([state]);
        void worker.terminate();
      },
    };
  };
}

function closeAll(): void {
  close(running);
}

/** After this the workers are not loading and never will be: they may be terminated. */
function close(states: Iterable<Int32Array>): void {
  for (const state of states) Atomics.store(state, flags.closing, 1);
  for (const state of states) Atomics.wait(state, flags.loading, 1, longestLoadMs);
}

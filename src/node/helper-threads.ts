/** Helping threads of the WebAssembly kernels as Node worker threads. */
import { SHARE_ENV, Worker } from "node:worker_threads";
import { helperProgram, type SpawnHelper } from "../kernels/wasm/threads.ts";

/**
 * They never keep the process alive.
 * @param product - JavaScript for their foreign product, with `start: HelperStart` in scope; by default there is none
 */
export function nodeHelpers(product = "() => {}"): SpawnHelper {
  const program = `
    const { workerData: start } = require("node:worker_threads");
    const product = ${product};
    ${helperProgram}`;
  return (start, onEnd) => {
    const worker = new Worker(program, { eval: true, workerData: start, env: SHARE_ENV, execArgv: [] });
    worker.unref();
    let ours = false;
    worker.on("error", (error) => onEnd(error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => {
      if (!ours) onEnd(`exit code ${code}`);
    });
    return {
      terminate: () => {
        ours = true;
        void worker.terminate();
      },
    };
  };
}

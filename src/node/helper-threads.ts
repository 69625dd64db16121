/** Helping threads of the WebAssembly kernels as Node worker threads. */
import { SHARE_ENV, Worker } from "node:worker_threads";
import { helperProgram, type SpawnHelper } from "../kernels/wasm/threads.ts";

/** They never keep the process alive. */
export const nodeHelpers: SpawnHelper = (start, onEnd) => {
  const program = `const start = require("node:worker_threads").workerData; ${helperProgram}`;
  const worker = new Worker(program, { eval: true, workerData: start, env: SHARE_ENV, execArgv: [] });
  worker.unref();
  let ours = false;
  worker.on("error", (error) => onEnd(error.message));
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

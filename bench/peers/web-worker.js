/** Web Workers enough for jax-js, over Node's worker threads. */
import { resolveObjectURL } from "node:buffer";
import { Worker as NodeWorker } from "node:worker_threads";

const prelude = `
  const { parentPort } = require("node:worker_threads");
  globalThis.self = globalThis;
  globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
  globalThis.addEventListener = (type, listener) => { if (type === "message") parentPort.on("message", (data) => listener({ data })); };
  parentPort.on("message", (data) => globalThis.onmessage?.({ data }));
`;

class WebWorker {
  #worker;

  constructor(url) {
    // The blob is read later; until then messages wait.
    this.#worker = resolveObjectURL(String(url))
      .text()
      .then((program) => {
        const worker = new NodeWorker(`${prelude}\n${program}`, { eval: true });
        worker.unref();
        worker.on("message", (data) => this.onmessage?.({ data }));
        worker.on("error", (error) => this.onerror?.({ message: error.message }));
        return worker;
      });
  }

  addEventListener(type, listener) {
    this[`on${type}`] = listener;
  }

  postMessage(message, transfer) {
    void this.#worker.then((worker) => worker.postMessage(message, transfer));
  }

  terminate() {
    void this.#worker.then((worker) => worker.terminate());
  }
}

/** @param threads - how many the page says it has cores; one means none of these workers */
export function installWebWorkers(threads) {
  if (threads > 1) globalThis.Worker = WebWorker;
  else delete globalThis.Worker;
  Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: threads }, configurable: true });
}

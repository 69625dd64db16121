import { type SpawnWorker, workerProgram } from "./threads.ts";

/** Web Workers as threads; undefined where a page may not share memory with them (not cross-origin isolated). */
export function webWorkers(): SpawnWorker | undefined {
  if (typeof Worker === "undefined" || !globalThis.crossOriginIsolated) return undefined;
  return (start, onExit) => {
    const program = `const product = () => {}; onmessage = ({ data: start }) => { ${workerProgram} };`;
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    const worker = new Worker(url);
    worker.onerror = (event) => onExit(event.message || "the page does not allow workers from blobs");
    worker.postMessage(start);
    return {
      terminate: () => {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  };
}

import { helperProgram, type SpawnHelper } from "./threads.ts";

/** Helping threads as Web Workers; undefined where a page may not share memory with them (not cross-origin isolated). */
export function webWorkerHelpers(): SpawnHelper | undefined {
  if (typeof Worker === "undefined" || !globalThis.crossOriginIsolated) return undefined;
  return (start, onEnd) => {
    const program = `const product = () => {}; onmessage = ({ data: start }) => { ${helperProgram} };`;
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    const worker = new Worker(url);
    worker.onerror = (event) => onEnd(event.message || "the page does not allow workers from blobs");
    worker.postMessage(start);
    return {
      terminate: () => {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  };
}

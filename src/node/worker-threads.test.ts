import { expect, test } from "vitest";
import type { WorkerHandle, WorkerStart } from "../kernels/wasm/threads.ts";
import { nodeWorkers } from "./worker-threads.ts";

/** A worker in the middle of loading for 200 ms; `done` turns 1 when it has loaded. */
async function loadingWorker(): Promise<{ worker: WorkerHandle; done: () => number }> {
  const words = new Int32Array(new SharedArrayBuffer(12)); // has begun, is done, something to wait for
  const slow = `(() => {
    const words = start.memory;
    Atomics.store(words, 0, 1);
    Atomics.wait(words, 2, 0, 200);
    Atomics.store(words, 1, 1);
  })()`;
  const worker = nodeWorkers(slow)({ memory: words } as unknown as WorkerStart, () => {});
  await expect.poll(() => Atomics.load(words, 0), { interval: 5 }).toBe(1);
  return { worker, done: () => Atomics.load(words, 1) };
}

test("a worker is not terminated while it loads native code, which would abort the process", async () => {
  const { worker, done } = await loadingWorker();
  expect(done()).toBe(0);
  worker.terminate();
  expect(done()).toBe(1);
});

test("nor does the process end meanwhile", async () => {
  const { worker, done } = await loadingWorker();
  expect(done()).toBe(0);
  processEnds();
  expect(done()).toBe(1);
  worker.terminate();
});

test("a worker that starts while the process ends does not begin to load", async () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const ended = new Promise<string>((resolve) => {
    nodeWorkers("Atomics.store(start.memory, 0, 1)")({ memory: words } as unknown as WorkerStart, resolve);
  });
  processEnds();
  expect(await ended).toBe("exit code 0");
  expect(words[0]).toBe(0);
});

function processEnds(): void {
  for (const listener of process.listeners("exit")) if (listener.name === "closeAll") listener(0);
}

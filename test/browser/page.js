/** What a page does with the library: trains a two-layer network on the shapes. `page.test.ts` bundles and serves it. */
import { shapesDataset, trainingSession } from "chainrule";
import { kernels } from "chainrule/kernels";
import settings from "./page-settings.json";

globalThis.trained = (async () => {
  const losses = [];
  for await (const event of trainingSession(shapesDataset({ numTrain: 600 }), settings))
    if (event.type === "step") losses.push(event.loss);
  return { losses, kernels: kernels().description };
})();

/** Threads that wait for the next product in the shared memory (`SLEEPERS` in src/kernels/wasm/assembly). */
globalThis.waitingThreads = () => Atomics.load(new Int32Array(kernels().memory.buffer), 192 / 4);

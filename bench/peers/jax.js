/** jax-js on its WebAssembly backend: loss by definition, gradients by jax, one jitted step. usage: jax.js DATA_DIR JOB THREADS */
import { readFileSync } from "node:fs";
import { batchSize, inputDim, learningRate, numClasses, reg } from "../jobs.js";
import { loadInputs, serve } from "./serve.js";
import { installWebWorkers } from "./web-worker.js";

const [dataDir, job, threads] = process.argv.slice(2);
installWebWorkers(Number(threads)); // jax-js takes its threads from Web Workers, which Node 20 does not have
const { blockUntilReady, defaultDevice, init, jit, numpy: np, tree, valueAndGrad } = await import("@jax-js/jax");
await init("wasm");
defaultDevice("wasm");
const { version } = JSON.parse(
  readFileSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
);

const inputs = loadInputs(dataDir, job);
const H = inputs.hiddenDim;

function lossOf({ w1, b1, w2, b2 }, x, onehot) {
  const penalty = np
    .sum(w1.ref.mul(w1.ref))
    .add(np.sum(w2.ref.mul(w2.ref)))
    .mul(reg / 2);
  const hidden = np.maximum(np.matmul(x, w1).add(b1), 0);
  const scores = np.matmul(hidden, w2).add(b2);
  const shifted = scores.ref.sub(np.max(scores, 1, { keepdims: true }));
  const logSums = np.log(np.sum(np.exp(shifted.ref), 1));
  const picked = np.sum(shifted.mul(onehot), 1);
  return np.mean(logSums.sub(picked)).add(penalty);
}

const update = jit((parameters, x, onehot) => {
  const [loss, grads] = valueAndGrad(lossOf)(tree.ref(parameters), x, onehot);
  return [loss, tree.map((w, grad) => w.sub(grad.mul(learningRate)), parameters, grads)];
});

let parameters = {
  w1: np.array(inputs.w1).reshape([inputDim, H]),
  b1: np.zeros([H]),
  w2: np.array(inputs.w2).reshape([H, numClasses]),
  b2: np.zeros([numClasses]),
};
const x = new Float32Array(batchSize * inputDim);

await serve({ peer: "jax-js", version, threads: Number(threads) }, inputs.indices, async (rows) => {
  const onehot = new Float32Array(batchSize * numClasses);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i] * inputDim;
    x.set(inputs.x.subarray(start, start + inputDim), i * inputDim);
    onehot[i * numClasses + inputs.y[rows[i]]] = 1;
  }
  const batch = np.array(x).reshape([batchSize, inputDim]);
  const [loss, updated] = update(parameters, batch, np.array(onehot).reshape([batchSize, numClasses]));
  parameters = updated;
  await blockUntilReady(tree.ref(parameters));
  return (await loss.data())[0];
});

/**
 * A step of the deep net on inputs that are there: forward, loss, backward, update.
 * usage: chainrule_deep.js DATA_DIR JOB KERNELS THREADS OPTIMIZER DROPOUT
 */
import { useKernels } from "../../dist/node/index.js";
import { AdamW, createRng, MultiLayerNet, SGD, Tensor } from "../../dist/node/main.js";
import { kernels as current } from "../../dist/node/main-kernels.js";
import { createExecutor } from "../../dist/training/index.js";
import { deep, firstWeight, numClasses, inputDim as pixels } from "../jobs.js";
import { loadInputs, serve } from "./serve.js";

const [dataDir, job, name, threads, optimizerName, dropout] = process.argv.slice(2);
const { kernels } = useKernels({ kernels: name, threads: Number(threads) });
const { inputDim } = deep.jobs[job];
const { x, y, indices } = loadInputs(dataDir, "A");
const { hiddenDims, batchSize, learningRate, momentum, reg, weightDecay } = deep;
const sizes = { inputDim, hiddenDims, numClasses, norm: "batch", dropout: Number(dropout) };
const model = new MultiLayerNet({ ...sizes, rng: createRng(442) });
for (const { data, shape } of Object.values(model.parameters()))
  if (shape.length === 2) for (let i = 0; i < data.length; i++) data[i] = firstWeight(i, shape[0]);
const isAdam = optimizerName === "adamw";
const optimizer = isAdam
  ? new AdamW(model.parameters(), { learningRate, weightDecay })
  : new SGD(model.parameters(), { learningRate, momentum, nesterov: true });
const executor = createExecutor(model, optimizer, { reg: isAdam ? 0 : reg });
const input = current().allocate("float32", batchSize * inputDim);
const labels = new Int32Array(batchSize);
let step = 0;

await serve(
  { peer: `chainrule ${name}`, version: kernels.description },
  indices,
  () => {
    const pass = { training: true, rng: createRng(442, ++step) };
    const batch = {
      x: new Tensor(input, [batchSize, inputDim], "float32"),
      labels: new Tensor(labels, [batchSize], "int32"),
    };
    const { loss } = executor.loss(batch, pass);
    executor.update();
    return loss;
  },
  {
    batchSize,
    prepare(rows) {
      rows.forEach((row, i) => {
        input.set(x.subarray(row * pixels, row * pixels + inputDim), i * inputDim);
        labels[i] = y[row];
      });
    },
  },
);

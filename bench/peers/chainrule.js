/** usage: chainrule.js DATA_DIR JOB KERNELS THREADS */

import { useKernels } from "../../dist/node/index.js";
import { createRng, SGD, Tensor, TwoLayerNet } from "../../dist/node/main.js";
import { createStepper } from "../../dist/training/index.js";
import { batchSize, inputDim, learningRate, numClasses, reg } from "../jobs.js";
import { loadInputs, serve } from "./serve.js";

const [dataDir, job, name, threads] = process.argv.slice(2);
const { kernels } = useKernels({ kernels: name, threads: Number(threads) });
const { hiddenDim, x, y, indices, w1, w2 } = loadInputs(dataDir, job);
const model = new TwoLayerNet({ inputDim, hiddenDim, numClasses, rng: createRng(442) });
const parameters = model.parameters();
parameters.W1.data.set(w1);
parameters.W2.data.set(w2);
const stepper = createStepper(model, new SGD(parameters, { learningRate }), reg);
const table = kernels.allocate("float32", x.length);
table.set(x);
const batch = new Tensor(kernels.allocate("float32", batchSize * inputDim), [batchSize, inputDim], "float32");
const labels = new Tensor(new Int32Array(batchSize), [batchSize], "int32");

await serve({ peer: `chainrule ${name}`, version: kernels.description }, indices, (rows) => {
  kernels.gatherRows({ table, indices: rows, columns: inputDim, out: batch.data });
  for (let i = 0; i < rows.length; i++) labels.data[i] = y[rows[i]];
  const { loss } = stepper.loss(batch, labels);
  stepper.update();
  return loss;
});

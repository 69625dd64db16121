/**
 * The road of `chainrule train`: batches gathered from bytes, the step that training takes.
 * usage: chainrule.js DATA_DIR JOB KERNELS THREADS MOMENTUM
 */
import { useKernels } from "../../dist/node/index.js";
import { createRng, imageExamples, SGD, TwoLayerNet } from "../../dist/node/main.js";
import { createExecutor } from "../../dist/training/index.js";
import { image, inputDim, learningRate, numClasses, reg } from "../jobs.js";
import { loadInputs, serve } from "./serve.js";

const [dataDir, job, name, threads, momentum] = process.argv.slice(2);
const { kernels } = useKernels({ kernels: name, threads: Number(threads) });
const { hiddenDim, x, y, indices, w1, w2 } = loadInputs(dataDir, job);
const model = new TwoLayerNet({ inputDim, hiddenDim, numClasses, rng: createRng(442) });
const parameters = model.parameters();
parameters.W1.data.set(w1);
parameters.W2.data.set(w2);
const stepper = createExecutor(model, new SGD(parameters, { learningRate, momentum: Number(momentum) }), { reg });
const count = y.length;
const rows = Int32Array.from({ length: count }, (_, i) => i);
const examples = imageExamples({ images: toBytes(x), labels: y, count }, image, rows, undefined);

await serve({ peer: `chainrule ${name}`, version: kernels.description }, indices, (rows) => {
  const { loss } = stepper.loss(examples.batch(rows), { training: true });
  stepper.update();
  return loss;
});

/** Pixels 0…1 as the bytes that they were. */
function toBytes(pixels) {
  const bytes = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    bytes[i] = Math.round(255 * pixels[i]);
    if (Math.abs(255 * pixels[i] - bytes[i]) > 1e-3)
      throw new Error("bench: expected pixels in x.f32 to be whole numbers divided by 255");
  }
  return bytes;
}

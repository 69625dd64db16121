/**
 * TensorFlow.js on its WebAssembly backend, gradients written by hand. usage: tfjs.js DATA_DIR JOB
 *
 * One thread: its threads need a browser's workers. Transposes are written out: its products have a fast path for operands as they lie only.
 */
import { inputDim, learningRate, numClasses, reg } from "../jobs.js";
import { loadInputs, serve } from "./serve.js";
import { tf } from "./tfjs-backend.js";

const [dataDir, job] = process.argv.slice(2);
const inputs = loadInputs(dataDir, job);
const H = inputs.hiddenDim;
const x = tf.tensor2d(inputs.x, [inputs.y.length, inputDim]);
const labels = tf.tensor1d(Int32Array.from(inputs.y), "int32");
let parameters = {
  w1: tf.tensor2d(inputs.w1, [inputDim, H]),
  b1: tf.zeros([H]),
  w2: tf.tensor2d(inputs.w2, [H, numClasses]),
  b2: tf.zeros([numClasses]),
};

/** The loss is read back, and the updated parameters replace the old ones. */
function step(rows) {
  const { loss, ...updated } = tf.tidy(() => {
    const { w1, b1, w2, b2 } = parameters;
    const index = tf.tensor1d(rows, "int32");
    const xb = tf.gather(x, index);
    const onehot = tf.oneHot(tf.gather(labels, index), numClasses).toFloat();
    const hidden = tf.fused.matMul({ a: xb, b: w1, bias: b1, activation: "relu" });
    const scores = tf.fused.matMul({ a: hidden, b: w2, bias: b2 });
    const shifted = scores.sub(scores.max(1, true));
    const exps = shifted.exp();
    const sums = exps.sum(1, true);
    const dataLoss = sums.log().squeeze([1]).sub(shifted.mul(onehot).sum(1)).mean();
    const penalty = w1
      .square()
      .sum()
      .add(w2.square().sum())
      .mul(reg / 2);
    const gradScores = exps.div(sums).sub(onehot).div(rows.length);
    const gradHidden = tf.matMul(gradScores, w2.transpose()).mul(hidden.step());
    const decay = 1 - learningRate * reg;
    return {
      loss: dataLoss.add(penalty),
      w1: w1.mul(decay).sub(tf.matMul(xb.transpose(), gradHidden).mul(learningRate)),
      b1: b1.sub(gradHidden.sum(0).mul(learningRate)),
      w2: w2.mul(decay).sub(tf.matMul(hidden.transpose(), gradScores).mul(learningRate)),
      b2: b2.sub(gradScores.sum(0).mul(learningRate)),
    };
  });
  tf.dispose(parameters);
  parameters = updated;
  const value = loss.dataSync()[0];
  loss.dispose();
  return value;
}

await serve({ peer: "TF.js wasm", version: tf.version.tfjs, threads: 1 }, inputs.indices, step);

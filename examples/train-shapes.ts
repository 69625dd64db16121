/** Images from bytes to a trained network and a plot, with the loop written out. */
import assert from "node:assert/strict";
import {
  batches,
  channelStatistics,
  createRng,
  imageExamples,
  SGD,
  shapesDataset,
  TwoLayerNet,
  trainingStep,
} from "chainrule";

const dataset = shapesDataset({ seed: 442, numTrain: 200, numTest: 50 });
const rng = createRng(442);
const all = Int32Array.from({ length: dataset.train.count }, (_, i) => i);
const normalization = channelStatistics(dataset.train, dataset, all);
const examples = imageExamples(dataset.train, dataset, all, normalization);

const net = new TwoLayerNet({ inputDim: 3 * 32 * 32, hiddenDim: 32, numClasses: 10, rng });
const sgd = new SGD(net.parameters(), { learningRate: 0.02, momentum: 0.9 });
const losses: number[] = [];
for (let epoch = 1; epoch <= 20; epoch++) {
  for (const { x, labels } of batches(examples, { batchSize: 50, rng })) {
    const { loss, grads } = trainingStep(net, x, labels, 1e-4);
    sgd.step(grads);
    losses.push(loss);
  }
}
console.log(`loss ${losses[0]!.toFixed(2)} → ${losses.at(-1)!.toFixed(2)} in ${losses.length} steps`);
assert.ok(losses.at(-1)! < 0.5 * losses[0]!);

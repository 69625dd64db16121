/** Exclusive or: the smallest task that needs a hidden layer. This is the example of the README. */
import assert from "node:assert/strict";
import { createRng, SGD, TwoLayerNet, tensor, trainingStep } from "chainrule";

const x = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const labels = [0, 1, 1, 0];
const net = new TwoLayerNet({ inputDim: 2, hiddenDim: 8, numClasses: 2, rng: createRng(442) });
const sgd = new SGD(net.parameters(), { learningRate: 0.5, momentum: 0.9 });

for (let step = 0; step <= 40; step++) {
  const { loss, grads } = trainingStep(net, x, labels, 0);
  sgd.step(grads);
  if (step % 20 === 0) console.log(`step ${step}  loss ${loss.toFixed(4)}`);
}
console.log(`predicted ${net.predict(x).join(" ")}`);

assert.deepEqual([...net.predict(x)], labels);

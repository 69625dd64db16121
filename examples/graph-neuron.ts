/** One neuron learns "and": the graph of its loss gives the gradients, two lines give the training. */
import assert from "node:assert/strict";
import { graph } from "chainrule";

const loss = graph("z = x1 * w1 + x2 * w2 + b; s = sigmoid(z); p = choose(s, 1 - s, y); L = -log(p)");
const examples = [
  { x1: 0, x2: 0, y: 2 }, // y = 1 means true, y = 2 false
  { x1: 0, x2: 1, y: 2 },
  { x1: 1, x2: 0, y: 2 },
  { x1: 1, x2: 1, y: 1 },
];
const parameters = { w1: 0, w2: 0, b: 0 };
const names = ["w1", "w2", "b"] as const;

for (let epoch = 0; epoch <= 300; epoch++) {
  let total = 0;
  for (const example of examples) {
    const [output, grads] = loss.evaluate({ ...example, ...parameters });
    total += output;
    for (const name of names) parameters[name] -= 0.5 * grads[name]!;
  }
  if (epoch % 100 === 0) console.log(`epoch ${epoch}  loss ${(total / examples.length).toFixed(4)}`);
}

for (const { x1, x2, y } of examples) {
  const isTrue = x1 * parameters.w1 + x2 * parameters.w2 + parameters.b > 0;
  assert.equal(isTrue, y === 1);
}
console.log("all four examples are right");

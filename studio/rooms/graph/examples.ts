/** What the menu offers: the four functions of the course and graphs from the lecture, each with a sentence and numbers to start from. */
import { functionTexts } from "../../../src/graph/functions/texts.ts";

export interface Example {
  readonly title: string;
  readonly text: string;
  readonly about: string;
  readonly inputs: Readonly<Record<string, number>>;
}

const own = (text: string): string => text.replaceAll("; ", "\n");

export const examples: Readonly<Record<string, Example>> = {
  f1: {
    title: "f1: squared error of a linear neuron",
    text: own(functionTexts.f1),
    about: "Two inputs, two weights, a bias: how the error of one prediction reaches every weight.",
    inputs: { x1: 0.5, w1: 0.8, x2: -1, w2: 0.3, b: 0.1, y: 1 },
  },
  f2: {
    title: "f2: tanh from exponentials",
    text: own(functionTexts.f2),
    about: "e is used twice: its gradient is the sum of what comes back along both ways.",
    inputs: { x: 0.5 },
  },
  f3: {
    title: "f3: softmax loss of two scores",
    text: own(functionTexts.f3),
    about:
      "Scores become probabilities; only the right class's probability enters the loss, yet both scores get a gradient.",
    inputs: { s1: 0.4, s2: 1.1, y: 2 },
  },
  f4: {
    title: "f4: focal loss of a logistic neuron",
    text: own(functionTexts.f4),
    about: "The factor (1 − q)² makes an example that is already right count for almost nothing.",
    inputs: { x: 0.8, w: 1.5, b: -0.2, y: 1 },
  },
  product: {
    title: "(x + y) · z",
    text: "q = x + y\nf = q * z",
    about: "The smallest graph with both rules: an addition passes the gradient on, a product swaps its operands.",
    inputs: { x: -2, y: 5, z: -4 },
  },
  sigmoid: {
    title: "A sigmoid, piece by piece",
    text: "s = w0 * x0 + w1 * x1 + w2\nn = -s\ne = exp(n)\nd = 1 + e\nf = 1 / d",
    about: "Five simple operators; together their gradients are σ(1 − σ).",
    inputs: { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 },
  },
  sigmoidGate: {
    title: "The same sigmoid as one operator",
    text: "s = w0 * x0 + w1 * x1 + w2\nf = sigmoid(s)",
    about: "A larger operator with a known derivative makes the graph smaller, and the gradients are the same.",
    inputs: { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 },
  },
  max: {
    title: "max is a switch",
    text: "m = max(x, y)\nz2 = w * 2\nf = m * z2 + x",
    about: "The larger operand gets all of the gradient, the other one exactly 0.",
    inputs: { x: 2, y: -1, w: 0.5 },
  },
  twice: {
    title: "A value used three times",
    text: "a = x * x\nb = a * x\nL = b + a",
    about: "x and a are used several times: contributions add up. Switch on copies to see where.",
    inputs: { x: 1.5 },
  },
  relu: {
    title: "A neuron with relu, and one that is dead",
    text: "a = relu(w1 * x + b1)\nc = relu(w2 * x + b2)\nL = (a + c - y) ^ 2",
    about:
      "Where relu's input is negative, nothing flows back: the second neuron's weights cannot learn from this example.",
    inputs: { w1: 1, x: 2, b1: 0.5, w2: -1, b2: 0.5, y: 1 },
  },
  vanishing: {
    title: "Why deep sigmoids learn slowly",
    text: "a1 = sigmoid(w1 * x)\na2 = sigmoid(w2 * a1)\na3 = sigmoid(w3 * a2)\na4 = sigmoid(w4 * a3)\nL = (a4 - y) ^ 2",
    about: "Each sigmoid multiplies the gradient by at most a quarter: compare w4 with w1.",
    inputs: { x: 1, w1: 1, w2: 1, w3: 1, w4: 1, y: 0 },
  },
  logistic: {
    title: "Logistic regression on one example",
    text: "s = w1 * x1 + w2 * x2 + b\nq = sigmoid(s)\nL = -log(q)",
    about: "Follow the gradient of s: it is q − 1, the error of the prediction.",
    inputs: { w1: 0.5, x1: 1, w2: -0.5, x2: 2, b: 0 },
  },
};

export const firstExample = "f2";

import { describe, expect, test } from "vitest";
import { createRng, tensor } from "../tensor/index.ts";
import { LinearClassifier, TwoLayerNet } from "./index.ts";

describe("TwoLayerNet", () => {
  const sizes = { inputDim: 400, hiddenDim: 100, numClasses: 10 };

  test("weights are normal with the scale asked for, biases zero", () => {
    const net = new TwoLayerNet({ ...sizes, weightScale: 1e-3, rng: createRng(1) });
    const std = Math.sqrt(net.W1.data.reduce((sum, w) => sum + w * w, 0) / net.W1.size);
    expect(std / 1e-3).toBeCloseTo(1, 1);
    expect([...net.b1.data, ...net.b2.data].every((b) => b === 0)).toBe(true);
  });

  test("He initialisation scales each layer by √(2/inputs)", () => {
    const net = new TwoLayerNet({ ...sizes, rng: createRng(1) });
    const std = (w: Float32Array): number => Math.sqrt(w.reduce((sum, v) => sum + v * v, 0) / w.length);
    expect(std(net.W1.data) / Math.sqrt(2 / 400)).toBeCloseTo(1, 1);
    expect(std(net.W2.data) / Math.sqrt(2 / 100)).toBeCloseTo(1, 1);
  });

  test("scores by hand: max(0, x·W1 + b1)·W2 + b2", () => {
    const net = new TwoLayerNet({ inputDim: 2, hiddenDim: 2, numClasses: 2, rng: createRng(1) });
    net.W1.data.set([1, -1, 2, 0.5]);
    net.b1.data.set([0, 1]);
    net.W2.data.set([1, 2, 3, 4]);
    net.b2.data.set([10, 20]);
    const [scores] = net.forward(
      tensor([
        [1, 1],
        [2, 0],
      ]),
    );
    // hidden (3, 0.5) and (2, −1 → 0)
    expect(scores.toArray()).toEqual([
      [3 + 1.5 + 10, 6 + 2 + 20],
      [2 + 10, 4 + 20],
    ]);
    expect([
      ...net.predict(
        tensor([
          [1, 1],
          [2, 0],
        ]),
      ),
    ]).toEqual([1, 1]);
  });

  test("sizes must be whole numbers >= 1", () => {
    const rng = createRng(1);
    expect(() => new TwoLayerNet({ ...sizes, hiddenDim: 0, rng })).toThrow(
      "TwoLayerNet: expected hiddenDim to be a whole number >= 1, got 0",
    );
    expect(() => new LinearClassifier({ inputDim: 1.5, numClasses: 2, rng })).toThrow(
      "LinearClassifier: expected inputDim to be a whole number >= 1, got 1.5",
    );
  });
});

test("predict takes the first of equal scores", () => {
  const model = new LinearClassifier({ inputDim: 1, numClasses: 3, weightScale: 0, rng: createRng(1) });
  expect([...model.predict(tensor([[5]]))]).toEqual([0]);
});

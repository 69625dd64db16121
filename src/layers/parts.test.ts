import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, randn, type Tensor, tensor, zeros } from "../tensor/index.ts";
import { activationNames, activationPair } from "./activations.ts";
import reference from "./fixtures/layers.json" with { type: "json" };
import {
  ActivationLayer,
  BatchNormLayer,
  batchNormForward,
  DropoutLayer,
  dropoutForward,
  evaluation,
  FcLayer,
  geluForward,
  LayerNormLayer,
  layerNormBackward,
  layerNormForward,
  sigmoidForward,
  smoothTargets,
  softmaxLoss,
  softTargetLoss,
} from "./index.ts";

const float64 = (values: Parameters<typeof tensor>[0]): Tensor<"float64"> => tensor(values, { dtype: "float64" });
const training = { training: true } as const;

/** Every element to 1e-12 of PyTorch's, relative to the larger of it and 1. */
function expectClose(actual: Tensor<"float64">, expected: Parameters<typeof tensor>[0]): void {
  const { data, shape } = float64(expected);
  expect(actual.shape).toEqual(shape);
  actual.data.forEach((value, i) => {
    expect(Math.abs(value - data[i]!), `element ${i}`).toBeLessThan(1e-12 * Math.max(1, Math.abs(data[i]!)));
  });
}

describe("activations", () => {
  test.each(Object.entries(reference.activations))("%s gives PyTorch's numbers", (name, { out, gradX }) => {
    const { forward, backward } = activationPair(name);
    const [actual, cache] = forward(float64(reference.points));
    expectClose(actual, out);
    expectClose(backward(float64(reference.gradOut), cache), gradX);
  });

  test("all of them are in the reference", () => {
    expect(Object.keys(reference.activations)).toEqual(activationNames());
  });

  test("by hand: sigmoid(ln 3) = 3/4, elu(−ln 2) = −1/2, swish(ln 3) = 3/4 · ln 3, leakyRelu(−2) = −0.02", () => {
    const at = (name: string, x: number): number => activationPair(name).forward(float64([x]))[0].data[0]!;
    expect(at("sigmoid", Math.log(3))).toBeCloseTo(0.75, 15);
    expect(at("elu", -Math.log(2))).toBeCloseTo(-0.5, 15);
    expect(at("swish", Math.log(3))).toBeCloseTo(0.75 * Math.log(3), 15);
    expect(at("leakyRelu", -2)).toBe(-0.02);
    expect(at("tanh", Math.log(2))).toBeCloseTo(0.6, 15); // (4 − 1) / (4 + 1)
  });

  test("far tails: gelu keeps its digits at −6, nothing overflows at ±1000", () => {
    expect(geluForward(float64([-6]))[0].data[0]! / -5.919525870226859e-9).toBeCloseTo(1, 12); // −6 · erfc(6/√2)/2
    expect([...sigmoidForward(float64([-1000, 1000]))[0].data]).toEqual([0, 1]);
    for (const name of activationNames()) {
      const { forward, backward } = activationPair(name);
      const [out, cache] = forward(float64([-1000, 1000]));
      const grad = backward(float64([1, 1]), cache);
      expect([name, [...out.data, ...grad.data].every(Number.isFinite)]).toEqual([name, true]);
    }
  });

  test("an unknown name is refused with those there are", () => {
    expect(() => new ActivationLayer({ activation: "rele" })).toThrow(/"rele".*relu, leakyRelu/);
  });
});

describe("batch normalisation", () => {
  test("two examples worked by hand", () => {
    // Column 1: mean 2, variance 1; column 2: mean 0, variance 9. No eps to speak of.
    const x = float64([
      [1, -3],
      [3, 3],
    ]);
    const [out, { mean, variance }] = batchNormForward(x, float64([10, 2]), float64([0, 1]), { eps: 1e-300 });
    expect([...mean.data, ...variance.data]).toEqual([2, 0, 1, 9]);
    expect(out.toArray()).toEqual([
      [-10, -1],
      [10, 3],
    ]);
  });

  test("gives PyTorch's numbers over three batches and an evaluation, running statistics included", () => {
    const { eps, momentum, gamma, beta, passes } = reference.batchNorm;
    const layer = new BatchNormLayer({ dim: 3, eps, momentum, dtype: "float64" });
    layer.gamma.data.set(gamma);
    layer.beta.data.set(beta);
    for (const pass of passes) {
      const [out, cache] = layer.forward(float64(pass.x), pass.training ? training : evaluation);
      const { gradX, grads } = layer.backward(float64(pass.gradOut), cache);
      expectClose(out, pass.out);
      expectClose(gradX!, pass.gradX);
      expectClose(grads.gamma!, pass.gradGamma);
      expectClose(grads.beta!, pass.gradBeta);
      expectClose(layer.runningMean, pass.runningMean);
      expectClose(layer.runningVariance, pass.runningVariance);
    }
  });

  test("settings out of range and wrong sizes are refused", () => {
    expect(() => new BatchNormLayer({ dim: 2, eps: 0 })).toThrow("BatchNormLayer: expected eps > 0, got 0");
    expect(() => new BatchNormLayer({ dim: 2, momentum: 1.5 })).toThrow("expected momentum from 0 to 1, got 1.5");
    expect(() => batchNormForward(zeros([4, 3]), zeros([2]), zeros([3]))).toThrow(
      "batchNormForward: expected gamma of shape (M) with M=3, got (2)",
    );
  });
});

describe("layer normalisation", () => {
  test("one example worked by hand", () => {
    const [out] = layerNormForward(float64([[1, 3]]), float64([10, 2]), float64([0, 1]), { eps: 1e-300 });
    expect(out.toArray()).toEqual([[-10, 3]]); // mean 2, variance 1
  });

  test("gives PyTorch's numbers", () => {
    const { eps, x, gamma, beta, gradOut, out, gradX, gradGamma, gradBeta } = reference.layerNorm;
    const [actual, cache] = layerNormForward(float64(x), float64(gamma), float64(beta), { eps });
    expectClose(actual, out);
    const grads = layerNormBackward(float64(gradOut), cache);
    [gradX, gradGamma, gradBeta].forEach((expected, i) => {
      expectClose(grads[i]!, expected);
    });
  });
});

describe("dropout", () => {
  test("drops the share asked for, scales the rest by 1 / (1 − rate), and the same key drops the same elements", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (rate, key) => {
          const x = zeros([100, 100], { dtype: "float64" });
          x.data.fill(1);
          const [out] = dropoutForward(x, { rate, key });
          const kept = out.data.filter((v) => v !== 0);
          expect(Math.max(...kept.map((v) => Math.abs(v * (1 - rate) - 1)))).toBeLessThan(1e-12);
          expect(Math.abs(kept.length / 1e4 - (1 - rate))).toBeLessThan(0.03); // six standard deviations
          expect(dropoutForward(x, { rate, key })[0].data).toEqual(out.data);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("each step of a layer draws a new key; evaluation changes nothing", () => {
    const layer = new DropoutLayer<"float64">({ rate: 0.5 });
    const x = randn([8, 8], { rng: createRng(1), dtype: "float64" });
    const pass = { training: true, rng: createRng(2) };
    const [first] = layer.forward(x, pass);
    const [second] = layer.forward(x, pass);
    expect([...first.data]).not.toEqual([...second.data]);
    expect(layer.forward(x, evaluation)[0]).toBe(x);
    expect(() => layer.forward(x, training)).toThrow("dropout: expected a pass with an rng in training");
    expect(() => new DropoutLayer({ rate: 1 })).toThrow("DropoutLayer: expected rate from 0 to below 1, got 1");
  });
});

describe("soft targets", () => {
  test("smoothed targets by hand: 0.8 on the class and 0.2 spread over four", () => {
    const targets = smoothTargets([1], 4, 0.2, "float64");
    [0.05, 0.85, 0.05, 0.05].forEach((share, j) => {
      expect(targets.data[j]).toBeCloseTo(share, 15);
    });
  });

  test("label smoothing gives PyTorch's numbers", () => {
    const { scores, labels, smoothing, loss, gradScores } = reference.smoothing;
    const [actual, grad] = softmaxLoss(float64(scores), labels, { smoothing });
    expect(actual).toBeCloseTo(loss, 12);
    expectClose(grad, gradScores);
  });

  test("shares of classes give PyTorch's numbers, smoothed or not", () => {
    const { scores, targets, losses } = reference.softTargets;
    for (const { smoothing, loss, gradScores } of losses) {
      const [actual, grad] = softTargetLoss(float64(scores), float64(targets), { smoothing });
      expect(actual).toBeCloseTo(loss, 12);
      expectClose(grad, gradScores);
    }
  });

  test("a class of all gives what hard labels give; a share outside 0 … <1 is refused", () => {
    const scores = randn([6, 3], { rng: createRng(4), dtype: "float64" });
    const labels = [0, 1, 2, 2, 1, 0];
    const [soft, softGrad] = softTargetLoss(scores, smoothTargets(labels, 3, 0, "float64"));
    const [hard, hardGrad] = softmaxLoss(scores, labels);
    expect(soft).toBeCloseTo(hard, 13);
    expectClose(softGrad, hardGrad.toArray() as number[][]);
    expect(() => softmaxLoss(scores, labels, { smoothing: 1 })).toThrow("expected smoothing from 0 to below 1, got 1");
  });
});

test("a first layer is not asked for the gradient of its input, a layer without bias has none to give", () => {
  const layer = new FcLayer({ w: float64([[1, 2], [3, 4]]) }); // biome-ignore format: a matrix
  const [out, cache] = layer.forward(float64([[1, 1]]));
  expect(out.toArray()).toEqual([[4, 6]]);
  const { gradX, grads } = layer.backward(float64([[1, -1]]), cache, false);
  expect([gradX, Object.keys(grads), grads.w!.toArray()]).toEqual([undefined, ["w"], [[1, -1], [1, -1]]]); // biome-ignore format: a matrix
  expect(layer.backward(float64([[1, -1]]), cache, true).gradX!.toArray()).toEqual([[-1, -1]]);
});

test("layer normalisation is the same in training and evaluation", () => {
  const layer = new LayerNormLayer({ dim: 3, dtype: "float64" });
  const [out] = layer.forward(float64([[1, 2, 3]]));
  expect(out.data[2]).toBeCloseTo(1 / Math.sqrt(2 / 3 + 1e-5), 12);
  expect(layer.decayed).toEqual([]);
});

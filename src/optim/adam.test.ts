import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SettingError, ShapeError } from "../errors.ts";
import { createRng, randn, tensor } from "../tensor/index.ts";
import { Adam } from "./adam.ts";

const f64 = { dtype: "float64" } as const;

test("two steps worked by hand", () => {
  const w = tensor([1, -2], f64);
  const adam = new Adam({ w }, { learningRate: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8 });
  // Step 1: the corrected mean is the gradient, the corrected square its square, so each moves by 0.1 · sign.
  adam.step({ w: tensor([0.5, -3], f64) });
  expect(w.data[0]).toBeCloseTo(0.9, 8);
  expect(w.data[1]).toBeCloseTo(-1.9, 8);
  // Step 2, gradient (−1, 3):
  // mean = 0.9·0.05 − 0.1 = −0.055, / (1 − 0.81) = −0.2894736842; square = 0.99·0.0025 + 0.01 = 0.012475, / (1 − 0.9801) = 0.6268844221
  // 0.9 + 0.1 · 0.2894736842 / √0.6268844221 = 0.9 + 0.0365607713
  // mean = −0.27 + 0.3 = 0.03, / 0.19 = 0.1578947368; square = 0.99·0.09 + 0.09 = 0.1791, / 0.0199 = 9
  // −1.9 − 0.1 · 0.1578947368 / 3 = −1.9052631579
  adam.step({ w: tensor([-1, 3], f64) });
  expect(w.data[0]).toBeCloseTo(0.9365607713, 8);
  expect(w.data[1]).toBeCloseTo(-1.9052631579, 8);
});

test("the first step does not depend on the gradient's size", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (size) => {
      const w = tensor([0], f64);
      new Adam({ w }, { learningRate: 0.25 }).step({ w: tensor([size], f64) });
      expect(w.data[0]).toBeCloseTo(-0.25, 5);
    }),
  );
});

test("state, restored into a new optimizer, goes on as if nothing had happened", () => {
  const rng = createRng(442);
  const grads = Array.from({ length: 6 }, () => ({ w: randn([5], { rng }) }));
  const straight = { w: tensor([1, 2, 3, 4, 5]) };
  const resumed = { w: tensor([1, 2, 3, 4, 5]) };
  const whole = new Adam(straight);
  const first = new Adam(resumed);
  for (const g of grads.slice(0, 3)) first.step(g);
  const second = new Adam(resumed);
  second.restore(first.state());
  for (const g of grads.slice(3)) second.step(g);
  for (const g of grads) whole.step(g);
  expect([...resumed.w.data]).toEqual([...straight.w.data]);
});

describe("mistakes are named", () => {
  test("settings", () => {
    expect(() => new Adam({}, { learningRate: 0 })).toThrow(SettingError);
    expect(() => new Adam({}, { beta1: 1 })).toThrow("adam: expected beta1 from 0 to below 1, got 1");
    expect(() => new Adam({}, { eps: 0 })).toThrow("adam: expected eps > 0, got 0");
  });
  test("gradients and state", () => {
    const adam = new Adam({ w: tensor([1, 2]) });
    expect(() => adam.step({})).toThrow(ShapeError);
    expect(() => adam.restore({ numbers: {}, tensors: {} })).toThrow("adam: expected the count of steps");
  });
});

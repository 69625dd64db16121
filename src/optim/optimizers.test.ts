import { describe, expect, test } from "vitest";
import { createRng, randn, type Tensor, tensor } from "../tensor/index.ts";
import reference from "./fixtures/optimizers.json" with { type: "json" };
import {
  Adagrad,
  Adam,
  AdamW,
  clipGradients,
  clippingScale,
  createOptimizer,
  type Optimizer,
  optimizerNames,
  RMSProp,
  SGD,
  type Tensors,
} from "./index.ts";

type Make = (parameters: Tensors<"float64">) => Optimizer<"float64">;
const float64 = (values: Parameters<typeof tensor>[0]): Tensor<"float64"> => tensor(values, { dtype: "float64" });

describe("two steps worked by hand", () => {
  // Gradient 3, then 4, from w = 1.
  test.each<[string, Make, first: number, second: number]>([
    ["sgd: 1 − 0.1·3, − 0.1·4", (p) => new SGD(p, { learningRate: 0.1 }), 0.7, 0.3],
    // velocity 3, then 0.5·3 + 4 = 5.5
    ["heavy ball", (p) => new SGD(p, { learningRate: 0.1, momentum: 0.5 }), 0.7, 0.7 - 0.55],
    // 0.5·3 + 3 = 4.5, then 0.5·5.5 + 4 = 6.75
    ["nesterov", (p) => new SGD(p, { learningRate: 0.1, momentum: 0.5, nesterov: true }), 0.55, 0.55 - 0.675],
    // sum 9, then 25
    ["adagrad", (p) => new Adagrad(p, { learningRate: 0.1, eps: 1e-300 }), 1 - 0.1, 0.9 - 0.1 * (4 / 5)],
    // square 0.64·9 = 5.76 = 2.4², then 0.36·5.76 + 0.64·16 = 12.3136
    [
      "rmsprop",
      (p) => new RMSProp(p, { learningRate: 0.1, alpha: 0.36, eps: 1e-300 }),
      1 - 0.1 * (3 / 2.4),
      1 - 0.1 * (3 / 2.4) - 0.1 * (4 / Math.sqrt(12.3136)),
    ],
    // velocity 1.25, then 0.5·1.25 + 4/√12.3136
    [
      "rmsprop with momentum",
      (p) => new RMSProp(p, { learningRate: 0.1, alpha: 0.36, eps: 1e-300, momentum: 0.5 }),
      1 - 0.1 * 1.25,
      1 - 0.1 * 1.25 - 0.1 * (0.625 + 4 / Math.sqrt(12.3136)),
    ],
    // w loses 0.1·0.2 of itself first, then moves by the corrected mean over the root of the corrected square:
    // 3/3; then (0.5·1.5 + 0.5·4)/0.75 = 11/3 over √((0.5·4.5 + 0.5·16)/0.75)
    [
      "adamw",
      (p) =>
        new AdamW(p, {
          ...{ learningRate: 0.1, beta1: 0.5, beta2: 0.5, eps: 1e-300, weightDecay: 0.2 },
          decayed: new Set(["w"]),
        }),
      0.98 - 0.1,
      0.88 * 0.98 - 0.1 * (11 / 3 / Math.sqrt(10.25 / 0.75)),
    ],
  ])("%s", (_, make, first, second) => {
    const w = float64([1]);
    const optimizer = make({ w });
    optimizer.step({ w: float64([3]) });
    expect(w.data[0]).toBeCloseTo(first, 14);
    optimizer.step({ w: float64([4]) });
    expect(w.data[0]).toBeCloseTo(second, 14);
  });
});

/** See fixtures/make-optimizers.py. */
function gradient(w: Tensor<"float64">): Tensor<"float64"> {
  const out = w.clone();
  w.data.forEach((v, i) => {
    out.data[i] = Math.cos(3 * v + i) + v / 2;
  });
  return out;
}

const start = (): { w: Tensor<"float64">; b: Tensor<"float64"> } => ({
  w: float64(reference.start.w),
  b: float64(reference.start.b),
});

const runs: Readonly<Record<keyof typeof reference.runs, Make>> = {
  sgd: (p) => new SGD(p, { learningRate: 0.05 }),
  momentum: (p) => new SGD(p, { learningRate: 0.05, momentum: 0.8 }),
  nesterov: (p) => new SGD(p, { learningRate: 0.05, momentum: 0.8, nesterov: true }),
  decay: (p) => new SGD(p, { learningRate: 0.05, momentum: 0.8, nesterov: true }),
  rmsprop: (p) => new RMSProp(p, { learningRate: 0.02, alpha: 0.9 }),
  rmspropMomentum: (p) => new RMSProp(p, { learningRate: 0.02, alpha: 0.9, momentum: 0.5 }),
  adagrad: (p) => new Adagrad(p, { learningRate: 0.1 }),
  adam: (p) => new Adam(p, { learningRate: 0.05, beta1: 0.8, beta2: 0.95 }),
  adamDecay: (p) => new Adam(p, { learningRate: 0.05 }),
  adamw: (p) => new AdamW(p, { learningRate: 0.05, weightDecay: 0.2 }),
};
const names = Object.keys(runs) as (keyof typeof runs)[];

/** Steps by single updates, as the executor makes them. */
function steps(optimizer: Optimizer<"float64">, count: number, reg: number): void {
  for (let step = 0; step < count; step++) {
    optimizer.begin();
    for (const [name, w] of Object.entries(optimizer.parameters)) optimizer.update(name, gradient(w), { reg });
  }
}

describe("fifty steps", () => {
  test.each(names)("%s: PyTorch's numbers", (name) => {
    const parameters = start();
    steps(runs[name](parameters), 50, name.toLowerCase().includes("decay") ? 0.3 : 0);
    for (const key of ["w", "b"] as const)
      parameters[key].data.forEach((value, i) => {
        expect(Math.abs(value - reference.runs[name][key].flat()[i]!)).toBeLessThan(1e-12);
      });
  });

  test.each(names)("%s: stopped after 20 and resumed from its state, to the bit", (name) => {
    const [whole, resumed] = [start(), start()];
    steps(runs[name](whole), 50, 0);
    const first = runs[name](resumed);
    steps(first, 20, 0);
    const second = runs[name](resumed);
    second.restore(first.state());
    steps(second, 30, 0);
    expect([...resumed.w.data, ...resumed.b.data]).toEqual([...whole.w.data, ...whole.b.data]);
  });

  test.each(names)("%s: a gradient that is still a product moves as the product does", (name) => {
    const rng = createRng(9);
    const [asProduct, asArray] = [start(), start()];
    const [one, other] = [runs[name](asProduct), runs[name](asArray)];
    expect(one.takesProducts).toBe(true);
    for (let step = 0; step < 5; step++) {
      const [a, b] = [randn([4, 2], { rng, dtype: "float64" }), randn([4, 3], { rng, dtype: "float64" })];
      const product = float64(asArray.w.toArray() as number[][]);
      for (let i = 0; i < 2; i++)
        for (let j = 0; j < 3; j++)
          product.data[i * 3 + j] = [0, 1, 2, 3].reduce((sum, n) => sum + a.at(n, i) * b.at(n, j), 0);
      one.begin();
      one.update("w", { a, b }, { reg: 0.1, scale: 0.5 });
      other.begin();
      other.update("w", product, { reg: 0.1, scale: 0.5 });
    }
    asProduct.w.data.forEach((value, i) => {
      expect(Math.abs(value - asArray.w.data[i]!)).toBeLessThan(1e-12);
    });
  });
});

test("an update scales the gradient first, then adds the penalty's share", () => {
  const w = float64([2]);
  const sgd = new SGD({ w }, { learningRate: 0.1 });
  sgd.begin();
  sgd.update("w", float64([8]), { scale: 0.25, reg: 0.5 });
  expect(w.data[0]).toBeCloseTo(2 - 0.1 * (8 * 0.25 + 0.5 * 2), 15);
});

test("clipping leaves short gradients alone, in the executor's way too", () => {
  expect([clippingScale(0.5, 1), clippingScale(2, 1), clippingScale(0, 1)]).toEqual([1, 1 / (2 + 1e-6), 1]);
});

test("clipping by the global norm gives PyTorch's numbers", () => {
  for (const { maxNorm, norm, w, b } of reference.clipping) {
    const grads = start();
    expect(clipGradients(grads, maxNorm)).toBeCloseTo(norm, 13);
    [...grads.w.data, ...grads.b.data].forEach((value, i) => {
      expect(value).toBeCloseTo([...w.flat(), ...b][i]!, 13);
    });
  }
  expect(() => clipGradients({}, 0)).toThrow("clipGradients: expected maxNorm > 0, got 0");
});

test("by name: each takes the settings that are its own", () => {
  const settings = { learningRate: 0.05, momentum: 0.8, weightDecay: 0.2 };
  const same = { sgd: "momentum", nesterov: "nesterov", adamw: "adamw" } as const;
  for (const [name, run] of Object.entries(same)) {
    const [byName, byHand] = [start(), start()];
    steps(createOptimizer(name, byName, settings), 3, 0);
    steps(runs[run](byHand), 3, 0);
    expect([name, ...byName.w.data]).toEqual([name, ...byHand.w.data]);
  }
  expect(optimizerNames()).toEqual(["sgd", "nesterov", "rmsprop", "adagrad", "adam", "adamw"]);
  expect(() => createOptimizer("sdg", {}, settings)).toThrow(/"sdg".*sgd, nesterov/);
});

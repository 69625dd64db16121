import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type KernelsName, setKernels } from "../kernels/index.ts";
import {
  ActivationLayer,
  BatchNormLayer,
  DropoutLayer,
  FcLayer,
  type Gradient,
  type Layer,
  LayerNormLayer,
} from "../layers/index.ts";
import { ScaleLayer } from "../layers/scale-layer.cases.ts";
import { type Classifier, LinearClassifier, Sequential, TwoLayerNet, tensorsOf } from "../models/index.ts";
import { Adagrad, Adam, AdamW, Optimizer, RMSProp, SGD, type Tensors } from "../optim/index.ts";
import { createRng, type FloatDType, randn, Tensor, tensor, zeros } from "../tensor/index.ts";
import { createExecutor } from "./executor.ts";
import { definedStepper, type StepOptions, type Stepper } from "./stepper.ts";

afterEach(() => void setKernels("loops"));

const kindsOfLayer = ["fc", "relu", "tanh", "batchNorm", "layerNorm", "dropout", "scale"] as const;
type Kind = (typeof kindsOfLayer)[number];

interface Stack {
  readonly kinds: readonly Kind[];
  readonly widths: readonly number[]; // of the fc layers, in turn
}

const D = 7;
const C = 4;

function build<F extends FloatDType>({ kinds, widths }: Stack, dtype: F): Sequential<F> {
  const rng = createRng(11);
  let inputs = D;
  const fcLayer = (outputs: number, bias: boolean): Layer<F> => {
    const w = randn([inputs, outputs], { rng, scale: 0.6, dtype });
    inputs = outputs;
    return new FcLayer({ w, b: bias ? randn([outputs], { rng, scale: 0.2, dtype }) : undefined }) as Layer<F>;
  };
  const layers = kinds.map((kind, i): Layer<F> => {
    if (kind === "fc") return fcLayer(widths[i % widths.length]!, i % 2 === 0);
    if (kind === "batchNorm") {
      const layer = new BatchNormLayer({ dim: inputs, dtype });
      layer.beta.data.set(randn([inputs], { rng, dtype }).data);
      return layer as Layer<F>;
    }
    if (kind === "layerNorm") return new LayerNormLayer({ dim: inputs, dtype }) as Layer<F>;
    if (kind === "dropout") return new DropoutLayer({ rate: 0.3 }) as Layer<F>;
    if (kind === "scale") return new ScaleLayer(inputs, dtype, 1.25) as Layer<F>;
    return new ActivationLayer({ activation: kind });
  });
  return new Sequential({ layers: [...layers, fcLayer(C, true)], inputDim: D, numClasses: C, dtype });
}

/** Losses of seven steps on batches of 16, 16, 9, 16, … examples. */
function run<F extends FloatDType>(stepper: Stepper<F>, dtype: F, mixed = false): number[] {
  const rng = createRng(3);
  return Array.from({ length: 7 }, (_, i) => {
    const N = i % 3 === 2 ? 9 : 16;
    const labels = tensor(
      Array.from({ length: N }, (_, r) => (r + i) % C),
      { dtype: "int32" },
    );
    const targets = mixed ? zeros([N, C], { dtype }) : undefined;
    for (let r = 0; targets && r < N; r++) {
      targets.data[r * C + (r % C)]! += 0.7;
      targets.data[r * C + ((r + i) % C)]! += 0.3;
    }
    const x = randn([N, D], { rng, dtype });
    const pass = { training: true, rng: createRng(5, i + 1) };
    const { loss, dataLoss, regLoss } = stepper.loss({ x, labels, ...(targets && { targets }) }, pass);
    expect(loss).toBe(dataLoss + regLoss);
    stepper.update();
    return loss;
  });
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(actual[i]! - expected[i]!) <= tolerance * Math.max(1, Math.abs(expected[i]!))))
      expect.fail(`${what} at ${i}: expected ${expected[i]} to ${tolerance}, got ${actual[i]}`);
}

/**
 * With an eps so large that it does not matter which rounding error a gradient is that should be 0, as that of a bias before
 * batch normalisation; an adaptive optimizer would make a full step of it.
 */
const optimizers = {
  sgd: (parameters) => new SGD(parameters, { learningRate: 0.01 }),
  "sgd with momentum": (parameters) => new SGD(parameters, { learningRate: 0.01, momentum: 0.9 }),
  nesterov: (parameters) => new SGD(parameters, { learningRate: 0.01, momentum: 0.9, nesterov: true }),
  rmsprop: (parameters) => new RMSProp(parameters, { learningRate: 0.01, momentum: 0.5, eps: 0.1 }),
  adagrad: (parameters) => new Adagrad(parameters, { learningRate: 0.01, eps: 0.1 }),
  adam: (parameters) => new Adam(parameters, { learningRate: 0.01, eps: 0.1 }),
  adamw: (parameters) => new AdamW(parameters, { learningRate: 0.01, eps: 0.1, weightDecay: 0.1 }),
} satisfies Record<string, <F extends FloatDType>(parameters: Tensors<F>) => Optimizer<F>>;

const stack = fc.record({
  kinds: fc.array(fc.constantFrom(...kindsOfLayer), { maxLength: 7 }),
  widths: fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 3 }),
});
const options = fc.record({
  reg: fc.constantFrom(0, 0.05),
  clip: fc.constantFrom(undefined, 0.3),
  smoothing: fc.constantFrom(0, 0.1),
});

describe.each<[KernelsName, FloatDType, number]>([
  ["loops", "float64", 1e-12],
  ["wasm", "float64", 1e-12],
  ["wasm", "float32", 1e-5],
])("%s, %s: the executor is the definition", (name, dtype, tolerance) => {
  test.each(Object.entries(optimizers))("for any list of layers under %s", (_, createOptimizer) => {
    fc.assert(
      fc.property(stack, options, fc.boolean(), (layers, stepOptions, mixed) => {
        const start = (kernelsName: KernelsName) => {
          setKernels(kernelsName);
          const model = build(layers, dtype);
          return { model, optimizer: createOptimizer(model.parameters()) };
        };
        const defined = start("loops");
        const expected = run(definedStepper(defined.model, defined.optimizer, stepOptions), dtype, mixed);
        const fast = start(name);
        const losses = run(createExecutor(fast.model, fast.optimizer, stepOptions), dtype, mixed);
        expectClose(losses, expected, tolerance, "loss");
        const results = { ...tensorsOf(fast.model), ...fast.optimizer.state().tensors };
        const wanted = { ...tensorsOf(defined.model), ...defined.optimizer.state().tensors };
        expect(Object.keys(results)).toEqual(Object.keys(wanted));
        for (const [key, w] of Object.entries(wanted))
          expectClose(results[key]!.data, w.data, 40 * tolerance, `${key} of ${layers.kinds.join(" ")}`);
      }),
      { numRuns: 25 },
    );
  });
});

describe("the hand-written models", () => {
  const sizes = { inputDim: D, numClasses: C } as const;
  const make = {
    linear: () => new LinearClassifier({ ...sizes, rng: createRng(7), dtype: "float64" }),
    "two-layer": () => new TwoLayerNet({ ...sizes, hiddenDim: 6, rng: createRng(7), dtype: "float64" }),
  };
  test.each(["linear", "two-layer"] as const)("%s, as a list of layers, trains as its own passes say", (kind) => {
    for (const momentum of [0, 0.9]) {
      const [fast, defined] = [make[kind](), make[kind]()] as Classifier<"float64">[];
      const sgd = (model: Classifier<"float64">) => new SGD(model.parameters(), { learningRate: 0.3, momentum });
      expect(fast!.layers()).toBeDefined();
      const losses = run(createExecutor(fast!, sgd(fast!), { reg: 0.05 }), "float64");
      expectClose(losses, run(definedStepper(defined!, sgd(defined!), { reg: 0.05 }), "float64"), 1e-12, "loss");
    }
  });

  test("a subclass with a backward of its own is trained by it", () => {
    class Stubborn extends LinearClassifier<"float64"> {
      override backward(...args: Parameters<LinearClassifier<"float64">["backward"]>) {
        const grads = super.backward(...args);
        for (const grad of Object.values(grads)) grad.data.fill(0);
        return grads;
      }
    }
    const model = new Stubborn({ ...sizes, rng: createRng(7), dtype: "float64" });
    expect(model.layers()).toBeUndefined();
    const before = model.W.clone();
    run(createExecutor(model, new SGD(model.parameters(), { learningRate: 0.3 })), "float64");
    expect(model.W.data).toEqual(before.data);
  });
});

test("an optimizer of the caller's own gets arrays, unless it says that it takes products", () => {
  const seen: string[] = [];
  class SignDescent extends Optimizer<"float64"> {
    override readonly takesProducts: boolean;
    constructor(parameters: Tensors<"float64">, takesProducts: boolean) {
      super("sign", parameters, 0.01);
      this.takesProducts = takesProducts;
    }
    update(name: string, gradient: Gradient<"float64">): void {
      seen.push(`${name} ${"data" in gradient ? "array" : "product"}`);
      if ("data" in gradient) gradient.data.forEach((g, i) => (this.parameters[name]!.data[i]! -= 0.01 * Math.sign(g)));
    }
  }
  const make = () => new TwoLayerNet({ inputDim: D, hiddenDim: 3, numClasses: C, rng: createRng(1), dtype: "float64" });
  const [fast, defined] = [make(), make()];
  const options: StepOptions = { reg: 0.1 };
  run(createExecutor(fast, new SignDescent(fast.parameters(), false), options), "float64");
  expect(new Set(seen)).toEqual(new Set(["W1 array", "b1 array", "W2 array", "b2 array"]));
  run(definedStepper(defined, new SignDescent(defined.parameters(), false)), "float64");
  seen.length = 0;
  run(createExecutor(fast, new SignDescent(fast.parameters(), true)), "float64");
  expect(new Set(seen)).toEqual(new Set(["W1 product", "b1 array", "W2 product", "b2 array"]));
});

test("a step lowers the loss on its own batch, and nothing moves twice", () => {
  const model = new TwoLayerNet({ inputDim: D, hiddenDim: 5, numClasses: C, rng: createRng(1), dtype: "float64" });
  const stepper = createExecutor(model, new SGD(model.parameters(), { learningRate: 0.1 }), { reg: 0.01 });
  const labels = new Tensor(Int32Array.of(0, 1, 2, 3), [4], "int32");
  const batch = { x: randn([4, D], { rng: createRng(1), dtype: "float64" }), labels };
  const before = stepper.loss(batch, { training: true }).loss;
  stepper.update();
  const after = stepper.loss(batch, { training: true }).loss;
  expect(after).toBeLessThan(before);
  stepper.update();
  const W1 = model.W1.clone();
  stepper.update(); // no loss in between
  expect(model.W1.data).toEqual(W1.data);
});

import { afterEach, describe, expect, test } from "vitest";
import { type KernelsName, setKernels } from "../kernels/index.ts";
import { TwoLayerNet } from "../models/index.ts";
import { SGD } from "../optim/index.ts";
import { createRng, type FloatDType, randn, Tensor } from "../tensor/index.ts";
import { createStepper } from "./create-stepper.ts";
import { fusedStepper } from "./fused-stepper.ts";
import { plainStepper, type Stepper } from "./stepper.ts";

afterEach(() => void setKernels("loops"));

function netAndSgd<F extends FloatDType>(dtype: F, momentum: number): { model: TwoLayerNet<F>; sgd: SGD<F> } {
  const model = new TwoLayerNet({ inputDim: 33, hiddenDim: 21, numClasses: 5, rng: createRng(7), dtype });
  return { model, sgd: new SGD(model.parameters(), { learningRate: 0.3, momentum }) };
}

/** Losses of ten steps on batches of 16, 16, 9, 16, … examples. */
function run<F extends FloatDType>(stepper: Stepper<F>, dtype: F): number[] {
  const rng = createRng(3);
  return Array.from({ length: 10 }, (_, i) => {
    const N = i % 3 === 2 ? 9 : 16;
    const labels = new Tensor(
      Int32Array.from({ length: N }, (_, r) => (r + i) % 5),
      [N],
      "int32",
    );
    const { loss, dataLoss, regLoss } = stepper.loss(randn([N, 33], { rng, dtype }), labels);
    expect(loss).toBe(dataLoss + regLoss);
    stepper.update();
    return loss;
  });
}

describe.each<[KernelsName, FloatDType, number]>([
  ["loops", "float64", 1e-13],
  ["wasm", "float64", 1e-13],
  ["wasm", "float32", 1e-5],
])("%s, %s", (kernels, dtype, tolerance) => {
  test.each([0, 0.9])("the fused step is the plain step (momentum %d)", (momentum) => {
    setKernels(kernels);
    const [fused, plain] = [netAndSgd(dtype, momentum), netAndSgd(dtype, momentum)];
    const losses = run(fusedStepper(fused.model, fused.sgd, 0.05), dtype);
    const expected = run(plainStepper(plain.model, plain.sgd, 0.05), dtype);
    losses.forEach((loss, i) => {
      expect(Math.abs(loss - expected[i]!)).toBeLessThan(tolerance * expected[i]!);
    });
    for (const [name, w] of Object.entries({ ...fused.model.parameters(), ...fused.sgd.velocity })) {
      const other = { ...plain.model.parameters(), ...plain.sgd.velocity }[name]!;
      w.data.forEach((value, i) => {
        expect(Math.abs(value - other.data[i]!)).toBeLessThan(20 * tolerance);
      });
    }
  });
});

test("only a two-layer net under plain or heavy-ball SGD takes the fused way; Nesterov does the same arithmetic", () => {
  const [first, second] = [netAndSgd("float64", 0.9), netAndSgd("float64", 0.9)];
  const nesterov = (model: TwoLayerNet<"float64">): SGD<"float64"> =>
    new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9, nesterov: true });
  expect(run(createStepper(first.model, nesterov(first.model), 0.05), "float64")).toEqual(
    run(plainStepper(second.model, nesterov(second.model), 0.05), "float64"),
  );
});

test("a step without momentum lowers the loss on its own batch", () => {
  const { model, sgd } = netAndSgd("float64", 0);
  const stepper = createStepper(model, sgd, 0.01);
  const x = randn([12, 33], { rng: createRng(1), dtype: "float64" });
  const labels = new Tensor(
    Int32Array.from({ length: 12 }, (_, i) => i % 5),
    [12],
    "int32",
  );
  const before = stepper.loss(x, labels).loss;
  stepper.update();
  expect(stepper.loss(x, labels).loss).toBeLessThan(before);
});

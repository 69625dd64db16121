import { afterAll, describe, expect, test } from "vitest";
import { setKernels } from "../../kernels/index.ts";
import { kernelsCases } from "../../kernels/kernels.cases.ts";
import { TwoLayerNet } from "../../models/index.ts";
import { SGD } from "../../optim/index.ts";
import { createRng, randn, tensor, toKernelMemory } from "../../tensor/index.ts";
import { createExecutor, definedStepper } from "../../training/index.ts";
import { useKernels } from "../kernels.ts";
import { createBlas } from "./blas.ts";

const alone = createBlas({ threads: 1 });
const together = createBlas({ threads: 3 });
afterAll(() => {
  setKernels("loops");
  for (const kernels of [alone, together]) if (typeof kernels !== "string") kernels.stop();
});

if (typeof alone === "string" || typeof together === "string") {
  test(`no BLAS on this machine: ${alone}`, () => {
    expect(alone).toMatch(/koffi|no BLAS library was found/);
  });
} else {
  kernelsCases("blas", () => alone);
  kernelsCases("blas threaded", () => together);

  test.each([
    0, 0.9,
  ])("a training step whose long sums the threads share is the plain one (momentum %d)", (momentum) => {
    const [inputDim, N] = [2100, 24];
    const [parameters, expected] = (["blas", "loops"] as const).map((name) => {
      useKernels({ kernels: name, threads: 2 });
      const rng = createRng(7);
      const net = new TwoLayerNet({ inputDim, hiddenDim: 40, numClasses: 5, rng });
      const sgd = new SGD(net.parameters(), { learningRate: 0.02, momentum });
      const stepper = (name === "blas" ? createExecutor : definedStepper)(net, sgd, { reg: 0.05 });
      const losses = [0, 1, 2].map((i) => {
        const labels = tensor(
          Array.from({ length: N }, (_, r) => (r + i) % 5),
          { dtype: "int32" },
        );
        const x = toKernelMemory(randn([N, inputDim], { rng }));
        const { loss } = stepper.loss({ x, labels }, { training: true });
        stepper.update();
        return loss;
      });
      const numbers: Record<string, ArrayLike<number>> = { losses };
      for (const [parameter, w] of Object.entries(net.parameters())) numbers[parameter] = w.data;
      return numbers;
    });
    for (const [name, values] of Object.entries(parameters!))
      Array.from(values).forEach((value, i) => {
        expect(Math.abs(value - expected![name]![i]!), `${name} at ${i}`).toBeLessThan(2e-5);
      });
  });
}

describe("a path that leads nowhere", () => {
  test("is named with the reason", () => {
    expect(createBlas({ threads: 1, path: "/nowhere/libblas.so" })).toMatch(/CHAINRULE_BLAS_PATH is "\/nowhere|koffi/);
  });
  test("so is a library without matrix products", () => {
    expect(createBlas({ threads: 1, path: "libm.so.6" })).toMatch(/CHAINRULE_BLAS_PATH is "libm.so.6": |koffi/);
  });
});

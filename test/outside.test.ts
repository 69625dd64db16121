/** Apart from the other tests: what is registered stays known to the whole process. */
import { describe, expect, test } from "vitest";
import {
  ActivationLayer,
  FcLayer,
  type Layer,
  readSize,
  registerActivation,
  registerLayer,
} from "../src/layers/index.ts";
import { ScaleLayer } from "../src/layers/scale-layer.cases.ts";
import { deserializeModel, Sequential, serializeModel } from "../src/models/index.ts";
import { registerOptimizer, SGD } from "../src/optim/index.ts";
import { createRng, randn, type Tensor, tensor } from "../src/tensor/index.ts";

/** Layers, activations and optimizers that the library does not know, as a user adds them. */
describe("from outside", () => {
  const model = () => {
    const w = randn([2, 3], { rng: createRng(1) });
    const layers = [
      new ScaleLayer(2, "float32"),
      new FcLayer({ w }),
      new ActivationLayer({ activation: "outside-cube" }),
    ];
    return new Sequential({ layers: layers as unknown as Layer[], inputDim: 2, numClasses: 3 });
  };
  registerActivation(
    "outside-cube",
    (x: Tensor) => {
      const out = x.clone();
      out.data.forEach((value, i) => (out.data[i] = value ** 3));
      return [out, x];
    },
    (gradOut: Tensor, x: Tensor) => {
      const gradX = gradOut.clone();
      x.data.forEach((value, i) => (gradX.data[i]! *= 3 * value * value));
      return gradX;
    },
  );

  test("a layer of one's own is saved, and loaded after one call", () => {
    const bytes = serializeModel(model());
    expect(() => deserializeModel(bytes)).toThrow(
      /unknown kind of layer "scale"; expected one of fc, .*; call registerLayer for a layer of your own/,
    );
    registerLayer("scale", (settings, dtype) => new ScaleLayer(readSize(settings, "dim"), dtype));
    const back = deserializeModel(bytes);
    const x = tensor([[0.5, -1]]);
    expect(back.forward(x)[0].data).toEqual(model().forward(x)[0].data);
  });

  test("an optimizer of one's own trains by its name", () => {
    registerOptimizer(
      "outside-slow",
      (parameters, { learningRate }) => new SGD(parameters, { learningRate: learningRate / 10 }),
    );
    expect(() => registerOptimizer("sgd", () => new SGD({}, { learningRate: 1 }))).toThrow("a name that is not taken");
  });
});

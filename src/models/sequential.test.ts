import { describe, expect, test } from "vitest";
import { FormatError } from "../errors.ts";
import { evaluation } from "../layers/index.ts";
import { SGD } from "../optim/index.ts";
import { createRng, randn, tensor } from "../tensor/index.ts";
import { createExecutor } from "../training/index.ts";
import {
  copyModel,
  createModel,
  deserializeModel,
  formatSafetensors,
  LinearClassifier,
  MultiLayerNet,
  parseSafetensors,
  serializeModel,
  TwoLayerNet,
  tensorsOf,
} from "./index.ts";

const sizes = { inputDim: 5, hiddenDims: [4, 3], numClasses: 3 } as const;
const trained = (norm: "batch" | "layer"): MultiLayerNet => {
  const net = new MultiLayerNet({ ...sizes, norm, dropout: 0.2, activation: "gelu", rng: createRng(1) });
  const stepper = createExecutor(net, new SGD(net.parameters(), { learningRate: 0.1, momentum: 0.9 }));
  for (let step = 1; step <= 3; step++) {
    const x = randn([8, 5], { rng: createRng(step) });
    const labels = tensor([0, 1, 2, 0, 1, 2, 0, 1], { dtype: "int32" });
    stepper.loss({ x, labels }, { training: true, rng: createRng(2, step) });
    stepper.update();
  }
  return net;
};

test("a net of two hidden layers: the list, the names, and what decays", () => {
  const net = new MultiLayerNet({ ...sizes, norm: "batch", dropout: 0.2, rng: createRng(1) });
  expect(net.settings.layers!.map(({ kind }) => kind)).toEqual([
    ...["fc", "batchNorm", "activation", "dropout", "fc", "batchNorm", "activation", "dropout", "fc"],
  ]);
  expect(net.settings.layers![0]).toEqual({ kind: "fc", inputDim: 5, outputDim: 4, bias: false });
  expect(net.settings.layers![8]).toMatchObject({ bias: true });
  const matrices = Object.entries(net.parameters()).filter(([, { shape }]) => shape.length === 2);
  expect([...net.decayed()]).toEqual(matrices.map(([name]) => name));
  expect(matrices).toHaveLength(3);
  expect(Object.keys(net.buffers())).toHaveLength(4);
});

test("createModel takes the plainest model there is", () => {
  const make = (options: object) => createModel({ ...sizes, rng: createRng(1), ...options }).constructor;
  expect(make({ hiddenDims: [] })).toBe(LinearClassifier);
  expect(make({ hiddenDims: [4] })).toBe(TwoLayerNet);
  expect(make({ hiddenDims: [4], norm: "layer" })).toBe(MultiLayerNet);
  expect(make({ hiddenDims: [4], dropout: 0.1 })).toBe(MultiLayerNet);
  expect(make({ hiddenDims: [4], activation: "tanh" })).toBe(MultiLayerNet);
  expect(make({})).toBe(MultiLayerNet);
});

describe.each(["batch", "layer"] as const)("with %s norm", (norm) => {
  test("saved and loaded, it predicts the same; running statistics are saved too", () => {
    const net = trained(norm);
    const back = deserializeModel(serializeModel(net));
    const x = randn([6, 5], { rng: createRng(9) });
    expect(back.forward(x, evaluation)[0].data).toEqual(net.forward(x, evaluation)[0].data);
    expect(tensorsOf(back)).toEqual(tensorsOf(net));
    if (norm === "batch") expect([...back.buffers().runningMean2!.data]).not.toEqual([0, 0, 0, 0]);
  });

  test("a copy goes its own way", () => {
    const net = trained(norm);
    const copy = copyModel(net)!;
    expect(tensorsOf(copy)).toEqual(tensorsOf(net));
    for (const { data } of Object.values(tensorsOf(copy))) data.fill(7);
    expect(Object.values(tensorsOf(net)).some(({ data }) => data.includes(7))).toBe(false);
  });
});

describe("hostile lists of layers", () => {
  const file = (change: (settings: { layers: unknown }) => void): Uint8Array => {
    const { tensors, metadata } = parseSafetensors(serializeModel(trained("batch")));
    const settings = JSON.parse(metadata.model!);
    change(settings);
    return formatSafetensors({ tensors, metadata: { model: JSON.stringify(settings) } });
  };
  test.each<[string, unknown, RegExp]>([
    ["no list", "fc", /expected 1 to 1000 layers, each with a kind, got "fc"/],
    ["an empty list", [], /expected 1 to 1000 layers/],
    ["a layer that is null", [null], /expected 1 to 1000 layers/],
    ["a name that every object has", [{ kind: "constructor" }], /unknown kind of layer "constructor"/],
    [
      "a layer far larger than the file",
      [{ kind: "fc", inputDim: 1e6, outputDim: 1e6 }],
      /expected weights for a model of 1000000000000/,
    ],
    [
      "a norm far larger than the file",
      [{ kind: "batchNorm", dim: 2e9, eps: 1, momentum: 0.1 }],
      /expected weights for a model of/,
    ],
    [
      "a size that is no number",
      [{ kind: "fc", inputDim: "5", outputDim: 4 }],
      /expected a number as inputDim of layer "fc", got "5"/,
    ],
    [
      "a negative size",
      [{ kind: "fc", inputDim: -5, outputDim: 4 }],
      /expected inputDim of layer "fc" to be a whole number >= 1, got -5/,
    ],
    ["an unknown activation", [{ kind: "activation", activation: "__proto__" }], /unknown activation "__proto__"/],
    [
      "other layers than the weights are of",
      [{ kind: "fc", inputDim: 5, outputDim: 3 }],
      /expected a? ?tensor|of shape/,
    ],
  ])("%s", (_, layers, message) => {
    const bytes = file((settings) => {
      settings.layers = layers;
    });
    expect(() => deserializeModel(bytes)).toThrow(FormatError);
    expect(() => deserializeModel(bytes)).toThrow(message);
  });
});

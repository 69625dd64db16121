import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-web";
import { expect, test } from "vitest";
import { preprocessedExamples, shapesDataset } from "../data/index.ts";
import { activationNames, evaluation, softmax } from "../layers/index.ts";
import { ScaleLayer } from "../layers/scale-layer.cases.ts";
import { highest, MultiLayerNet, Sequential } from "../models/index.ts";
import { createRng, randn } from "../tensor/index.ts";
import { evaluatedModel, presets, startRun, trainingSession } from "../training/index.ts";
import { formatOnnx } from "./onnx.ts";

const size = { channels: 3, height: 8, width: 8 };
const classNames = ["a", "b", "c"];

/** Runs the file elsewhere. */
async function runOnnx(
  file: Uint8Array,
  data: Uint8Array | Float32Array,
  dims: readonly number[],
): Promise<Float32Array> {
  const session = await InferenceSession.create(file);
  const type = data instanceof Uint8Array ? "uint8" : "float32";
  const results = await session.run({ input: new OnnxTensor(type, data as never, dims) });
  return results[session.outputNames[0]!]!.data as Float32Array;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

test.each(activationNames())("the scores of a network with %s, both norms and dropout", async (activation) => {
  for (const norm of ["batch", "layer", "none"] as const) {
    const rng = createRng(3);
    const model = new MultiLayerNet({
      inputDim: 12,
      hiddenDims: [7, 5],
      numClasses: 3,
      activation,
      norm,
      dropout: 0.3,
      rng,
    });
    const x = randn([20, 12], { rng });
    for (let i = 0; i < 5; i++) model.forward(randn([20, 12], { rng }), { training: true, rng }); // statistics of their own
    for (const [name, w] of Object.entries(model.parameters()))
      if (/gamma|beta|^b/.test(name)) rng.fillNormal(w.data, 0.5);
    const file = formatOnnx(
      { model, image: size, classNames, settings: {}, normalization: undefined },
      { input: "scaled", output: "scores" },
    );
    const scores = await runOnnx(file, Float32Array.from(x.data), [20, 12]);
    expect(largestDifference(scores, model.forward(x, evaluation)[0].data)).toBeLessThan(2e-5);
  }
});

test.each([
  ["normalized", { normalize: true, whiten: 0 }],
  ["plain", { normalize: false, whiten: 0 }],
  ["whitened", { normalize: false, whiten: 20 }],
] as const)(
  "a trained model, %s: from the bytes of 1,000 images to the same classes and probabilities",
  { timeout: 60_000 },
  async (_, change) => {
    const dataset = shapesDataset({ numTrain: 200, numTest: 1000, size: 8 });
    const settings = {
      ...presets.tuned,
      numTrain: 150,
      numVal: 50,
      hiddenDims: [16],
      epochs: 2,
      norm: "batch" as const,
      ...change,
    };
    let run = startRun(dataset, settings);
    for await (const event of trainingSession(dataset, settings)) if (event.type === "started") run = event.run;
    const model = evaluatedModel(run);
    const rows = Int32Array.from({ length: 1000 }, (_, i) => i);
    const probs = softmax(
      model.forward(preprocessedExamples(dataset.test, dataset, rows, run).batch(rows).x, evaluation)[0],
    );
    const file = formatOnnx({ ...run, model }, { input: "uint8", output: "probabilities" });
    const found = await runOnnx(file, dataset.test.images, [1000, 3, 8, 8]);
    expect(largestDifference(found, probs.data)).toBeLessThan(1e-5);
    const C = dataset.classNames.length;
    const classes = Array.from({ length: 1000 }, (_, i) => {
      const own = [...found.subarray(i * C, (i + 1) * C)];
      return own.indexOf(Math.max(...own));
    });
    expect(classes).toEqual([...highest(probs)]);
    expect(new TextDecoder().decode(file)).toContain(JSON.stringify(dataset.classNames));
  },
);

test("a layer that only its author knows is refused by name", () => {
  const model = new Sequential({ layers: [new ScaleLayer(3, "float32")], inputDim: 3, numClasses: 3 });
  const exported = { model, image: size, classNames, settings: {}, normalization: undefined };
  expect(() => formatOnnx(exported, { input: "scaled", output: "scores" })).toThrow(
    "export: layer scale is not one that ONNX has",
  );
});

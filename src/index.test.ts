import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as chainrule from "./index.ts";
import * as kernels from "./kernels/index.ts";
import * as plots from "./plots/index.ts";

test("the public names", () => {
  expect(Object.keys(chainrule).sort()).toMatchInlineSnapshot(`
    [
      "Adagrad",
      "Adam",
      "AdamW",
      "Classifier",
      "DataSampler",
      "DivergenceError",
      "FormatError",
      "Graph",
      "GraphTextError",
      "LinearClassifier",
      "MultiLayerNet",
      "Optimizer",
      "RMSProp",
      "Rng",
      "SGD",
      "Sequential",
      "SettingError",
      "ShapeError",
      "Tensor",
      "TwoLayerNet",
      "WeightAverage",
      "affineCurvature",
      "affineTransformLoss",
      "applyAffineTransform",
      "availableKernels",
      "batches",
      "channelStatistics",
      "clipGradients",
      "createRng",
      "deserializeModel",
      "evaluate",
      "f1",
      "f2",
      "f3",
      "f4",
      "fcBackward",
      "fcForward",
      "fitAffineLeastSquares",
      "fitAffineRansac",
      "fitAffineTransform",
      "formatNpy",
      "formatSafetensors",
      "gradcheck",
      "gradcheckLoss",
      "graph",
      "historyToCsv",
      "imageExamples",
      "l2Loss",
      "l2Regularization",
      "matmul",
      "numericBackward",
      "numericGradient",
      "parseBatches",
      "parseCheckpoint",
      "parseCorrespondences",
      "parseIdx",
      "parseNpy",
      "parseSafetensors",
      "presets",
      "randn",
      "registerOptimizer",
      "reluBackward",
      "reluForward",
      "replaceTargets",
      "sampleCorrespondences",
      "scheduleWithWarmup",
      "schedules",
      "serializeModel",
      "setKernels",
      "settingsFor",
      "shapesDataset",
      "softmax",
      "softmaxLoss",
      "splitTrainVal",
      "tensor",
      "tensorExamples",
      "train",
      "trainingSession",
      "trainingStep",
      "zeros",
    ]
  `);
});

test("the names of the other entries that run in a browser", () => {
  expect(Object.keys(plots).sort()).toEqual([
    "chart",
    "confusionPlot",
    "fitLossPlot",
    "imageGrid",
    "lineChart",
    "runsPlot",
    "scatterFrames",
    "trainingPlot",
    "weightsGrid",
  ]);
  expect(Object.keys(kernels).sort()).toEqual(["availableKernels", "kernels", "registerKernels", "setKernels"]);
});

test("every public name stands in docs/library.md", () => {
  const page = readFileSync("docs/library.md", "utf8");
  const names = [chainrule, plots, kernels].flatMap((entry) => Object.keys(entry));
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
});

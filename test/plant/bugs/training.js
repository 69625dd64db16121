const all = "src/training test/train test/runs";

export default [
  ["stages.ts", "layer.updateRunning(mean, variance, N);", ""],
  ["stages.ts", "masksInput ? input!.data : undefined", "undefined"],
  ["executor.ts", "isDecayed && clip === undefined ? reg : 0", "isDecayed ? reg : 0"],
  ["train.ts", "train.plain ?? (train as Examples)", "train as Examples", all],
  ["train.ts", "createRng(seed, 2 * step + 1)", "createRng(seed, 1)", all],
  ["train.ts", "createRng(seed, 2 * step + 2)", "createRng(seed, 1)", all],
  ["session.ts", "clip: clip > 0 ? clip : undefined, ", "", all],
  ["session.ts", "smoothing: labelSmoothing", "smoothing: 0", all],
  ["run.ts", "hiddenDims, activation, norm, dropout, numClasses }", "hiddenDims, activation, norm, numClasses }", all],
  ["weight-average.ts", "Object.entries(tensorsOf(this.model))", "Object.entries(this.model.parameters())", all],
  ["checkpoint.ts", "...(run.whitening && whiteningTensors(run.whitening)),", "", all],
];

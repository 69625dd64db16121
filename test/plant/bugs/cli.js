export default [
  ["options.ts", "v >= 0 && v <= 1)", "v >= 0)"],
  [
    "test.ts",
    "const testSet = preprocessedExamples(dataset.test,",
    "const testSet = preprocessedExamples(dataset.train,",
    "test/train",
  ],
  ["predict.ts", "b.probability - a.probability", "a.probability - b.probability", "test/train"],
  ["fit-points.ts", "power >= -2", "power >= 2", "src/cli test/fit"],
  ["backprop.ts", "if (!passed) io().exitCode = 1;", "", "test/outputs test/cli"],
];

export default [
  ["batch-norm.ts", "N > 1 ? N / (N - 1) : 1", "1"],
  ["layer-norm.ts", "- (xhat * product) / M", "+ (xhat * product) / M"],
  ["soft-targets.ts", "out[i * columns + label]! += 1 - smoothing", "out[i * columns + label]! += 1"],
  ["gelu.ts", "normalCdf(x) + x * normalDensity(x)", "normalCdf(x)"],
  ["swish.ts", "out + logistic(x) * (1 - out)", "out + logistic(x)"],
];

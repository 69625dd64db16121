export default [
  ["loops/multiply.ts", "relu && value <= 0", "relu && value < 1"],
  ["loops/batch-norm.ts", "variance[j] = squares / rows;", "variance[j] = squares / (rows - 1);"],
  ["loops/dropout.ts", "1 / (1 - rate)", "1"],
  ["wasm/update.ts", "fractions[at.scale] = scale;", "fractions[at.scale] = 1;"],
  ["wasm/wasm.ts", "integers[at.batchNorm.relu] = relu ? 1 : 0;", "integers[at.batchNorm.relu] = 0;"],
];

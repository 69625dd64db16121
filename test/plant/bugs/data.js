const all = "src/data test/data test/train";

export default [
  ["cifar10.ts", "i * (1 + length) + 1);", "i * (1 + length));"],
  ["cifar10.ts", "bytes.subarray(from + 1, from + 1 + length)", "bytes.subarray(from, from + length)"],
  ["cifar10.ts", "if (got !== expected)", "if (got < expected)"],
  ["dataset.ts", "label >= numClasses", "label > numClasses"],
  ["dataset.ts", "for (const label of labels) add(label);", ""],
  ["idx.ts", "const header = 4 + 4 * dimensions;", "const header = 4 * dimensions;"],
  ["normalization.ts", "/ pixels) / pixels;", "/ pixels) / (pixels - 1);"],
  ["normalization.ts", "-m / std[c]!", "-m"],
  ["sampler.ts", "rng.permutation(examples.count)", "Int32Array.from({ length: examples.count }, (_, i) => i)"],
  ["sampler.ts", "start < order.length;", "start + batchSize <= order.length;"],
  ["split.ts", "order.slice(numVal, numVal + numTrain)", "order.slice(0, numTrain)"],
  ["split.ts", "rank < numTest", "rank <= numTest"],
  ["idx-files.ts", "test.height !== height || test.width !== width", "false"],
  ["readers.ts", "mirror && rng.integer(0, 1) === 1 ? mirroredScale : scale", "scale"],
  ["whitening.ts", "= sign * value;", "= value;"],
  ["augmentation.ts", "alpha, rng), drawGamma(alpha", "1, rng), drawGamma(1"],
  ["shapes.ts", "createRng(seed)", "createRng(442)", all],
];

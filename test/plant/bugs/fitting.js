export default [
  ["affine-transform.ts", "grads[k]! *= 2 / count", "grads[k]! *= 1 / count"],
  ["affine-transform.ts", "loss += delta * (2 * distance - delta);", "loss += delta * 2 * distance;"],
  ["affine-transform.ts", "g1 += rx * y;", "g1 += ry * x;"],
  ["compare.ts", "if (!outliers.has(i >> 1)) sum", "sum"],
  ["consensus.ts", "if (b >= a) b++;", ""],
  ["curvature.ts", "(2 * (1 + momentum)) / largest;", "(2 + momentum) / largest;"],
  ["gradient-descent.ts", "momentum > 0 ? [new Float64Array(6)] : []", "[]"],
  ["gradient-descent.ts", "learningRate >= limit", "learningRate > 2 * limit"],
  ["ransac.ts", "inlierShare ** 3", "inlierShare ** 2"],
  ["sample-points.ts", "Math.round(share * N)", "Math.round(share * share * N)"],
  ["summary.ts", "(along - r01 * b) / r00", "along / r00"],
  ["target-noise.ts", "3 * Math.SQRT2 * noise", "3 * noise"],
];

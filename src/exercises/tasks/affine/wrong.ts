import type { Wrong } from "../wrong.ts";

export const wrong: readonly Wrong[] = [
  [
    "mean-forgotten",
    "affineTransformLoss",
    "return { loss, prediction, gradS, gradT };",
    "for (const x of [gradS, gradT]) x.data.forEach((g, i) => (x.data[i] = g * N));\n  return { loss: loss * N, prediction, gradS, gradT };",
  ],
  ["square-not-doubled", "affineTransformLoss", "(2 / N)", "(1 / N)"],
  [
    "averaged-over-coordinates",
    "affineTransformLoss",
    "return { loss, prediction, gradS, gradT };",
    "for (const x of [gradS, gradT]) x.data.forEach((g, i) => (x.data[i] = g / 2));\n  return { loss: loss / 2, prediction, gradS, gradT };",
  ],
  ["residual-sign", "affineTransformLoss", "const r = out - pPrime.at(i, k);", "const r = pPrime.at(i, k) - out;"],
  [
    "outer-product-transposed",
    "affineTransformLoss",
    "gradS.data[2 * k] += (2 / N) * r * p.at(i, 0);\n      gradS.data[2 * k + 1]",
    "gradS.data[k] += (2 / N) * r * p.at(i, 0);\n      gradS.data[2 + k]",
  ],
  ["shift-forgotten", "affineTransformLoss", "* p.at(i, 1) + t.at(k);", "* p.at(i, 1);"],
  [
    "matrix-transposed",
    "affineTransformLoss",
    "s.at(k, 0) * p.at(i, 0) + s.at(k, 1)",
    "s.at(0, k) * p.at(i, 0) + s.at(1, k)",
  ],
  ["uphill", "fitByDescent", "-= learningRate", "+= learningRate"],
  ["one-step-short", "fitByDescent", "step < steps; step++", "step < steps - 1; step++"],
  ["rate-ignored", "fitByDescent", "-= learningRate * ", "-= "],
  ["shift-not-moved", "fitByDescent", "t.data[i] -= learningRate * gradT.data[i]", "gradT.data[i]"],
  [
    "gradients-kept-from-start",
    "fitByDescent",
    "const { loss, gradS, gradT } = affineTransformLoss(p, pPrime, s, t);",
    'const { loss } = affineTransformLoss(p, pPrime, s, t);\n    const { gradS, gradT } = affineTransformLoss(p, pPrime, tensor([[1, 0], [0, 1]], { dtype: "float64" }), zeros([2], { dtype: "float64" }));',
  ],
  ["threshold-not-squared", "fitByRansac", "threshold ** 2", "threshold"],
  ["last-instead-of-best", "fitByRansac", "if (inliers > best.inliers) best", "best"],
  ["fewest-inliers", "fitByRansac", "inliers > best.inliers", "best.inliers < 0 || inliers < best.inliers"],
  ["outliers-counted", "fitByRansac", "squared <= threshold ** 2", "squared > threshold ** 2"],
];

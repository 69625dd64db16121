import type { Wrong } from "../wrong.ts";

export const wrong: readonly Wrong[] = [
  ["square-not-doubled", "f1", "const gradD = 2 * d;", "const gradD = d;"],
  ["output-squared-in-gradient", "f1", "const gradD = 2 * d;", "const gradD = 2 * L;"],
  ["difference-sign", "f1", "gradD, -gradD]", "gradD, gradD]"],
  [
    "product-not-swapped",
    "f1",
    "gradD * w1, gradD * x1, gradD * w2, gradD * x2",
    "gradD * x1, gradD * w1, gradD * x2, gradD * w2",
  ],
  [
    "upstream-forgotten",
    "f1",
    "[gradD * w1, gradD * x1, gradD * w2, gradD * x2, gradD, -gradD]",
    "[w1, x1, w2, x2, 1, -1]",
  ],
  ["used-twice-counted-once", "f2", "const gradE = gradT + gradB;", "const gradE = gradT;"],
  ["used-twice-counted-once", "f2", "const gradE = gradT + gradB;", "const gradE = gradB;"],
  ["inner-factor-forgotten", "f2", "[2 * gradA]", "[gradA]"],
  ["quotient-sign", "f2", "const gradB = -t", "const gradB = t"],
  ["exp-derivative", "f2", "const gradA = gradE * e;", "const gradA = gradE;"],
  ["one-hot-forgotten", "f3", "[p1 - (y === 1 ? 1 : 0), p2 - (y === 2 ? 1 : 0)]", "[p1, p2]"],
  [
    "gradient-sign",
    "f3",
    "[p1 - (y === 1 ? 1 : 0), p2 - (y === 2 ? 1 : 0)]",
    "[(y === 1 ? 1 : 0) - p1, (y === 2 ? 1 : 0) - p2]",
  ],
  ["label-off-by-one", "f3", "const e1", "y += y === 1 ? 1 : -1;\n  const e1"],
  [
    "log-sign",
    "f3",
    "return [L, [p1 - (y === 1 ? 1 : 0), p2 - (y === 2 ? 1 : 0)]]",
    "return [-L, [-(p1 - (y === 1 ? 1 : 0)), -(p2 - (y === 2 ? 1 : 0))]]",
  ],
  ["always-first-class", "f3", "const e1", "y = 1;\n  const e1"],
];

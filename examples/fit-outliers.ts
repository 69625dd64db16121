/** A third of the targets is wrong: least squares is pulled away, RANSAC is not. */
import assert from "node:assert/strict";
import {
  type AffineTransform,
  createRng,
  fitAffineLeastSquares,
  fitAffineRansac,
  fitAffineTransform,
  replaceTargets,
  sampleCorrespondences,
} from "chainrule";

const rng = createRng(442);
const { p, pPrime, truth } = sampleCorrespondences(rng);
const { pPrime: spoiled } = replaceTargets(pPrime, 1 / 3, rng);

const error = ({ s }: AffineTransform): number => Math.max(...s.data.map((v, i) => Math.abs(v - truth.s.data[i]!)));
const fits = {
  "gradient descent": fitAffineTransform(p, spoiled, { learningRate: "auto", steps: 300 }),
  "least squares": fitAffineLeastSquares(p, spoiled),
  RANSAC: fitAffineRansac(p, spoiled, { rng }),
};
for (const [name, fit] of Object.entries(fits)) console.log(`${name.padEnd(16)}  error of S ${error(fit).toFixed(4)}`);

assert(error(fits.RANSAC) < 0.02);
assert(error(fits["least squares"]) > 0.2);
assert(Math.abs(error(fits["gradient descent"]) - error(fits["least squares"])) < 1e-3); // the same minimum

/** A layer of your own: write forward and backward, and let numeric gradients tell whether they belong together. */
import assert from "node:assert/strict";
import { createRng, gradcheck, randn, Tensor } from "chainrule";

const softplusForward = (x) => [
  new Tensor(
    x.data.map((v) => Math.log1p(Math.exp(v))),
    x.shape,
    x.dtype,
  ),
  { x },
];
const softplusBackward = (gradOut, { x }) =>
  new Tensor(
    x.data.map((v, i) => gradOut.data[i] / (1 + Math.exp(-v))),
    x.shape,
    x.dtype,
  );
const forgetfulBackward = (_gradOut, { x }) =>
  new Tensor(
    x.data.map((v) => 1 / (1 + Math.exp(-v))),
    x.shape,
    x.dtype,
  );

const x = randn([3, 4], { rng: createRng(442), dtype: "float64" });
for (const [name, backward] of Object.entries({ softplusBackward, forgetfulBackward })) {
  const { passed, inputs } = gradcheck(softplusForward, backward, { x });
  const [{ maxAbsolute, at, analytic, numeric }] = inputs;
  console.log(
    `${name}: ${passed ? "right" : "wrong"}, largest difference ${maxAbsolute.toExponential(1)} at [${at}]: ${analytic.toFixed(4)} against ${numeric.toFixed(4)}`,
  );
  assert.equal(passed, backward === softplusBackward);
}

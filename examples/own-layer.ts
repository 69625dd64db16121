/** A layer of your own: write forward and backward, and let numeric gradients tell whether they belong together. */
import assert from "node:assert/strict";
import { createRng, gradcheck, randn, Tensor } from "chainrule";

type Float64 = Tensor<"float64">;
type Cache = { x: Float64 };
const like = (x: Float64, data: Float64["data"]): Float64 => new Tensor(data, x.shape, x.dtype);

/** `out = log(1 + exp(x))` */
const softplusForward = (x: Float64): [out: Float64, cache: Cache] => [
  like(
    x,
    x.data.map((v) => Math.log1p(Math.exp(v))),
  ),
  { x },
];
/** `gradX = gradOut / (1 + exp(−x))` */
const softplusBackward = (gradOut: Float64, { x }: Cache): Float64 =>
  like(
    x,
    x.data.map((v, i) => gradOut.data[i]! / (1 + Math.exp(-v))),
  );
/** The same without `gradOut`, as one writes it in a hurry. */
const forgetfulBackward = (_gradOut: Float64, { x }: Cache): Float64 =>
  like(
    x,
    x.data.map((v) => 1 / (1 + Math.exp(-v))),
  );

const x = randn([3, 4], { rng: createRng(442), dtype: "float64" });
for (const [name, backward] of Object.entries({ softplusBackward, forgetfulBackward })) {
  const { passed, inputs } = gradcheck(softplusForward, backward, { x });
  const { maxAbsolute, at, analytic, numeric } = inputs[0]!;
  console.log(
    `${name}: ${passed ? "right" : "wrong"}, largest difference ${maxAbsolute.toExponential(1)} at [${at}]: ${analytic.toFixed(4)} against ${numeric.toFixed(4)}`,
  );
  assert.equal(passed, backward === softplusBackward);
}

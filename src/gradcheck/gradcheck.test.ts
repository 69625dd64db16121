import { describe, expect, test } from "vitest";
import { type FcCache, fcBackward, fcForward, reluBackward, reluForward } from "../layers/index.ts";
import { createRng, type FloatDType, randn, type Tensor, tensor, zeros } from "../tensor/index.ts";
import { type GradcheckReport, gradcheck, gradcheckLoss, numericBackward, numericGradient } from "./index.ts";

const rng = createRng(442);
const normal = (...shape: number[]): Tensor<"float64"> => randn(shape, { rng, dtype: "float64" });
const float64 = (values: Parameters<typeof tensor>[0]): Tensor<"float64"> => tensor(values, { dtype: "float64" });

test("the numeric gradient of x³ is 3x², and x is left as it was", () => {
  const x = float64([1, -2, 0.5]);
  const grad = numericGradient((p) => p.data.reduce((sum, v) => sum + v ** 3, 0), x);
  [3, 12, 0.75].forEach((expected, i) => expect(grad.data[i]).toBeCloseTo(expected, 9));
  expect([...x.data]).toEqual([1, -2, 0.5]);
});

test("x is put back even when the function throws", () => {
  const x = float64([1, 2]);
  const failing = (): number => {
    throw new Error("no value here");
  };
  expect(() => numericGradient(failing, x)).toThrow("no value here");
  expect([...x.data]).toEqual([1, 2]);
});

test("the gradient handed in may be the input itself, and backward may write over it", () => {
  const x = float64([1, 2, 3]);
  const times5 = (v: Tensor<"float64">) => float64([...v.data].map((value) => 5 * value));
  numericBackward(times5, x, x).data.forEach((value, i) => {
    expect(value).toBeCloseTo(5 * x.data[i]!, 8);
  });
  const overwriting = (gradOut: Tensor<"float64">) => {
    gradOut.data.forEach((value, i) => {
      gradOut.data[i] = 5 * value;
    });
    return gradOut;
  };
  expect(gradcheck((v: Tensor<"float64">) => [times5(v), undefined], overwriting, { x }, x).passed).toBe(true);
  expect([...x.data]).toEqual([1, 2, 3]);
});

test("numericBackward is the vector–Jacobian product", () => {
  const square = (x: Tensor<"float64">): Tensor<"float64"> => float64([...x.data].map((v) => v * v));
  const grad = numericBackward(square, float64([3, 5]), float64([1, 10]));
  expect(grad.data[0]).toBeCloseTo(6, 9);
  expect(grad.data[1]).toBeCloseTo(100, 8);
  expect(() => numericBackward(square, float64([3, 5]), float64([1]))).toThrow(
    "numericBackward: expected gradY of the shape of f(x), (2), got (1)",
  );
});

describe("a planted wrong gradient is caught, with the element and the cause", () => {
  const inputs = { x: normal(3, 4), w: normal(4, 2), b: normal(2) };
  const gradOut = normal(3, 2);
  type Grads = readonly [x: Tensor<"float64">, w: Tensor<"float64">, b: Tensor<"float64">];
  const check = (wrong: (grads: Grads) => readonly Tensor<"float64">[]): GradcheckReport =>
    gradcheck(
      fcForward<"float64">,
      (grad: Tensor<"float64">, cache: FcCache<"float64">) => wrong(fcBackward(grad, cache)),
      inputs,
      gradOut,
    );

  test("one element off by 1e-6", () => {
    const report = check(([x, w, b]) => {
      w.data[5]! += 1e-6;
      return [x, w, b];
    });
    expect(report.passed).toBe(false);
    expect(report.inputs.map((input) => input.passed)).toEqual([true, false, true]);
    expect(report.inputs[1]).toMatchObject({ name: "w", at: [2, 1] });
    expect(report.inputs[1]!.maxAbsolute).toBeCloseTo(1e-6, 9);
    expect(report.inputs[1]!.analytic - report.inputs[1]!.numeric).toBeCloseTo(1e-6, 9);
  });

  test.each([
    ["twice", 2, "the analytic gradient is 2 times the numeric one throughout: a forgotten or doubled factor?"],
    ["with the sign flipped", -1, "the sign is flipped"],
    ["left at zero", 0, "the analytic gradient is all zeros: was it ever written?"],
    ["not finite", Number.NaN, "the analytic gradient holds NaN or Infinity"],
  ])("%s", (_, factor, hint) => {
    const report = check(([x, w, b]) => [x, float64(w.data.map((v) => v * factor)).reshape(w.shape), b]);
    expect(report.inputs[1]).toMatchObject({ passed: false, hint });
  });

  test("missing, or of the wrong shape", () => {
    const report = check(([x, w]) => [x, w.reshape([2, 4])]);
    expect(report.inputs[1]).toMatchObject({
      passed: false,
      maxAbsolute: Infinity,
      hint: "wrong shape: the gradient is (2, 4), the input (4, 2)",
    });
    expect(report.inputs[2]!.hint).toBe("missing gradient: the backward returned nothing for this input");
  });
});

describe("the tolerance", () => {
  const slope = (x: Tensor<"float64">, wrongBy: number): [number, Tensor<"float64">] => [
    3 * x.data[0]! + 5e6 * x.data[1]!,
    float64([3 + wrongBy, 5e6 * (1 + wrongBy)]),
  ];
  const passes = (wrongBy: number, tolerance?: number): boolean =>
    gradcheckLoss((x) => slope(x, wrongBy), { x: float64([0, 0]) }, tolerance === undefined ? {} : { tolerance })
      .passed;

  test("is 1e-9 unless set, relative to the sum of both gradients where that is above 1", () => {
    expect([passes(0), passes(1e-10), passes(1e-8), passes(-1e-8)]).toEqual([true, true, false, false]);
    expect([passes(1e-7, 1e-6), passes(1e-5, 1e-6)]).toEqual([true, false]);
    const report = gradcheckLoss((x) => slope(x, 0), { x: float64([0, 0]) });
    expect(report.tolerance).toBe(1e-9);
  });

  test("holds for every element, whatever the others are", () => {
    const loss = (x: Tensor<"float64">): [number, Tensor<"float64">] => [
      x.data[0]! + 1e6 * x.data[1]!,
      float64([1 + 1e-6, 1e6 * (1 + 1e-10)]), // the second differs by more, but relatively by less
    ];
    expect(gradcheckLoss(loss, { x: float64([1, 0]) }).passed).toBe(false);
  });
});

test("not a number is the largest difference, whatever comes after it", () => {
  const loss = (x: Tensor<"float64">): [number, Tensor<"float64">] => [
    x.data.reduce((a, b) => a + b, 0),
    float64([1, Number.NaN, 1e9, 1]),
  ];
  const report = gradcheckLoss(loss, { x: float64([1, 2, 3, 4]) });
  expect(report.inputs[0]).toMatchObject({ passed: false, at: [1], maxAbsolute: Infinity, maxRelative: Infinity });
  expect(report.inputs[0]!.hint).toBe("the analytic gradient holds NaN or Infinity");
});

test("at a tie of max the gradient is not judged right", () => {
  const max = (x: Tensor<"float64">): [number, Tensor<"float64">] => [Math.max(...x.data), float64([1, 0])];
  const report = gradcheckLoss(max, { x: float64([2, 2]) });
  expect(report.inputs[0]).toMatchObject({ passed: false });
  expect(report.inputs[0]!.hint).toMatch(/^a kink under the step/);
  expect(gradcheckLoss(max, { x: float64([2.01, 2]) }).passed).toBe(true);
});

test("a kink under the step is recognised", () => {
  const report = gradcheck(reluForward, reluBackward, { x: float64([0.5, 1e-5, -0.5]) }, float64([1, 1, 1]));
  expect(report.inputs[0]).toMatchObject({ passed: false, at: [1] });
  expect(report.inputs[0]!.hint).toMatch(/^a kink under the step/);
});

test("float32 inputs are recognised", () => {
  const x = randn([3, 4], { rng });
  const report = gradcheck(fcForward, fcBackward, { x, w: randn([4, 2], { rng }), b: zeros([2]) });
  expect(report.passed).toBe(false);
  expect(report.inputs.find((input) => !input.passed)!.hint).toBe(
    "float32 input: only about 7 digits; check in float64",
  );
});

test("a right gradient passes, and a loss that is not finite says so", () => {
  const quadratic = (x: Tensor<FloatDType>): [number, Tensor<"float64">] => [
    x.data[0]! ** 2,
    float64([2 * x.data[0]!]),
  ];
  expect(gradcheckLoss(quadratic, { x: float64([3]) }).passed).toBe(true);
  const report = gradcheckLoss(() => [Number.NaN, float64([1])], { x: float64([3]) });
  expect(report.inputs[0]).toMatchObject({ passed: false, hint: "the loss is NaN or Infinity near this point" });
});

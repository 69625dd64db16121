import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradcheck, gradcheckLoss } from "../gradcheck/index.ts";
import { createRng, randn, type Tensor, tensor, zeros } from "../tensor/index.ts";
import {
  fcBackward,
  fcForward,
  l2Loss,
  l2Regularization,
  matmul,
  reluBackward,
  reluForward,
  softmax,
  softmaxLoss,
} from "./index.ts";
import { checkLayers } from "./layer-checks.ts";

const float64 = (values: Parameters<typeof tensor>[0]): Tensor<"float64"> => tensor(values, { dtype: "float64" });

describe("fc", () => {
  test("two examples worked by hand", () => {
    const [out] = fcForward(
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([[10], [1]]),
      tensor([0.5]),
    );
    expect([...out.data]).toEqual([12.5, 34.5]); // 1·10 + 2·1 + 0.5 and 3·10 + 4·1 + 0.5
  });

  test("gradients worked by hand", () => {
    const [, cache] = fcForward(
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([[10], [1]]),
      tensor([0.5]),
    );
    const [gradX, gradW, gradB] = fcBackward(tensor([[1], [2]]), cache);
    expect(gradX.toArray()).toEqual([
      [10, 1],
      [20, 2],
    ]); // gradOut · wᵀ
    expect(gradW.toArray()).toEqual([[7], [10]]); // 1·1 + 3·2 and 2·1 + 4·2
    expect(gradB.toArray()).toEqual([3]);
  });

  test("gradients agree with numeric ones at any size, empty batches included", () => {
    const size = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 4 }), size, fc.nat(), (N, D, M, seed) => {
        const rng = createRng(seed);
        const make = (...shape: number[]): Tensor<"float64"> => randn(shape, { rng, dtype: "float64" });
        const report = gradcheck(fcForward, fcBackward, { x: make(N, D), w: make(D, M), b: make(M) }, make(N, M));
        expect(report.inputs.filter((input) => !input.passed)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("wrong shapes name the argument and the numbers", () => {
    const [w, b] = [zeros([3072, 10]), zeros([10])];
    expect(() => fcForward(zeros([64, 3, 32, 32]), w, b)).toThrow(
      "fcForward: expected x of shape (N, D) with D=3072, got (64, 3, 32, 32); flatten to (64, 3072) first",
    );
    expect(() => fcForward(zeros([64, 3072]), w, zeros([9]))).toThrow(
      "fcForward: expected b of shape (M) with M=10, got (9)",
    );
    const [, cache] = fcForward(zeros([2, 3072]), w, b);
    expect(() => fcBackward(zeros([3, 10]), cache)).toThrow(
      "fcBackward: expected gradOut of shape (N, M) with N=2, M=10, got (3, 10)",
    );
  });
});

test("matmul with transposes equals matmul of transposed matrices", () => {
  const a = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const b = tensor([
    [1, 0, 2],
    [0, 1, 1],
  ]);
  expect(matmul(a, b, { transposeB: true }).toArray()).toEqual([
    [7, 5],
    [16, 11],
  ]);
  expect(matmul(a, b, { transposeA: true }).toArray()).toEqual([
    [1, 4, 6],
    [2, 5, 9],
    [3, 6, 12],
  ]);
  expect(() => matmul(a, b)).toThrow("matmul: expected b of shape (K, N) with K=3, got (2, 3)");
  expect(() => matmul(a, tensor([1, 2]))).toThrow("matmul: expected b to be a matrix, got shape (2)");
});

describe("relu", () => {
  test("keeps positive numbers, and their gradients", () => {
    const [out, cache] = reluForward(tensor([-1, 0, 2, Number.NaN]));
    expect([...out.data]).toEqual([0, 0, 2, Number.NaN]);
    expect([...reluBackward(tensor([5, 6, 7, 8]), cache).data]).toEqual([0, 0, 7, 0]);
  });

  test("a gradient of another shape is refused", () => {
    const [, cache] = reluForward(zeros([2, 3]));
    expect(() => reluBackward(zeros([3, 2]), cache)).toThrow(
      "reluBackward: expected gradOut of shape x = (2, 3), got (3, 2)",
    );
  });
});

describe("softmaxLoss", () => {
  test("two examples worked by hand", () => {
    const [loss, grad] = softmaxLoss(
      float64([
        [0, Math.log(3)],
        [5, 5],
      ]),
      [1, 0],
    );
    expect(loss).toBeCloseTo((Math.log(4 / 3) + Math.log(2)) / 2, 14); // probs (1/4, 3/4) and (1/2, 1/2)
    const expected = [0.25 / 2, (0.75 - 1) / 2, (0.5 - 1) / 2, 0.5 / 2];
    grad.data.forEach((g, i) => expect(g).toBeCloseTo(expected[i]!, 14));
  });

  test("scores all equal give ln C", () => {
    for (const score of [0, 1e3, -1e3, 1e30, -1e30]) {
      const [loss] = softmaxLoss(tensor([Array<number>(10).fill(score)]), [3]);
      expect(loss).toBeCloseTo(Math.log(10), 12);
    }
  });

  test("a constant shift changes nothing, probabilities sum to 1, gradients to 0", () => {
    const scores = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        scores,
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 0, max: 2 }),
        (row, shift, label) => {
          const [loss, grad] = softmaxLoss(float64([row]), [label]);
          const [shifted] = softmaxLoss(float64([row.map((s) => s + shift)]), [label]);
          expect(Math.abs(shifted - loss)).toBeLessThan(1e-10 * Math.max(1, loss));
          expect(Math.abs(grad.data.reduce((a, b) => a + b, 0))).toBeLessThan(1e-14);
          expect(softmax(float64([row])).data.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
        },
      ),
    );
  });

  test("an empty batch has loss 0 and an empty gradient", () => {
    const [loss, grad] = softmaxLoss(zeros([0, 10]), []);
    expect([loss, grad.shape]).toEqual([0, [0, 10]]);
  });

  test("labels must be classes, one per row", () => {
    expect(() => softmaxLoss(zeros([2, 10]), [1, 10])).toThrow("softmaxLoss: expected labels from 0 to 9, got 10 at 1");
    expect(() => softmaxLoss(zeros([2, 10]), [1, -1])).toThrow("softmaxLoss: expected labels from 0 to 9, got -1 at 1");
    expect(() => softmaxLoss(zeros([2, 10]), [1])).toThrow(
      "softmaxLoss: expected labels of shape (N) with N=2, got (1)",
    );
  });
});

test("l2Loss and l2Regularization worked by hand", () => {
  const [loss, gradX] = l2Loss(
    tensor([
      [1, 2],
      [3, 4],
    ]),
    tensor([
      [0, 2],
      [3, 1],
    ]),
  );
  expect(loss).toBe((0.5 * (1 + 9)) / 2);
  expect(gradX.toArray()).toEqual([
    [0.5, 0],
    [0, 1.5],
  ]);
  const [penalty, gradW] = l2Regularization(
    float64([
      [1, -2],
      [3, 0],
    ]),
    0.5,
  );
  expect(penalty).toBe(0.25 * 14);
  expect(gradW.toArray()).toEqual([
    [0.5, -1],
    [1.5, 0],
  ]);
  expect(() => l2Regularization(zeros([2]), -1)).toThrow("l2Regularization: expected reg >= 0, got -1");
});

test("every layer passes the gradient check at ten points", () => {
  for (let seed = 0; seed < 10; seed++)
    for (const { name, report } of checkLayers(createRng(seed)))
      expect({ name, failed: report.inputs.filter((input) => !input.passed) }).toEqual({ name, failed: [] });
});

test("the losses' gradients agree with numeric ones for any labels", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }), fc.nat(), (labels, seed) => {
      const scores = randn([labels.length, 4], { rng: createRng(seed), dtype: "float64" });
      expect(gradcheckLoss((s: Tensor<"float64">) => softmaxLoss(s, labels), { scores }).passed).toBe(true);
    }),
    { numRuns: 30 },
  );
});

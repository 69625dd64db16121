import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradcheckLoss } from "../gradcheck/index.ts";
import { createRng, randn, type Tensor, tensor } from "../tensor/index.ts";
import {
  affineTransformLoss,
  applyAffineTransform,
  identityNumbers,
  lossAndGradients,
  meanSquaredDistance,
  transformOf,
} from "./affine-transform.ts";
import { checkFitting } from "./fitting-checks.ts";
import reference from "./fixtures/affine.json" with { type: "json" };
import { bestTransform, excessLoss, summarize } from "./summary.ts";

const f64 = { dtype: "float64" } as const;

describe("affineTransformLoss", () => {
  test("two points worked by hand", () => {
    const s = tensor([[1, 2], [0, 1]], f64); // biome-ignore format: a matrix
    const { loss, prediction, gradS, gradT } = affineTransformLoss(
      tensor([[1, 0], [2, 1]], f64), // biome-ignore format: a matrix
      tensor([[1, 1], [4, 0]], f64), // biome-ignore format: a matrix
      s,
      tensor([1, 0], f64),
    );
    expect(prediction.toArray()).toEqual([[2, 0], [5, 1]]); // biome-ignore format: a matrix
    expect(loss).toBe(2); // residuals (1, −1) and (1, 1): (2 + 2) / 2
    expect(gradS.toArray()).toEqual([
      [3, 1],
      [1, 1],
    ]); // 2/2 · [[1·1 + 1·2, 1·0 + 1·1], [−1·1 + 1·2, −1·0 + 1·1]] // biome-ignore format: a matrix
    expect(gradT.toArray()).toEqual([2, 0]);
  });

  test("NumPy's numbers", () => {
    const { s, t } = transformOf(identityNumbers());
    const { loss, gradS, gradT } = affineTransformLoss(tensor(reference.p, f64), tensor(reference.pPrime, f64), s, t);
    expect(loss).toBeCloseTo(reference.atIdentity.loss, 12);
    closeTo(gradS, reference.atIdentity.gradS.flat());
    closeTo(gradT, reference.atIdentity.gradT);
  });

  test("gradients agree with numeric ones on 100 random problems", () => {
    const checks = checkFitting(createRng(442));
    expect(checks).toHaveLength(100);
    expect(checks.filter(({ report }) => !report.passed)).toEqual([]);
  });

  test("the check bites: a forgotten factor 2 and a transposed gradS are caught", () => {
    const rng = createRng(1);
    const [p, pPrime] = [randn([9, 2], { rng, ...f64 }), randn([9, 2], { rng, ...f64 })];
    const inputs = { s: randn([2, 2], { rng, ...f64 }), t: randn([2], { rng, ...f64 }) };
    const planted = (change: (grads: number[]) => number[]) => (s: Tensor<"float64">, t: Tensor<"float64">) => {
      const { loss, gradS, gradT } = affineTransformLoss(p, pPrime, s, t);
      return [loss, tensor(change([...gradS.data]), { shape: [2, 2], ...f64 }), gradT] as const;
    };
    const report = (change: (grads: number[]) => number[]) =>
      gradcheckLoss(planted(change), inputs, { tolerance: 1e-8 });
    expect(report((g) => g).passed).toBe(true);
    expect(report((g) => g.map((v) => v / 2)).passed).toBe(false);
    expect(report(([a, b, c, d]) => [a!, c!, b!, d!]).passed).toBe(false);
  });

  test("takes float32 and whole numbers as they are", () => {
    const p = tensor([[1, 2], [3, 4]], { dtype: "int32" }); // biome-ignore format: a matrix
    const { s, t } = transformOf(identityNumbers());
    expect(affineTransformLoss(p, tensor([[1, 2], [3, 6]]), s, t).loss).toBe(2); // biome-ignore format: a matrix
  });
});

test("applyAffineTransform is the prediction", () => {
  const p = tensor([[1, 0], [2, 1]], f64); // biome-ignore format: a matrix
  const moved = applyAffineTransform(p, { s: tensor([[1, 2], [0, 1]], f64), t: tensor([1, 0], f64) }); // biome-ignore format: a matrix
  expect(moved.toArray()).toEqual([[2, 0], [5, 1]]); // biome-ignore format: a matrix
});

describe("Huber loss", () => {
  const pass = (residual: number, delta: number): [loss: number, gradT: number] => {
    const grads = new Float64Array(6);
    const loss = lossAndGradients(
      Float64Array.of(0, 0),
      Float64Array.of(-residual, 0),
      identityNumbers(),
      delta,
      grads,
    );
    return [loss, grads[4]!];
  };

  test("by hand: squared up to δ, then a straight line with slope 2δ", () => {
    expect(pass(1, 2)).toEqual([1, 2]);
    expect(pass(2, 2)).toEqual([4, 4]);
    expect(pass(5, 2)).toEqual([16, 4]); // 2·2·5 − 2²
    expect(pass(-5, 2)).toEqual([16, -4]);
  });

  test("gradients agree with numeric ones, away from |r| = δ", () => {
    const rng = createRng(3);
    const [p, pPrime] = [randn([30, 2], { rng, ...f64 }), randn([30, 2], { rng, ...f64 })];
    const report = gradcheckLoss(
      (s: Tensor<"float64">, t: Tensor<"float64">) => {
        const grads = new Float64Array(6);
        const loss = lossAndGradients(p.data, pPrime.data, Float64Array.of(...s.data, ...t.data), 0.7, grads);
        return [loss, tensor(grads.slice(0, 4), { shape: [2, 2], ...f64 }), tensor(grads.slice(4), f64)];
      },
      { s: randn([2, 2], { rng, ...f64 }), t: randn([2], { rng, ...f64 }) },
      { tolerance: 1e-8 },
    );
    expect(report.passed).toBe(true);
  });
});

test("the summary gives the same loss and gradients as all points, the best transform the smallest loss", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 1, 1000),
      fc.constantFrom([1, 1], [1, 0], [0, 1], [1e-3, 1], [0, 0]),
      (seed, count, offset, widths) => {
        const rng = createRng(seed);
        const from = Float64Array.from(randn([2 * count], { rng, ...f64 }).data, (v, i) => widths[i & 1]! * v + offset);
        const to = Float64Array.from(randn([2 * count], { rng, ...f64 }).data, (v) => v - offset);
        const six = randn([6], { rng, ...f64 }).data;
        const [grads, expected] = [new Float64Array(6), new Float64Array(6)];
        const expectedLoss = lossAndGradients(from, to, six, Number.POSITIVE_INFINITY, expected);
        const summary = summarize(from, to);
        const loss = summary.smallestLoss + excessLoss(summary, six, grads);
        const scale = 1 + offset * offset;
        expect(Math.abs(loss - expectedLoss)).toBeLessThan(1e-12 * scale);
        for (let i = 0; i < 6; i++) expect(Math.abs(grads[i]! - expected[i]!)).toBeLessThan(1e-12 * scale);
        const best = meanSquaredDistance(from, to, bestTransform(summary));
        expect(Math.abs(best - summary.smallestLoss)).toBeLessThan(1e-12 * scale);
      },
    ),
  );
});

function closeTo(x: Tensor<"float64">, expected: readonly number[]): void {
  expect(x.size).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(x.data[i]).toBeCloseTo(value, 11);
}

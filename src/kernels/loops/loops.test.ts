/** The loops are what everything else is compared with, so they are compared with numbers worked by hand. */
import { describe, expect, test } from "vitest";
import { refusalCases } from "../kernels.cases.ts";
import { loops } from "./loops.ts";

refusalCases("loops", () => loops);

const f64 = (...values: number[]): Float64Array => Float64Array.from(values);

test("gemm", () => {
  const product = { m: 2, n: 2, k: 3, a: f64(1, 2, 3, 4, 5, 6), b: f64(1, 0, 0, 1, 1, 1), out: f64(1, 1, 1, 1) };
  loops.gemm(product);
  expect([...product.out]).toEqual([4, 5, 10, 11]); // 1·1 + 2·0 + 3·1, 1·0 + 2·1 + 3·1, …
  loops.gemm({ ...product, alpha: -1, beta: 1, bias: f64(1, -1), relu: true });
  expect([...product.out]).toEqual([1, 0, 1, 0]); // out − product + bias, cut off below 0
  loops.gemm({ ...product, alpha: 2, mask: f64(1, 0, -1, Number.NaN) });
  expect([...product.out]).toEqual([8, 0, 0, 0]); // kept only where the mask is > 0
});

test.each([
  [false, false, f64(1, 2, 3, 4, 5, 6), f64(1, 0, 0, 1, 1, 1)],
  [true, false, f64(1, 4, 2, 5, 3, 6), f64(1, 0, 0, 1, 1, 1)],
  [false, true, f64(1, 2, 3, 4, 5, 6), f64(1, 0, 1, 0, 1, 1)],
  [true, true, f64(1, 4, 2, 5, 3, 6), f64(1, 0, 1, 0, 1, 1)],
])("gemm, transposed: %s, %s", (transposeA, transposeB, a, b) => {
  const out = f64(0, 0, 0, 0);
  expect(loops.gemmWithSquares({ m: 2, n: 2, k: 3, a, b, transposeA, transposeB, out })).toBe(4);
  expect([...out]).toEqual([4, 5, 10, 11]);
});

test("what has a factor of 0 is not read", () => {
  const out = f64(Number.NaN);
  loops.gemm({ m: 1, n: 1, k: 1, a: f64(2), b: f64(3), out });
  expect(out[0]).toBe(6);
  loops.gemm({ m: 1, n: 1, k: 1, a: f64(Number.NaN), b: f64(3), out, alpha: 0, beta: 2 });
  expect(out[0]).toBe(12);
});

test("softmaxLoss subtracts the maximum, so huge scores stay finite", () => {
  const grad = f64(0, 0, 0, 0);
  const loss = loops.softmaxLoss(f64(1000, 1000 + Math.log(3), -5, -5), Int32Array.of(0, 1), 2, grad);
  expect(loss).toBeCloseTo((Math.log(4) + Math.log(2)) / 2, 10); // −log 1/4 and −log 1/2
  [-3 / 8, 3 / 8, 1 / 4, -1 / 4].forEach((value, i) => {
    expect(grad[i]).toBeCloseTo(value, 10); // (probs − onehot) / 2
  });
  expect(loops.softmaxLoss(f64(), Int32Array.of(), 2, f64())).toBe(0);
});

test("rows and elements", () => {
  const out = f64(0, 0, 0);
  loops.sumRows(f64(1, 2, 3, 10, 20, 30), out);
  expect([...out]).toEqual([11, 22, 33]);
  loops.sumRows(f64(), out);
  expect([...out]).toEqual([0, 0, 0]);
  loops.relu(f64(-1, 2, Number.NaN), out);
  expect([...out]).toEqual([0, 2, Number.NaN]);
  loops.reluBackward(f64(5, 6, 7), f64(0, 2, -1), out);
  expect([...out]).toEqual([0, 6, 0]);
  expect(loops.sumSquares(f64(3, -4))).toBe(25);
  loops.addScaled(f64(1, 2, 3), 2, out);
  expect([...out]).toEqual([2, 10, 6]);
  loops.addScaled(f64(1, 1, 1), -1, out, 0.5);
  expect([...out]).toEqual([0, 4, 2]);
});

describe("update", () => {
  const sgd = (momentum: number, nesterov = false) => ({ name: "sgd", momentum, nesterov }) as const;

  test("plain, heavy ball, Nesterov, decayed and scaled", () => {
    const [w, velocity] = [f64(10), f64(4)];
    const step = { w, slots: [], gradient: f64(2), learningRate: 0.5 };
    loops.update({ ...step, rule: sgd(0) });
    expect(w[0]).toBe(9); // 10 − 0.5·2
    loops.update({ ...step, rule: sgd(0), weightDecay: 1 });
    expect(w[0]).toBe(3.5); // 9 − 0.5·(2 + 9)
    loops.update({ ...step, rule: sgd(0.5), slots: [velocity] });
    expect([velocity[0], w[0]]).toEqual([4, 1.5]); // 0.5·4 + 2
    loops.update({ ...step, rule: sgd(0.5, true), slots: [velocity] });
    expect([velocity[0], w[0]]).toEqual([4, -0.5]); // moves by 0.5·(0.5·4 + 2)
    loops.update({ ...step, rule: sgd(0), scale: 0.25, weightDecay: 1 });
    expect(w[0]).toBe(-0.5); // −0.5 − 0.5·(0.25·2 − 0.5)
  });

  test("by a product", () => {
    const [w, velocity] = [f64(10, 20), f64(4, 4)];
    const gradient = { m: 1, n: 2, k: 1, a: f64(2), b: f64(1, 3) };
    loops.update({ w, slots: [velocity], rule: sgd(0.5), gradient, learningRate: 0.5, weightDecay: 1 });
    expect([...velocity]).toEqual([14, 28]); // 0.5·4 + 2·1 + 10, 0.5·4 + 2·3 + 20
    expect([...w]).toEqual([3, 6]);
  });

  test("RMSProp: a square of 4 and one of 16 are averaged to 10 and a root; with momentum", () => {
    const [w, square, velocity] = [f64(1), f64(4), f64(8)];
    const step = { w, gradient: f64(4), learningRate: 0.5 };
    const rule = { name: "rmsprop", alpha: 0.5, eps: 1, momentum: 0 } as const;
    loops.update({ ...step, slots: [square], rule });
    expect(square[0]).toBe(10);
    expect(w[0]).toBeCloseTo(1 - (0.5 * 4) / (Math.sqrt(10) + 1), 14);
    w[0] = 1;
    square[0] = 2; // becomes 9
    loops.update({ ...step, slots: [square, velocity], rule: { ...rule, momentum: 0.5 } });
    expect([square[0], velocity[0], w[0]]).toEqual([9, 5, -1.5]); // 0.5·8 + 4 / (3 + 1)
  });

  test("Adagrad: squares add up", () => {
    const [w, sum] = [f64(1), f64(7)];
    loops.update({ w, slots: [sum], gradient: f64(3), learningRate: 2, rule: { name: "adagrad", eps: 2 } });
    expect([sum[0], w[0]]).toEqual([16, 0]); // 1 − 2·3 / (4 + 2)
  });

  test("Adam: the first step, corrected; with decay of its own", () => {
    const [w, mean, square] = [f64(8), f64(0), f64(0)];
    const rule = { name: "adam", beta1: 0.5, beta2: 0.75, eps: 1, step: 1, decoupledDecay: 0 } as const;
    const step = { w, slots: [mean, square], gradient: f64(4), learningRate: 0.5 };
    loops.update({ ...step, rule });
    expect([mean[0], square[0]]).toEqual([2, 4]);
    expect(w[0]).toBeCloseTo(8 - 0.5 * (4 / (4 + 1)), 14); // both corrected to 4 and 16
    mean[0] = square[0] = 0;
    w[0] = 8;
    loops.update({ ...step, rule: { ...rule, decoupledDecay: 0.25 } });
    expect(w[0]).toBeCloseTo(8 - 0.5 * 0.25 * 8 - 0.4, 14);
  });
});

test("batch normalisation of (1, 3) and of (2, 2), with relu, by hand", () => {
  const [x, out, mean, variance] = [f64(1, 2, 3, 2), f64(0, 0, 0, 0), f64(0, 0), f64(0, 0)];
  const job = { rows: 2, columns: 2, x, gamma: f64(2, 5), beta: f64(1, 7), eps: 3, mean, variance, out, relu: true };
  loops.batchNormForward(job);
  expect([...mean, ...variance]).toEqual([2, 2, 1, 0]);
  expect([...out]).toEqual([0, 7, 2, 7]); // 2·(∓1)/√(1 + 3) + 1
  const [gradX, gradGamma, gradBeta] = [f64(0, 0, 0, 0), f64(0, 0), f64(0, 0)];
  loops.batchNormBackward({ ...job, gradOut: f64(9, 1, 4, 2), gradX, gradGamma, gradBeta });
  expect([...gradBeta]).toEqual([4, 3]); // the 9 does not pass the relu
  expect([...gradGamma]).toEqual([2, 0]); // 4 · 1/2
  expect(gradX[0]).toBeCloseTo(0 - 2 + 0.5, 14); // 2/2 · (0 − 4/2 + 1/2 · 2/2)
  expect(gradX[2]).toBeCloseTo(4 - 2 - 0.5, 14);
  expect(gradX[1]).toBeCloseTo((5 / Math.sqrt(3)) * (1 - 1.5), 14);
});

test("dropout keeps what its hash says, the same for the same key, and as many as it should", () => {
  const out = new Float64Array(100_000);
  const ones = new Float64Array(100_000).fill(1);
  loops.dropout(ones, out, { rate: 0.3, key: 12345 });
  const kept = out.filter((value) => value !== 0);
  expect(new Set(kept)).toEqual(new Set([1 / 0.7]));
  expect(Math.abs(kept.length / 100_000 - 0.7)).toBeLessThan(0.006); // four standard deviations
  const again = new Float64Array(100_000);
  loops.dropout(ones, again, { rate: 0.3, key: 12345 });
  expect(again).toEqual(out);
  loops.dropout(ones, again, { rate: 0.3, key: 12346 });
  const both = out.filter((value, i) => value !== 0 && again[i] !== 0).length;
  expect(Math.abs(both / 100_000 - 0.49)).toBeLessThan(0.0064); // keys are independent
  const pairs = out.filter((value, i) => value !== 0 && out[i + 1] !== 0).length;
  expect(Math.abs(pairs / 100_000 - 0.49)).toBeLessThan(0.0064); // and so are neighbours
});

test("gatherBytes", () => {
  const out = new Float32Array(8);
  loops.gatherBytes({
    bytes: Uint8Array.of(0, 1, 2, 3, 252, 253, 254, 255),
    indices: Int32Array.of(1, 0),
    channels: 2,
    plane: 2,
    scale: Float32Array.of(2, 1),
    shift: Float32Array.of(0, -1),
    out,
  });
  expect([...out]).toEqual([504, 506, 253, 254, 0, 2, 1, 2]);
});

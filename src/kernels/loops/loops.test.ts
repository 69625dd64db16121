/** The loops are what everything else is compared with, so they are compared with numbers worked by hand. */
import { expect, test } from "vitest";
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

test("sgdUpdate", () => {
  const [w, velocity] = [f64(10), f64(4)];
  const settings = { w, grad: f64(2), learningRate: 0.5 };
  loops.sgdUpdate(settings);
  expect(w[0]).toBe(9); // 10 − 0.5·2
  loops.sgdUpdate({ ...settings, weightDecay: 1 });
  expect(w[0]).toBe(3.5); // 9 − 0.5·(2 + 9)
  loops.sgdUpdate({ ...settings, velocity, momentum: 0.5 });
  expect([velocity[0], w[0]]).toEqual([4, 1.5]); // 0.5·4 + 2
  loops.sgdUpdate({ ...settings, velocity, momentum: 0.5, nesterov: true });
  expect([velocity[0], w[0]]).toEqual([4, -0.5]); // moves by 0.5·(0.5·4 + 2)
  loops.sgdUpdate({ w, velocity, learningRate: 0.5, momentum: 0.5 });
  expect([velocity[0], w[0]]).toEqual([4, -2.5]); // the velocity has it all already
});

test("weightStep", () => {
  const [w, velocity] = [f64(10, 20), f64(4, 4)];
  const step = { m: 1, n: 2, k: 1, a: f64(2), b: f64(1, 3), w, learningRate: 0.5, momentum: 0.5, weightDecay: 1 };
  loops.weightStep({ ...step, velocity });
  expect([...velocity]).toEqual([14, 28]); // 0.5·4 + 2·1 + 10, 0.5·4 + 2·3 + 20
  expect([...w]).toEqual([3, 6]);
  loops.weightStep(step);
  expect([...w]).toEqual([0.5, 0]); // 3 − 0.5·(2 + 3), 6 − 0.5·(6 + 6)
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

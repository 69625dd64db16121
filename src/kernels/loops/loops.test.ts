import { expect, test } from "vitest";
import { kernelsCases } from "../kernels.cases.ts";
import { loops } from "./loops.ts";

kernelsCases("loops", () => loops);

test("a product worked by hand", () => {
  const out = Float64Array.of(1, 1, 1, 1);
  const a = Float64Array.of(1, 2, 3, 4, 5, 6);
  const b = Float64Array.of(1, 0, 0, 1, 1, 1);
  loops.gemm({ m: 2, n: 2, k: 3, a, b, out });
  expect([...out]).toEqual([4, 5, 10, 11]); // 1·1 + 2·0 + 3·1, 1·0 + 2·1 + 3·1, …
  loops.gemm({ m: 2, n: 2, k: 3, a, b, out, alpha: -1, beta: 1, bias: Float64Array.of(1, -1), relu: true });
  expect([...out]).toEqual([1, 0, 1, 0]); // out - product + bias, cut off below 0
});

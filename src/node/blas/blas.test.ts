import { afterAll, describe, expect, test } from "vitest";
import { kernelsCases } from "../../kernels/kernels.cases.ts";
import { createBlas } from "./blas.ts";

const alone = createBlas({ threads: 1 });
const together = createBlas({ threads: 3 });
afterAll(() => {
  for (const kernels of [alone, together]) if (typeof kernels !== "string") kernels.stop();
});

if (typeof alone === "string" || typeof together === "string") {
  test(`no BLAS on this machine: ${alone}`, () => {
    expect(alone).toMatch(/koffi|no BLAS library was found/);
  });
} else {
  kernelsCases("blas", () => alone);
  kernelsCases("blas threaded", () => together);
}

describe("a path that leads nowhere", () => {
  test("is named with the reason", () => {
    expect(createBlas({ threads: 1, path: "/nowhere/libblas.so" })).toMatch(/CHAINRULE_BLAS_PATH is "\/nowhere|koffi/);
  });
  test("so is a library without matrix products", () => {
    expect(createBlas({ threads: 1, path: "libm.so.6" })).toMatch(/CHAINRULE_BLAS_PATH is "libm.so.6": |koffi/);
  });
});

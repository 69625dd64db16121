import { expect, test } from "vitest";
import { tensor } from "../tensor/create.ts";
import { formatTransform } from "./fit-points.ts";

test("a transform is printed in columns, and a number that rounds to zero has no sign", () => {
  const s = tensor([1.25, -0.00001, 0.00001, -0.5], { shape: [2, 2], dtype: "float64" });
  const t = tensor([-2, 0], { dtype: "float64" });
  expect(formatTransform({ s, t })).toBe("S = [[ 1.2500,  0.0000],\n     [ 0.0000, -0.5000]]\nt =  [-2.0000,  0.0000]");
});

import { expect, test } from "vitest";
import { createRng } from "../../tensor/rng.ts";
import { graph } from "../graph.ts";
import { f1, f2, f3, f4 } from "./index.ts";
import { type FunctionName, functionTexts } from "./texts.ts";

const functions: Record<FunctionName, (...inputs: number[]) => [number, number[]]> = { f1, f2, f3, f4 };
const names = Object.keys(functions) as FunctionName[];
const inputs: Record<FunctionName, string> = { f1: "x1 w1 x2 w2 b y", f2: "x", f3: "s1 s2 y", f4: "x w b y" };

test("examples worked by hand", () => {
  expect(f1(1, 2, 3, 4, 5, 6)).toEqual([169, [52, 26, 104, 78, 26, -26]]); // (2 + 12 + 5 − 6)² = 13²
  expect(f2(0)).toEqual([0, [1]]); // tanh 0 = 0, with slope 1
  expect(f3(0, 0, 1)).toEqual([Math.log(2), [-0.5, 0.5]]); // two equal scores
  const [loss, [gradX, gradW, gradB]] = f4(2, 0, 0, 1); // z = 0, so q = p = ½ and L = −(½)² ln ½
  expect(loss).toBeCloseTo(0.25 * Math.log(2), 15);
  // dL/dq = 2 (1 − q) ln q − (1 − q)² / q = −ln 2 − ½, and dq/dz = ¼
  expect(gradB).toBeCloseTo(-0.25 * (Math.log(2) + 0.5), 15);
  expect(gradW).toBeCloseTo(-0.5 * (Math.log(2) + 0.5), 15);
  expect(gradX).toBeCloseTo(0, 15);
});

test.each(names)("%s by hand and as a graph agree to the last bit", (name) => {
  const g = graph(functionTexts[name]);
  expect(g.inputs.join(" ")).toBe(inputs[name]);
  expect(g.toString()).toBe(functionTexts[name]);
  const run = g.compile();
  const copied = g.withCopies().compile();
  const rng = createRng(442);
  for (let trial = 0; trial < 2000; trial++) {
    const inputs = g.inputs.map((input) => (input === "y" && name > "f2" ? rng.integer(1, 2) : rng.normal() * 2));
    const expected = functions[name](...inputs);
    expect(run(...inputs)).toEqual(expected);
    expect(copied(...inputs)).toEqual(expected);
  }
});

test("f2 is tanh, f3 the softmax loss, f4 small for what is right already", () => {
  expect(f2(0.7)[0]).toBeCloseTo(Math.tanh(0.7), 15);
  expect(f3(1, 3, 2)[0]).toBeCloseTo(Math.log1p(Math.exp(1 - 3)), 15);
  expect(f4(1, 4, 0, 1)[0]).toBeLessThan(1e-5);
  expect(f4(1, 4, 0, 2)[0]).toBeGreaterThan(3.5);
});

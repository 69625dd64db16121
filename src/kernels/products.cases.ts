/** Products and the steps of optimizers that take one as a gradient agree with the loops at every size. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FloatArray, Gemm, Kernels, UpdateRule } from "./kernels.ts";
import { loops } from "./loops/loops.ts";
import {
  arrayMaker,
  copy,
  type Draw,
  type DType,
  draws,
  expectClose,
  large,
  places,
  small,
  stream,
} from "./random-arrays.cases.ts";

/** m, n and k, at most one of them large: the loops are slow. */
const threeSizes = fc
  .tuple(small, small, small, fc.oneof(fc.constant(undefined), large), fc.nat({ max: 2 }))
  .map(([m, n, k, long, at]) => [m, n, k].map((one, i) => (long && i === at ? long : one)) as [number, number, number]);

const rules: readonly UpdateRule[] = [
  { name: "sgd", momentum: 0, nesterov: false },
  { name: "sgd", momentum: 0.9, nesterov: false },
  { name: "sgd", momentum: 0.9, nesterov: true },
  { name: "rmsprop", alpha: 0.9, eps: 0.1, momentum: 0 },
  { name: "rmsprop", alpha: 0.9, eps: 0.1, momentum: 0.5 },
  { name: "adagrad", eps: 0.1 },
  { name: "adam", beta1: 0.9, beta2: 0.99, eps: 0.1, step: 3, decoupledDecay: 0 },
  { name: "adam", beta1: 0.9, beta2: 0.99, eps: 0.1, step: 1, decoupledDecay: 0.5 },
];

function slotsOf(rule: UpdateRule): number {
  if (rule.name === "adam") return 2;
  return (rule.name === "sgd" ? 0 : 1) + ("momentum" in rule && rule.momentum > 0 ? 1 : 0);
}

export function productCases(name: string, get: () => Kernels): void {
  describe.each<DType>(["float32", "float64"])(`${name}, %s`, (dtype) => {
    const array = arrayMaker(get, dtype);
    const options = fc.record({
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      alpha: fc.constantFrom(1, -0.5, 0),
      beta: fc.constantFrom(0, 1, 0.75),
      bias: fc.boolean(),
      relu: fc.boolean(),
      mask: fc.boolean(),
    });

    type Options = Record<"transposeA" | "transposeB" | "bias" | "relu" | "mask", boolean> &
      Record<"alpha" | "beta", number>;

    /** A product of random numbers as the options say, and what its errors are small next to. */
    function randomProduct([m, n, k]: readonly number[], chosen: Options, draw: Draw, place: string) {
      const next = stream(draw);
      const product: Gemm = {
        ...{ m: m!, n: n!, k: k!, ...pick(chosen, "transposeA", "transposeB", "alpha", "beta", "relu") },
        a: array(place, m! * k!, next),
        b: array(place, k! * n!, next),
        out: array(place, m! * n!, chosen.beta === 0 ? () => Number.NaN : next),
        ...(chosen.bias ? { bias: array(place, n!, next) } : {}),
        ...(chosen.mask ? { mask: array(place, m! * n!, next) } : {}),
      };
      return { product, expected: copy(product.out), scale: magnitudes(product) };
    }

    test("gemm: any size, transposed or not, scaled, biased, cut off and masked", () => {
      const property = fc.property(threeSizes, options, draws, places, (sizes, chosen, draw, place) => {
        const { product, expected, scale } = randomProduct(sizes, chosen, draw, place);
        loops.gemm({ ...product, out: expected });
        get().gemm(product);
        expectClose(product.out, expected, scale);
      });
      fc.assert(property, { numRuns: 100 });
    });

    test("gemm: large enough for all threads and several blocks of k", () => {
      const chosen = { transposeA: false, transposeB: false, alpha: 1, beta: 0.5, bias: true, relu: true, mask: true };
      const { product, expected, scale } = randomProduct(
        [195, 99, 517],
        chosen,
        { seed: 1, special: false },
        "allocated",
      );
      loops.gemm({ ...product, out: expected });
      get().gemm(product);
      expectClose(product.out, expected, scale);
    });

    test("gemmWithSquares: the product and the sum of the squares of b, over long sums too", () => {
      const lengths = fc.oneof(small, fc.constantFrom(511, 512, 1023, 1537, 2049));
      const property = fc.property(small, small, lengths, options, draws, places, (m, n, k, chosen, draw, place) => {
        const { product, expected, scale } = randomProduct([m, n, k], chosen, draw, place);
        const squares = loops.gemmWithSquares({ ...product, out: expected });
        const found = get().gemmWithSquares(product);
        expectClose(product.out, expected, scale);
        expectClose(Float64Array.of(found), Float64Array.of(squares), Float64Array.of(squares));
      });
      fc.assert(property, { numRuns: 50 });
    });

    /** One step of an optimizer, whose gradient is a product or an array. */
    function compareUpdate(
      [m, n, k]: readonly number[],
      chosen: Options,
      rule: UpdateRule,
      draw: Draw,
      place: string,
    ): void {
      // Roots and quotients have no use for infinite numbers, of which no two roundings agree.
      const next = stream({ ...draw, special: draw.special && rule.name === "sgd" });
      const product = {
        ...{ m: m!, n: n!, k: k!, ...pick(chosen, "transposeA", "transposeB") },
        a: array(place, m! * k!, next),
        b: array(place, k! * n!, next),
      };
      const length = m! * n!;
      const gradient = chosen.bias ? array(place, length, next) : product;
      const w = array(place, length, next);
      const slots = Array.from({ length: slotsOf(rule) }, () =>
        array(place, length, (i) => (rule.name === "sgd" ? next(i) : Math.abs(next(i)))),
      );
      const rates = { learningRate: 0.1, scale: chosen.beta === 0.75 ? 0.75 : 1, weightDecay: chosen.mask ? 0.2 : 0 };
      const [expectedW, expectedSlots] = [copy(w), slots.map(copy)];
      // What divides by a root of something small magnifies roundings of the gradient: by 1 / eps at most.
      const ones = array(place, length, () => 1);
      const scale = chosen.bias ? ones : magnitudes({ ...product, out: ones, beta: 1 });
      for (const read of [w, ...slots, ...("m" in gradient ? [] : [gradient])])
        read.forEach((value, i) => (scale[i]! += Number.isFinite(value) ? Math.abs(value) : 0));
      const magnified = rule.name === "sgd" ? scale : scale.map((value) => value * (1 + value) * 20);
      loops.update({ w: expectedW, slots: expectedSlots, rule, gradient, ...rates });
      get().update({ w, slots, rule, gradient, ...rates });
      slots.forEach((slot, i) => {
        expectClose(slot, expectedSlots[i]!, magnified as FloatArray);
      });
      expectClose(w, expectedW, magnified as FloatArray);
    }

    test("update: every rule, by products of any size and by arrays, scaled and decayed", () => {
      fc.assert(fc.property(threeSizes, options, fc.constantFrom(...rules), draws, places, compareUpdate), {
        numRuns: 120,
      });
    });

    // One or two slots: each rule has been compared at every other size above.
    test.each([rules[2]!, rules[7]!])("update: weights larger than the caches by $name", (rule) => {
      const chosen = { transposeA: true, transposeB: false, alpha: 1, beta: 0, bias: false, relu: false, mask: true };
      compareUpdate([1201, 517, 2], chosen, rule, { seed: 5, special: false }, "allocated");
    });

    test.each([0, 0.5])("update: the roundings of a thousand decays cancel (momentum %d)", (momentum) => {
      const [m, n, steps, learningRate, weightDecay] = [17, 9, 1000, 0.3, 0.01];
      const [w, velocity] = [array("allocated", m * n, (i) => Math.sin(i + 1)), array("allocated", m * n, () => 0)];
      const gradient = { m, n, k: 1, a: array("allocated", m, () => 0), b: array("allocated", n, () => 0) };
      const rule = { name: "sgd", momentum, nesterov: false } as const;
      const slots = momentum > 0 ? [velocity] : [];
      for (let i = 0; i < steps; i++) get().update({ w, slots, rule, gradient, learningRate, weightDecay });
      let [expected, v] = [1, 0];
      for (let i = 0; i < steps; i++) {
        v = momentum * v + weightDecay * expected;
        expected -= learningRate * v;
      }
      const tolerance = dtype === "float32" ? 4e-6 : 1e-13;
      w.forEach((value, i) => {
        expect(Math.abs(value / Math.sin(i + 1) / expected - 1)).toBeLessThan(tolerance);
      });
    });
  });
}

function pick<T, K extends keyof T>(from: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

/** `|alpha| |op(a)| |op(b)| + |beta out| + |bias|`: rounding errors of a product are small next to it. */
function magnitudes({ a, b, out, bias, relu: _, mask: __, alpha = 1, beta = 0, ...rest }: Gemm): FloatArray {
  const result = out.map(Math.abs) as FloatArray;
  const absolute = { a: a.map(Math.abs) as FloatArray, b: b.map(Math.abs) as FloatArray };
  const offset = bias ? { bias: bias.map(Math.abs) as FloatArray } : {};
  loops.gemm({ ...rest, ...absolute, ...offset, alpha: Math.abs(alpha), beta: Math.abs(beta), out: result });
  return result;
}

/** The contract of every kernels implementation: agree with the loops at every size, refuse what would corrupt memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SettingError, ShapeError } from "../errors.ts";
import type { FloatArray, Gemm, Kernels } from "./kernels.ts";
import { loops } from "./loops/loops.ts";

type DType = "float32" | "float64";
type Values = (i: number) => number;

/** Sizes around the lengths of vectors, and around those of tiles and packed blocks. */
const small = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17), fc.integer({ min: 1, max: 40 }));
const large = fc.constantFrom(63, 64, 65, 127, 128, 129, 191, 193, 255, 257, 300);
const size = fc.oneof({ weight: 3, arbitrary: small }, large);
/** m, n and k, at most one of them large: the loops are slow. */
const threeSizes = fc
  .tuple(small, small, small, fc.oneof(fc.constant(undefined), large), fc.nat({ max: 2 }))
  .map(([m, n, k, long, at]) => [m, n, k].map((one, i) => (long && i === at ? long : one)) as [number, number, number]);
type Draw = { seed: number; special: boolean };
const draws = fc.record({ seed: fc.integer(), special: fc.boolean() });
const places = fc.constantFrom("allocated", "elsewhere");

export function kernelsCases(name: string, get: () => Kernels): void {
  refusalCases(name, get);

  describe.each<DType>(["float32", "float64"])(`${name}, %s`, (dtype) => {
    /** An array as a caller may have it: in the kernels' own memory or anywhere. */
    function array(place: string, length: number, values: Values): FloatArray {
      const result = allocate(place === "allocated" ? get() : loops, dtype, length);
      for (let i = 0; i < length; i++) result[i] = values(i);
      return result;
    }
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

    /** One step with momentum 0.9, or without. */
    function compareWeightStep([m, n, k]: readonly number[], chosen: Options, draw: Draw, place: string): void {
      const next = stream(draw);
      const [momentum, weightDecay] = [chosen.relu ? 0.9 : 0, chosen.mask ? 0.2 : 0];
      const product = {
        ...{ m: m!, n: n!, k: k!, ...pick(chosen, "transposeA", "transposeB") },
        a: array(place, m! * k!, next),
        b: array(place, k! * n!, next),
      };
      const rates = { learningRate: 0.1, momentum, weightDecay };
      const [w, velocity] = [array(place, m! * n!, next), array(place, m! * n!, next)];
      const [expectedW, expectedV] = [copy(w), copy(velocity)];
      const withMomentum = momentum > 0;
      const out = withMomentum ? velocity : w;
      const scale = magnitudes({ ...product, out, beta: 1, bias: array(place, n!, () => 1) });
      loops.weightStep({ ...product, ...rates, w: expectedW, ...(withMomentum && { velocity: expectedV }) });
      get().weightStep({ ...product, ...rates, w, ...(withMomentum && { velocity }) });
      expectClose(velocity, expectedV, scale);
      expectClose(w, expectedW, scale);
    }

    test("weightStep: any size, with and without momentum and decay", () => {
      fc.assert(fc.property(threeSizes, options, draws, places, compareWeightStep), { numRuns: 60 });
    });

    test.each([true, false])("weightStep: weights larger than the caches (momentum: %s)", (relu) => {
      const chosen = { transposeA: true, transposeB: false, alpha: 1, beta: 0, bias: false, relu, mask: true };
      compareWeightStep([1201, 517, 2], chosen, { seed: 5, special: false }, "allocated");
    });

    test.each([0, 0.5])("weightStep: the roundings of a thousand decays cancel (momentum %d)", (momentum) => {
      const [m, n, steps, learningRate, weightDecay] = [17, 9, 1000, 0.3, 0.01];
      const [w, velocity] = [array("allocated", m * n, (i) => Math.sin(i + 1)), array("allocated", m * n, () => 0)];
      const step = { m, n, k: 1, a: array("allocated", m, () => 0), b: array("allocated", n, () => 0), w };
      const rates = { learningRate, momentum, weightDecay };
      for (let i = 0; i < steps; i++) get().weightStep({ ...step, ...rates, ...(momentum > 0 && { velocity }) });
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

    test("sumRows, relu, reluBackward", () => {
      const property = fc.property(size, small, draws, places, fc.boolean(), (rows, columns, draw, place, inPlace) => {
        const next = stream(draw);
        const x = array(place, rows * columns, next);
        const gate = array(place, rows * columns, next);
        const agree = (call: (kernels: Kernels, x: FloatArray, out: FloatArray) => void): void => {
          const [expected, input] = [allocate(loops, dtype, x.length), array(place, x.length, (i) => x[i]!)];
          call(loops, x, expected);
          const out = inPlace ? input : array(place, x.length, () => Number.NaN);
          call(get(), input, out);
          expectClose(out, expected, allocate(loops, dtype, x.length));
        };
        agree((kernels, x, out) => kernels.relu(x, out));
        agree((kernels, x, out) => kernels.reluBackward(x, gate, out));
        const sums = array(place, columns, () => Number.NaN);
        const [expected, scale] = [allocate(loops, dtype, columns), allocate(loops, dtype, columns)];
        loops.sumRows(x, expected);
        loops.sumRows(x.map(Math.abs) as FloatArray, scale);
        get().sumRows(x, sums);
        expectClose(sums, expected, scale);
      });
      fc.assert(property, { numRuns: 40 });
    });

    test("softmaxLoss", () => {
      const property = fc.property(
        size,
        fc.integer({ min: 1, max: 40 }),
        draws,
        places,
        (rows, columns, draw, place) => {
          const next = stream(draw);
          const scores = array(place, rows * columns, (i) => 30 * next(i));
          const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7) % columns);
          const [grad, expected] = [array(place, scores.length, () => Number.NaN), copy(scores)];
          const loss = Float64Array.of(get().softmaxLoss(scores, labels, columns, grad));
          expectClose(loss, Float64Array.of(loops.softmaxLoss(scores, labels, columns, expected)), loss.map(Math.abs));
          expectClose(grad, expected, grad.map(() => 1 / rows) as FloatArray);
        },
      );
      fc.assert(property, { numRuns: 40 });
    });

    test("softmaxLoss: probabilities down to 1e-300 keep their digits, huge scores stay finite", () => {
      const gaps = [0, 1, 20, 29.5, 31, 37, 80, 100, 500, 690, 1e4, 1e30];
      const columns = gaps.length;
      for (const largest of [0, 3, 1000, -1e30]) {
        const scores = array("allocated", columns, (i) => largest - gaps[i]!);
        const grad = array("allocated", columns, () => Number.NaN);
        const loss = get().softmaxLoss(scores, Int32Array.of(0), columns, grad);
        const exps = Array.from(scores, (score) => Math.exp(score - scores[0]!));
        const sum = exps.reduce((a, b) => a + b);
        expect(loss).toBeCloseTo(Math.log(sum), 6);
        for (let i = 1; i < columns; i++) {
          const smallest = dtype === "float32" ? 1e-37 : 1e-305; // below, numbers lose digits
          const room = (dtype === "float32" ? 1e-6 : 1e-13) * (exps[i]! / sum);
          expect(Math.abs(grad[i]! - exps[i]! / sum), `gap ${gaps[i]} below ${largest}`).toBeLessThanOrEqual(
            Math.max(room, smallest),
          );
        }
      }
    });

    test("sumSquares, addScaled, sgdUpdate with and without momentum", () => {
      const lengths = fc.oneof({ weight: 3, arbitrary: size }, fc.constantFrom(32_768, 65_537));
      const property = fc.property(lengths, draws, places, fc.constantFrom(0, 1, 2, 3), (length, draw, place, kind) => {
        const next = stream(draw);
        const [x, y, velocity] = [next, next, next].map((values) => array(place, length, values));
        const finite = (value: number): number => (Number.isFinite(value) ? Math.abs(value) : 0);
        const scale = x!.map((value, i) => finite(value) + finite(y![i]!) + finite(velocity![i]!)) as FloatArray;
        const [sum, expectedSum] = [get().sumSquares(x!), loops.sumSquares(x!)];
        expectClose(Float64Array.of(sum), Float64Array.of(expectedSum), Float64Array.of(expectedSum));
        const [out, expected] = [array(place, length, (i) => y![i]!), copy(y!)];
        const keep = kind === 0 ? [] : [0.75];
        get().addScaled(x!, -0.3, out, ...keep);
        loops.addScaled(x!, -0.3, expected, ...keep);
        expectClose(out, expected, scale);
        const settings = { learningRate: 0.1, momentum: 0.9, nesterov: kind === 2, weightDecay: kind === 1 ? 0.2 : 0 };
        const [w, v] = [array(place, length, (i) => y![i]!), array(place, length, (i) => velocity![i]!)];
        const [expectedW, expectedV] = [copy(y!), copy(velocity!)];
        const grad = kind === 3 ? {} : { grad: x! };
        get().sgdUpdate({ w, ...grad, ...(kind > 0 && { velocity: v }), ...settings });
        loops.sgdUpdate({ w: expectedW, ...grad, ...(kind > 0 && { velocity: expectedV }), ...settings });
        expectClose(w, expectedW, scale);
        expectClose(v, expectedV, scale);
      });
      fc.assert(property, { numRuns: 40 });
    });
  });

  test(`${name}: gatherBytes`, () => {
    const property = fc.property(small, fc.integer({ min: 1, max: 3 }), size, draws, (rows, channels, plane, draw) => {
      const next = stream({ ...draw, special: false });
      const length = channels * plane;
      if (length === 0 && rows > 0) return;
      const bytes = Uint8Array.from({ length: 5 * length }, (_, i) => 127 + 128 * next(i));
      const indices = Int32Array.from({ length: rows }, (_, i) => (i * 3) % 5);
      const [scale, shift] = [1, 2].map(() => Float32Array.from({ length: channels }, next as () => number));
      const gather = { bytes, indices, channels, plane, scale: scale!, shift: shift! };
      const [out, expected] = [get().allocate("float32", rows * length), new Float32Array(rows * length)];
      get().gatherBytes({ ...gather, out });
      loops.gatherBytes({ ...gather, out: expected });
      expectClose(out, expected, new Float32Array(out.length).fill(255));
    });
    fc.assert(property, { numRuns: 40 });
  });
}

/** What every implementation refuses, the loops among them; nothing is written then. */
export function refusalCases(name: string, get: () => Kernels): void {
  describe.each<DType>(["float32", "float64"])(`${name}, %s`, (dtype) => {
    const ones = (length: number): FloatArray => allocate(get(), dtype, length).fill(1);
    const other = (length: number): FloatArray =>
      dtype === "float32" ? new Float64Array(length) : new Float32Array(length);

    test("gemm refuses sizes that do not fit and an out that overlaps an input", () => {
      const memory = ones(12);
      const [a, b] = [memory.subarray(0, 4), memory.subarray(4, 8)];
      const product = { m: 2, n: 2, k: 2, a, b };
      const refused = (wrong: Partial<Gemm>): void => {
        const before = copy(memory);
        expect(() => get().gemm({ ...product, out: memory.subarray(8, 12), ...wrong })).toThrow(ShapeError);
        expect(memory).toEqual(before);
      };
      refused({ out: a });
      refused({ out: memory.subarray(6, 10) });
      refused({ out: memory.subarray(8, 11) });
      refused({ m: 1.5 });
      refused({ k: -2 });
      refused({ m: 1, n: 4, k: 1, a: memory.subarray(0, 1), b: memory.subarray(1, 5), bias: memory.subarray(8, 12) });
      refused({ bias: memory.subarray(0, 1) });
      refused({ mask: memory.subarray(8, 12) });
      refused({ b: other(4) });
    });

    test("the other operations refuse sizes that do not fit", () => {
      expect(() => get().sumRows(ones(6), ones(4))).toThrow(ShapeError);
      expect(() => get().sumRows(ones(6), other(3))).toThrow(ShapeError);
      expect(() => get().relu(ones(6), ones(5))).toThrow(ShapeError);
      expect(() => get().reluBackward(ones(6), ones(6), ones(7))).toThrow(ShapeError);
      expect(() => get().addScaled(ones(6), 1, ones(7))).toThrow(ShapeError);
      expect(() => get().sgdUpdate({ w: ones(6), grad: ones(5), learningRate: 1 })).toThrow(ShapeError);
      expect(() => get().sgdUpdate({ w: ones(6), learningRate: 1 })).toThrow(ShapeError);
      const step = { m: 2, n: 3, k: 1, a: ones(2), b: ones(3), learningRate: 1, momentum: 0.5, weightDecay: 0 };
      const w = ones(6);
      for (const wrong of [{ w: ones(5) }, { velocity: ones(7) }, { velocity: w }, { a: w.subarray(0, 2) }, { k: 2 }])
        expect(() => get().weightStep({ ...step, w, velocity: ones(6), ...wrong })).toThrow(ShapeError);
      const memory = ones(8);
      expect(() => get().relu(memory.subarray(0, 6), memory.subarray(2, 8))).toThrow(ShapeError);
    });

    test("softmaxLoss refuses labels that are no class", () => {
      const call = (...labels: number[]) => get().softmaxLoss(ones(6), Int32Array.from(labels), 3, ones(6));
      expect(() => call(0, 2)).not.toThrow();
      for (const label of [-1, 3])
        expect(() => call(0, label)).toThrow(
          new SettingError(`softmaxLoss: expected labels from 0 to 2, got ${label} at 1`),
        );
      expect(() => call(0)).toThrow(ShapeError);
      expect(() => get().softmaxLoss(ones(6), Int32Array.of(0, 2), 3, ones(5))).toThrow(ShapeError);
    });
  });

  test(`${name}: gatherBytes refuses rows that are not there`, () => {
    const [scale, shift, out] = [Float32Array.of(1), Float32Array.of(0), new Float32Array(3)];
    const gather = { bytes: new Uint8Array(6), channels: 1, plane: 3, scale, shift, out };
    expect(() => get().gatherBytes({ ...gather, indices: Int32Array.of(1) })).not.toThrow();
    for (const index of [-1, 2])
      expect(() => get().gatherBytes({ ...gather, indices: Int32Array.of(index) })).toThrow(ShapeError);
    expect(() => get().gatherBytes({ ...gather, indices: Int32Array.of(1, 1) })).toThrow(ShapeError);
  });
}

function allocate(kernels: Kernels, dtype: DType, length: number): FloatArray {
  return dtype === "float32" ? kernels.allocate("float32", length) : kernels.allocate("float64", length);
}

function copy(x: FloatArray): FloatArray {
  return x.slice() as FloatArray;
}

function pick<T, K extends keyof T>(from: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

/** Numbers from -1 to 1, with `special` now and then NaN, an infinity or a zero. */
function stream({ seed, special }: { seed: number; special: boolean }): Values {
  let state = seed | 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    if (special && state % 97 === 0) return [Number.NaN, Infinity, -Infinity, 0, -0][Math.abs(state) % 5]!;
    return state / 2 ** 31;
  };
}

/** `|alpha| |op(a)| |op(b)| + |beta out| + |bias|`: rounding errors of a product are small next to it. */
function magnitudes({ a, b, out, bias, relu: _, mask: __, alpha = 1, beta = 0, ...rest }: Gemm): FloatArray {
  const result = out.map(Math.abs) as FloatArray;
  const absolute = { a: a.map(Math.abs) as FloatArray, b: b.map(Math.abs) as FloatArray };
  const offset = bias ? { bias: bias.map(Math.abs) as FloatArray } : {};
  loops.gemm({ ...rest, ...absolute, ...offset, alpha: Math.abs(alpha), beta: Math.abs(beta), out: result });
  return result;
}

/** Equal to 1e-12 (float64) or 2e-6 (float32) of `scale`; NaN and infinities must be the same. */
function expectClose(actual: FloatArray, expected: FloatArray, scale: FloatArray): void {
  const tolerance = actual instanceof Float64Array ? 1e-12 : 2e-6;
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [x, y] = [actual[i]!, expected[i]!];
    const room = Number.isFinite(scale[i]) ? tolerance * scale[i]! : 0;
    if (!(Object.is(x, y) || x === y || Math.abs(x - y) <= room))
      throw new Error(`at ${i}: expected ${y} within ${room}, got ${x}`);
  }
}

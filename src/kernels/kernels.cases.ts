/** The contract of every kernels implementation: agree with the loops at every size, refuse what would corrupt memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import type { FloatArray, Gemm, Kernels } from "./kernels.ts";
import { loops } from "./loops/loops.ts";

type DType = "float32" | "float64";
type Values = (i: number) => number;

const sizes = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17),
  fc.integer({ min: 1, max: 70 }),
  fc.constantFrom(127, 128, 129, 191, 193, 255, 257, 300),
);
type Draw = { seed: number; special: boolean };
const draws = fc.record({ seed: fc.integer(), special: fc.boolean() });
const places = fc.constantFrom("allocated", "elsewhere" as const);

export function kernelsCases(name: string, get: () => Kernels): void {
  describe.each<DType>(["float32", "float64"])(`${name}, %s`, (dtype) => {
    /** An array as a caller may have it: in the kernels' own memory or anywhere. */
    function array(place: string, length: number, values: Values): FloatArray {
      const result = place === "allocated" ? allocate(get(), dtype, length) : allocate(loops, dtype, length);
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

    type Options = typeof options extends fc.Arbitrary<infer O> ? O : never;

    /** A product of random numbers as the options say, and what its errors are small next to. */
    function randomProduct(m: number, n: number, k: number, chosen: Options, draw: Draw, place: string) {
      const next = stream(draw);
      const product: Gemm = {
        ...{ m, n, k, ...pick(chosen, "transposeA", "transposeB", "alpha", "beta", "relu") },
        a: array(place, m * k, next),
        b: array(place, k * n, next),
        out: array(place, m * n, chosen.beta === 0 ? () => Number.NaN : next),
        ...(chosen.bias ? { bias: array(place, n, next) } : {}),
        ...(chosen.mask ? { mask: array(place, m * n, next) } : {}),
      };
      return { product, expected: copy(product.out), scale: magnitudes(product) };
    }

    test("gemm: any size, transposed or not, scaled, biased, cut off and masked", () => {
      const property = fc.property(sizes, sizes, sizes, options, draws, places, (m, n, k, chosen, draw, place) => {
        const { product, expected, scale } = randomProduct(m, n, k, chosen, draw, place);
        loops.gemm({ ...product, out: expected });
        get().gemm(product);
        expectClose(product.out, expected, scale);
      });
      fc.assert(property, { numRuns: 80 });
    });

    test("gemmWithSquares: the product and the sum of the squares of b, over long sums too", () => {
      const lengths = fc.oneof(sizes, fc.constantFrom(511, 512, 1023, 1537, 2049));
      const property = fc.property(sizes, sizes, lengths, options, draws, places, (m, n, k, chosen, draw, place) => {
        const { product, expected, scale } = randomProduct(m, n, k, chosen, draw, place);
        const squares = loops.gemmWithSquares({ ...product, out: expected });
        const found = get().gemmWithSquares(product);
        expectClose(product.out, expected, scale);
        expectClose(Float64Array.of(found), Float64Array.of(squares), Float64Array.of(squares));
      });
      fc.assert(property, { numRuns: 50 });
    });

    test("weightStep: any size, and weights larger than the caches", () => {
      let rates = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.2 };
      const compare = (m: number, n: number, k: number, transposes: object, draw: Draw, place: string): void => {
        const next = stream(draw);
        const product = { ...transposes, m, n, k, a: array(place, m * k, next), b: array(place, k * n, next) };
        const [w, velocity] = [array(place, m * n, next), array(place, m * n, next)];
        const [expectedW, expectedV] = [copy(w), copy(velocity)];
        const scale = magnitudes({ ...product, out: velocity, beta: rates.momentum, bias: array(place, n, () => 1) });
        loops.weightStep({ ...product, ...rates, w: expectedW, velocity: expectedV });
        get().weightStep({ ...product, ...rates, w, velocity });
        expectClose(velocity, expectedV, scale);
        expectClose(w, expectedW, scale);
      };
      const property = fc.property(sizes, sizes, sizes, options, draws, places, (m, n, k, chosen, draw, place) => {
        rates = { learningRate: 0.1, momentum: chosen.relu ? 0.9 : 0, weightDecay: chosen.mask ? 0.2 : 0 };
        compare(m, n, k, pick(chosen, "transposeA", "transposeB"), draw, place);
      });
      fc.assert(property, { numRuns: 50 });
      compare(1801, 517, 5, { transposeA: true }, { seed: 5, special: false }, "allocated");
    });

    test("gemm: large enough for all threads and several blocks of k", () => {
      const next = stream({ seed: 1, special: false });
      const [m, n, k] = [201, 263, 517];
      const product = { m, n, k, a: array("allocated", m * k, next), b: array("allocated", k * n, next) };
      const out = array("allocated", m * n, next);
      const expected = copy(out);
      loops.gemm({ ...product, out: expected, beta: 0.5 });
      const scale = magnitudes({ ...product, out, beta: 0.5 });
      get().gemm({ ...product, out, beta: 0.5 });
      expectClose(out, expected, scale);
    });

    test("gemm refuses sizes that do not fit and an out that overlaps an input", () => {
      const memory = array("allocated", 12, () => 1);
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
      refused({ b: dtype === "float32" ? new Float64Array(4) : new Float32Array(4) });
    });

    test("addRow, sumRows, relu, reluBackward", () => {
      const property = fc.property(sizes, sizes, draws, places, fc.boolean(), (rows, columns, draw, place, inPlace) => {
        const next = stream(draw);
        const x = array(place, rows * columns, next);
        const row = array(place, columns, next);
        const gate = array(place, rows * columns, next);
        const agree = (call: (kernels: Kernels, x: FloatArray, out: FloatArray) => void, length = x.length): void => {
          const [expected, input] = [allocate(loops, dtype, length), array(place, x.length, (i) => x[i]!)];
          call(loops, x, expected);
          const out = inPlace && length === x.length ? input : array(place, length, () => Number.NaN);
          call(get(), input, out);
          expectClose(out, expected, out.map((_, i) => Math.abs(expected[i]!)) as FloatArray);
        };
        if (columns > 0) agree((kernels, x, out) => kernels.addRow(x, row, out));
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
        sizes,
        fc.integer({ min: 1, max: 40 }),
        draws,
        places,
        (rows, columns, draw, place) => {
          const next = stream(draw);
          const scores = array(place, rows * columns, (i) => 30 * next(i));
          const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7) % columns);
          const [grad, expected] = [
            array(place, scores.length, () => Number.NaN),
            allocate(loops, dtype, scores.length),
          ];
          const loss = get().softmaxLoss(scores, labels, columns, grad);
          const one = allocate(loops, "float64", 1).fill(loss);
          expectClose(
            one,
            one.map(() => loops.softmaxLoss(scores, labels, columns, expected)),
            one.map(Math.abs),
          );
          expectClose(grad, expected, grad.map(() => 1 / rows) as FloatArray);
        },
      );
      fc.assert(property, { numRuns: 40 });
      expect(() =>
        get().softmaxLoss(
          array("allocated", 4, () => 1),
          Int32Array.of(0, 2),
          2,
          array("elsewhere", 4, () => 1),
        ),
      ).toThrow(ShapeError); // labels go from 0 to 1
    });

    test("sumSquares, addScaled, sgdUpdate with and without momentum", () => {
      const lengths = fc.oneof(sizes, fc.constantFrom(32_768, 65_537, 100_003));
      const property = fc.property(lengths, draws, places, fc.constantFrom(0, 1, 2, 3), (length, draw, place, kind) => {
        const next = stream(draw);
        const [x, y, velocity] = [next, next, next].map((values) => array(place, length, values));
        const finite = (value: number): number => (Number.isFinite(value) ? Math.abs(value) : 0);
        const size = x!.map((value, i) => finite(value) + finite(y![i]!) + finite(velocity![i]!)) as FloatArray;
        const [sum, expectedSum] = [get().sumSquares(x!), loops.sumSquares(x!)];
        expectClose(Float64Array.of(sum), Float64Array.of(expectedSum), Float64Array.of(expectedSum));
        const [out, expected] = [array(place, length, (i) => y![i]!), copy(y!)];
        const keep = kind === 0 ? [] : [0.75];
        get().addScaled(x!, -0.3, out, ...keep);
        loops.addScaled(x!, -0.3, expected, ...keep);
        expectClose(out, expected, size);
        const settings = { learningRate: 0.1, momentum: 0.9, nesterov: kind === 2, weightDecay: kind === 1 ? 0.2 : 0 };
        const [w, v] = [array(place, length, (i) => y![i]!), array(place, length, (i) => velocity![i]!)];
        const [expectedW, expectedV] = [copy(y!), copy(velocity!)];
        const grad = kind === 3 ? {} : { grad: x! };
        get().sgdUpdate({ w, ...grad, ...(kind > 0 ? { velocity: v } : {}), ...settings });
        loops.sgdUpdate({ w: expectedW, ...grad, ...(kind > 0 ? { velocity: expectedV } : {}), ...settings });
        expectClose(w, expectedW, size);
        expectClose(v, expectedV, size);
      });
      fc.assert(property, { numRuns: 40 });
    });

    test("gatherRows", () => {
      const property = fc.property(sizes, sizes, draws, places, (rows, columns, draw, place) => {
        const table = array(place, 5 * columns, stream(draw));
        const indices = Int32Array.from({ length: rows }, (_, i) => (i * 3) % 5);
        const [out, expected] = [array(place, rows * columns, () => 7), allocate(loops, dtype, rows * columns)];
        if (columns === 0 && rows > 0) return;
        get().gatherRows({ table, indices, columns, out });
        loops.gatherRows({ table, indices, columns, out: expected });
        expectClose(out, expected, allocate(loops, dtype, out.length));
      });
      fc.assert(property, { numRuns: 30 });
      const [table, out] = [array("allocated", 6, () => 1), array("allocated", 3, () => 1)];
      for (const index of [-1, 2])
        expect(() => get().gatherRows({ table, indices: Int32Array.of(index), columns: 3, out })).toThrow(ShapeError);
    });

    test("row and element operations refuse sizes that do not fit", () => {
      const x = (length: number): FloatArray => array("allocated", length, () => 1);
      expect(() => get().addRow(x(6), x(4), x(6))).toThrow(ShapeError);
      expect(() => get().sumRows(x(6), x(4))).toThrow(ShapeError);
      const other = (length: number): FloatArray =>
        dtype === "float32" ? new Float64Array(length) : new Float32Array(length);
      expect(() => get().sumRows(x(6), other(3))).toThrow(ShapeError);
      expect(() => get().addRow(x(6), other(3), x(6))).toThrow(ShapeError);
      expect(() => get().relu(x(6), x(5))).toThrow(ShapeError);
      expect(() => get().reluBackward(x(6), x(6), x(7))).toThrow(ShapeError);
      expect(() => get().addScaled(x(6), 1, x(7))).toThrow(ShapeError);
      expect(() => get().sgdUpdate({ w: x(6), grad: x(5), learningRate: 1 })).toThrow(ShapeError);
      expect(() => get().sgdUpdate({ w: x(6), learningRate: 1 })).toThrow(ShapeError);
      const step = { m: 2, n: 3, k: 1, a: x(2), b: x(3), learningRate: 1, momentum: 0.5, weightDecay: 0 };
      const w = x(6);
      for (const wrong of [{ w: x(5) }, { velocity: x(7) }, { velocity: w }, { a: w.subarray(0, 2) }, { k: 2 }])
        expect(() => get().weightStep({ ...step, w, velocity: x(6), ...wrong })).toThrow(ShapeError);
      const memory = x(8);
      expect(() => get().relu(memory.subarray(0, 6), memory.subarray(2, 8))).toThrow(ShapeError);
    });
  });

  test(`${name}: gatherBytes`, () => {
    const property = fc.property(
      sizes,
      fc.integer({ min: 1, max: 3 }),
      sizes,
      fc.integer(),
      (rows, channels, plane, seed) => {
        const next = stream({ seed, special: false });
        const length = channels * plane;
        const bytes = Uint8Array.from({ length: 5 * length }, (_, i) => 127 + 128 * next(i));
        const indices = Int32Array.from({ length: rows }, (_, i) => (i * 3) % 5);
        const [scale, shift] = [next, next].map((values) =>
          Float32Array.from({ length: channels }, (_, i) => values(i)),
        );
        const gather = { bytes, indices, channels, plane, scale: scale!, shift: shift! };
        const [out, expected] = [get().allocate("float32", rows * length), new Float32Array(rows * length)];
        if (length === 0 && rows > 0) return;
        get().gatherBytes({ ...gather, out });
        loops.gatherBytes({ ...gather, out: expected });
        expectClose(
          out,
          expected,
          out.map(() => 255),
        );
      },
    );
    fc.assert(property, { numRuns: 40 });
    const one = {
      bytes: new Uint8Array(6),
      channels: 1,
      plane: 3,
      scale: Float32Array.of(1),
      shift: Float32Array.of(0),
    };
    for (const index of [-1, 2])
      expect(() => get().gatherBytes({ ...one, indices: Int32Array.of(index), out: new Float32Array(3) })).toThrow(
        ShapeError,
      );
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

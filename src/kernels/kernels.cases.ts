/** The contract of every kernels implementation: agree with the loops at every size, refuse what would corrupt memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SettingError, ShapeError } from "../errors.ts";
import type { FloatArray, Gemm, Kernels, UpdateRule } from "./kernels.ts";
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

    test("batch normalisation, with relu, dropout, both or neither, and its gradient", () => {
      const rowCounts = fc.constantFrom(1, 2, 3, 17, 64);
      const switches = fc.record({ relu: fc.boolean(), rate: fc.constantFrom(0, 0.3, 0.9) });
      const property = fc.property(
        rowCounts,
        size,
        switches,
        draws,
        places,
        (rows, columns, { relu, rate }, draw, place) => {
          const next = stream({ ...draw, special: false });
          const row = (values: Values): FloatArray => array(place, columns, values);
          const block = (values: Values): FloatArray => array(place, rows * columns, values);
          const dropout = rate > 0 ? { dropout: { rate, key: draw.seed >>> 0 } } : {};
          const inputs = {
            rows,
            columns,
            x: block((i) => 3 + next(i)),
            gamma: row(next),
            beta: row(next),
            eps: 0.01,
            relu,
          };
          const job = () => ({
            ...inputs,
            ...dropout,
            mean: row(() => NaN),
            variance: row(() => NaN),
            out: block(() => NaN),
          });
          const [found, expected] = [job(), job()];
          get().batchNormForward(found);
          loops.batchNormForward(expected);
          const [rowScale, blockScale] = [row(() => 16), block(() => 64)]; // 1 / √eps is 10
          expectClose(found.mean, expected.mean, rowScale);
          expectClose(found.variance, expected.variance, rowScale);
          expectClose(found.out, expected.out, blockScale);
          const gradOut = block(next);
          const grads = () => ({ gradX: block(() => NaN), gradGamma: row(() => NaN), gradBeta: row(() => NaN) });
          const [foundGrads, expectedGrads] = [grads(), grads()];
          loops.batchNormBackward({ ...expected, gradOut, ...expectedGrads });
          if (place === "allocated") foundGrads.gradX.set(gradOut); // in place
          get().batchNormBackward({
            ...expected,
            gradOut: place === "allocated" ? foundGrads.gradX : gradOut,
            ...foundGrads,
          });
          const sums = row(() => 100 * rows);
          expectClose(foundGrads.gradBeta, expectedGrads.gradBeta, sums);
          expectClose(foundGrads.gradGamma, expectedGrads.gradGamma, sums);
          expectClose(
            foundGrads.gradX,
            expectedGrads.gradX,
            block(() => 4000),
          );
        },
      );
      fc.assert(property, { numRuns: 60 });
    });

    test("dropout keeps the same elements as the loops, and grows them", () => {
      const lengths = fc.oneof({ weight: 3, arbitrary: size }, fc.constantFrom(32_768, 65_537));
      fc.assert(
        fc.property(
          lengths,
          fc.constantFrom(0.1, 0.5, 0.9),
          draws,
          places,
          fc.boolean(),
          (length, rate, draw, place, inPlace) => {
            const next = stream({ ...draw, special: false });
            const x = array(place, length, next);
            const [expected, out] = [allocate(loops, dtype, length), inPlace ? x : array(place, length, () => NaN)];
            const how = { rate, key: draw.seed >>> 0 };
            loops.dropout(x, expected, how);
            get().dropout(x, out, how);
            expectClose(out, expected, allocate(loops, dtype, length).fill(10));
          },
        ),
        { numRuns: 40 },
      );
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

    test("sumSquares, addScaled", () => {
      const lengths = fc.oneof({ weight: 3, arbitrary: size }, fc.constantFrom(32_768, 65_537));
      const property = fc.property(lengths, draws, places, fc.constantFrom(0, 1, 2, 3), (length, draw, place, kind) => {
        const next = stream(draw);
        const [x, y] = [next, next].map((values) => array(place, length, values));
        const finite = (value: number): number => (Number.isFinite(value) ? Math.abs(value) : 0);
        const scale = x!.map((value, i) => finite(value) + finite(y![i]!)) as FloatArray;
        const [sum, expectedSum] = [get().sumSquares(x!), loops.sumSquares(x!)];
        expectClose(Float64Array.of(sum), Float64Array.of(expectedSum), Float64Array.of(expectedSum));
        const [out, expected] = [array(place, length, (i) => y![i]!), copy(y!)];
        const keep = kind === 0 ? [] : [0.75];
        get().addScaled(x!, -0.3, out, ...keep);
        loops.addScaled(x!, -0.3, expected, ...keep);
        expectClose(out, expected, scale);
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
      const rule = { name: "sgd", momentum: 0.5, nesterov: false } as const;
      const gradient = { m: 2, n: 3, k: 1, a: ones(2), b: ones(3) };
      const w = ones(6);
      const update = { w, slots: [ones(6)], rule, gradient, learningRate: 1 };
      for (const wrong of [
        ...[
          { w: ones(5) },
          { slots: [] },
          { slots: [ones(7)] },
          { slots: [w.subarray(0, 6), w] },
          { gradient: ones(5) },
        ],
        ...[
          { gradient: { ...gradient, a: w.subarray(0, 2) } },
          { gradient: { ...gradient, k: 2 } },
          { gradient: other(6) },
        ],
      ])
        expect(() => get().update({ ...update, ...wrong })).toThrow(ShapeError);
      const row = { gamma: ones(3), beta: ones(3), mean: ones(3), variance: ones(3) };
      const norm = { rows: 2, columns: 3, x: ones(6), ...row, eps: 1, out: ones(6) };
      for (const wrong of [
        { rows: 3 },
        { rows: 0, x: ones(0), out: ones(0) },
        { gamma: ones(4) },
        { mean: ones(2) },
        { out: norm.x },
      ])
        expect(() => get().batchNormForward({ ...norm, ...wrong })).toThrow(ShapeError);
      const grads = { gradOut: ones(6), gradX: ones(6), gradGamma: ones(3), gradBeta: ones(3) };
      for (const wrong of [{ gradOut: ones(5) }, { gradX: norm.x }, { gradX: norm.out }, { gradBeta: ones(4) }])
        expect(() => get().batchNormBackward({ ...norm, ...grads, ...wrong })).toThrow(ShapeError);
      expect(() => get().dropout(ones(6), ones(5), { rate: 0.5, key: 1 })).toThrow(ShapeError);
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

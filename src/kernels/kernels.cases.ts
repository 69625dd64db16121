/** The contract of every kernels implementation: agree with the loops at every size, refuse what would corrupt memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SettingError, ShapeError } from "../errors.ts";
import type { FloatArray, Gemm, Kernels } from "./kernels.ts";
import { loops } from "./loops/loops.ts";
import { productCases } from "./products.cases.ts";
import {
  allocate,
  arrayMaker,
  copy,
  type DType,
  draws,
  expectClose,
  places,
  size,
  small,
  stream,
  type Values,
} from "./random-arrays.cases.ts";

export function kernelsCases(name: string, get: () => Kernels): void {
  refusalCases(name, get);
  productCases(name, get);

  describe.each<DType>(["float32", "float64"])(`${name}, %s`, (dtype) => {
    const array = arrayMaker(get, dtype);

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

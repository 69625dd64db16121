import fc from "fast-check";
import { expect, test } from "vitest";
import { symmetricEigen } from "./symmetric-eigen.ts";

test("two by two worked by hand", () => {
  const { values, vectors } = symmetricEigen(Float64Array.of(2, Number.NaN, 1, 2), 2); // the upper half is not read
  expect(values[0]).toBeCloseTo(1, 14);
  expect(values[1]).toBeCloseTo(3, 14);
  const half = Math.SQRT1_2; // (1, −1)/√2 and (1, 1)/√2, of either sign
  expect(vectors[0]! * vectors[1]!).toBeCloseTo(-0.5, 14);
  expect(vectors[2]! * vectors[3]!).toBeCloseTo(0.5, 14);
  for (const entry of vectors) expect(Math.abs(entry)).toBeCloseTo(half, 14);
});

test("a chain of springs has the frequencies of the textbook: 2 − 2·cos(iπ / (n + 1))", () => {
  for (const n of [1, 2, 5, 40]) {
    const chain = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      chain[i * n + i] = 2;
      if (i > 0) chain[i * n + i - 1] = -1;
    }
    symmetricEigen(chain, n).values.forEach((value, i) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)), 12);
    });
  }
});

test("values and vectors multiply back to the matrix, the vectors are orthonormal, the values ascend", () => {
  // Small whole numbers: many zeros, repeated values and lost directions, which are the hard cases.
  const matrices = fc
    .nat(9)
    .chain((n) =>
      fc.tuple(fc.constant(n), fc.array(fc.integer({ min: -2, max: 2 }), { minLength: n * n, maxLength: n * n })),
    );
  fc.assert(
    fc.property(matrices, fc.constantFrom(1, 1e-9, 1e9), ([n, entries], scale) => {
      const matrix = Float64Array.from(entries, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return scale * entries[Math.max(i, j) * n + Math.min(i, j)]!;
      });
      const before = matrix.slice();
      const { values, vectors } = symmetricEigen(matrix, n);
      expect(matrix).toEqual(before);
      for (let i = 0; i < n; i++) {
        if (i > 0) expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]!);
        for (let j = 0; j < n; j++) {
          let [dot, back] = [0, 0];
          for (let k = 0; k < n; k++) {
            dot += vectors[i * n + k]! * vectors[j * n + k]!;
            back += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
          }
          expect(dot).toBeCloseTo(i === j ? 1 : 0, 11);
          expect(back / scale).toBeCloseTo(matrix[i * n + j]! / scale, 11);
        }
      }
    }),
    { numRuns: 500 },
  );
});

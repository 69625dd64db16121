import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linePath, markerPath, markerShapes } from "./paths.ts";
import { createScale } from "./scale.ts";

const x = createScale({ domain: [0, 100] }, [], [0, 100], 5);
const y = createScale({ domain: [0, 100] }, [], [100, 0], 5);
const commands = (path: string): string[] => path.match(/[ML][^ML]*/g) ?? [];
const pointsOf = (path: string): number[][] => commands(path).map((command) => command.slice(1).split(" ").map(Number));

describe("linePath", () => {
  test("three points, a gap, two points", () => {
    const values = [0, 10, 5, Number.NaN, 20, 30.126];
    expect(linePath([0, 1, 2, 3, 4, 5], values, x, y)).toBe("M0 100L1 90L2 95M4 80L5 69.87");
  });

  test("nothing to draw is an empty path; one point is a move", () => {
    expect(linePath([], [], x, y)).toBe("");
    expect(linePath([1, 2], [Number.NaN, Number.POSITIVE_INFINITY], x, y)).toBe("");
    expect(linePath([1], [1], x, y)).toBe("M1 99");
  });

  test("a long line keeps at most four points per half pixel, its ends and its extremes", () => {
    const value = fc.oneof(
      { weight: 30, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) },
      fc.constant(Number.NaN),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 3000, size: "max" }), (values) => {
        const at = values.map((_, i) => (100 * i) / values.length);
        const path = linePath(at, values, x, y);
        expect(path).not.toContain("NaN");
        const drawn = pointsOf(path);
        expect(drawn.length).toBeLessThanOrEqual(4 * 201);
        const finite = values.filter(Number.isFinite);
        if (finite.length === 0) return;
        const heights = drawn.map(([, height]) => height!);
        const pixel = (one: number): number => Math.round((100 - one) * 100) / 100;
        expect(Math.min(...heights)).toBeCloseTo(pixel(Math.max(...finite)), 1);
        expect(Math.max(...heights)).toBeCloseTo(pixel(Math.min(...finite)), 1);
        expect(heights[0]).toBeCloseTo(pixel(finite[0]!), 1);
        expect(heights.at(-1)).toBeCloseTo(pixel(finite.at(-1)!), 1);
      }),
      { numRuns: 40 },
    );
  });

  test("a million points stay a small path", () => {
    const at = Float64Array.from({ length: 1e6 }, (_, i) => i / 1e4);
    const path = linePath(
      at,
      at.map((_, i) => 50 + 40 * Math.sin(i)),
      x,
      y,
    );
    expect(path.length).toBeLessThan(15_000);
  });

  test("values far outside stay outside without leaving the range of numbers that renderers take", () => {
    expect(linePath([0, 1], [-1e200, 1e200], x, y)).toBe("M0 100000L1 -100000");
  });
});

describe("markerPath", () => {
  test("one short stroke per point; points on the same spot once; gaps left out", () => {
    const path = markerPath([10, 10.01, 20, 30], [10, 10, 20, Number.NaN], x, y, "circle", 3);
    expect(path).toBe("M10 90h.01M20 80h.01");
  });

  test("every shape is closed around its point and free of NaN", () => {
    for (const shape of markerShapes) {
      const path = markerPath([50], [50], x, y, shape, 6);
      expect(path.startsWith("M50 50")).toBe(true);
      expect(path).not.toMatch(/NaN|--/);
    }
  });
});

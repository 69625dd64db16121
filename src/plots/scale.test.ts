import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createScale, isDrawable } from "./scale.ts";

const numbers = fc.array(fc.double({ noNaN: false }), { maxLength: 20 });
const counts = fc.integer({ min: 2, max: 10 });

describe("linear", () => {
  test("a hand-made axis: round ends, ticks, pixels", () => {
    const scale = createScale({}, [[0.3, 9.7]], [0, 100], 5);
    expect(scale.domain).toEqual([0, 10]);
    expect(scale.ticks.map((tick) => tick.label)).toEqual(["0", "2", "4", "6", "8", "10"]);
    expect(scale(2.5)).toBe(25);
  });

  test("labels have the decimals that their step needs", () => {
    const labels = (domain: [number, number], count = 5): string[] =>
      createScale({ domain }, [], [0, 1], count).ticks.map((tick) => tick.label);
    expect(labels([2.321, 2.327], 3)).toEqual(["2.322", "2.324", "2.326"]);
    expect(labels([-1, 1], 4)).toEqual(["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
    expect(labels([0, 20_000], 2)).toEqual(["0", "10,000", "20,000"]);
    expect(labels([0, 4e30], 4)).toEqual(["0", "10³⁰", "2·10³⁰", "3·10³⁰", "4·10³⁰"]);
    expect(labels([0, 3e-7], 3)).toEqual(["0", "10⁻⁷", "2·10⁻⁷", "3·10⁻⁷"]);
  });

  test("whole numbers only where asked", () => {
    const ticks = createScale({ domain: [0, 2], whole: true }, [], [0, 1], 8).ticks;
    expect(ticks.map((tick) => tick.value)).toEqual([0, 1, 2]);
  });

  test("no value, one value and equal values still give an axis", () => {
    expect(createScale({}, [], [0, 1], 5).domain).toEqual([0, 1]);
    expect(createScale({}, [[Number.NaN, Number.POSITIVE_INFINITY]], [0, 1], 5).domain).toEqual([0, 1]);
    const [first, last] = createScale({}, [[2.3, 2.3]], [0, 1], 5).domain;
    expect(first).toBeLessThan(2.3);
    expect(last).toBeGreaterThan(2.3);
  });
});

describe.each(["linear", "log"] as const)("any %s axis", (kind) => {
  test("holds every value it can show, in order, with different ticks inside", () => {
    fc.assert(
      fc.property(numbers, counts, (values, count) => {
        const scale = createScale({ scale: kind }, [values], [0, 300], count);
        const [first, last] = scale.domain;
        expect(first).toBeLessThan(last);
        const shown = values.filter((value) => scale.shows(value) && (kind === "linear" || value >= first));
        for (const value of shown) {
          expect(scale(value)).toBeGreaterThanOrEqual(-1e-6);
          expect(scale(value)).toBeLessThanOrEqual(300 + 1e-6);
        }
        const labelled = scale.ticks.filter((tick) => tick.label);
        expect(labelled.length).toBeLessThanOrEqual(3 * count + 2);
        expect(new Set(labelled.map((tick) => tick.label)).size).toBe(labelled.length);
        for (const [i, tick] of scale.ticks.entries()) {
          const at = scale(tick.value);
          expect(at).toBeGreaterThanOrEqual(-1e-6);
          expect(at).toBeLessThanOrEqual(300 + 1e-6);
          if (i > 0) expect(at).toBeGreaterThan(scale(scale.ticks[i - 1]!.value));
        }
      }),
    );
  });
});

describe("log", () => {
  test("powers of ten with small ticks between", () => {
    const scale = createScale({ scale: "log" }, [[5e-5, 0.5]], [0, 500], 6);
    expect(scale.domain).toEqual([1e-5, 1]);
    expect(scale.ticks.filter((tick) => tick.label).map((tick) => tick.label)).toEqual([
      "10⁻⁵",
      "10⁻⁴",
      "10⁻³",
      "10⁻²",
      "10⁻¹",
      "10⁰",
    ]);
    expect(scale.ticks).toHaveLength(5 * 9 + 1);
    expect(scale(1e-3)).toBeCloseTo(200, 9);
  });

  test("plain numbers near 1, few labels for many decades, linear ticks within one decade", () => {
    const labels = (domain: [number, number], count: number): string[] =>
      createScale({ scale: "log", domain }, [], [0, 1], count).ticks.flatMap(({ label }) => (label ? [label] : []));
    expect(labels([0.01, 100], 6)).toEqual(["0.01", "0.1", "1", "10", "100"]);
    expect(labels([1e-30, 1], 4)).toEqual(["10⁻³⁰", "10⁻²⁰", "10⁻¹⁰", "10⁰"]);
    expect(labels([2, 4], 4)).toEqual(["2.0", "2.5", "3.0", "3.5", "4.0"]);
  });

  test("zero and negative values cannot be shown", () => {
    const scale = createScale({ scale: "log" }, [[0, -1, 0.1, 10]], [0, 100], 4);
    expect([scale.shows(0), scale.shows(-1), scale.shows(0.1)]).toEqual([false, false, true]);
    expect(scale.domain).toEqual([0.1, 10]);
  });
});

test("isDrawable", () => {
  expect([0, -5, 1e299].every(isDrawable)).toBe(true);
  expect([Number.NaN, Number.POSITIVE_INFINITY, -1e301].some(isDrawable)).toBe(false);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { roundDomain, roundTicks } from "./ticks.ts";

test("known axes", () => {
  expect(roundTicks(0, 1, 10)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  expect(roundTicks(-3, 7, 5)).toEqual([-2, 0, 2, 4, 6]);
  expect(roundTicks(2.321, 2.327, 3)).toEqual([2.322, 2.324, 2.326]);
  expect(roundTicks(0, 1e30, 2)).toEqual([0, 5e29, 1e30]);
  expect(roundDomain(0.3, 9.7, 5)).toEqual([0, 10]);
  expect(roundDomain(0.1, 0.3, 2)).toEqual([0.1, 0.3]); // 0.3 / 0.1 is 2.9999999999999996
});

const domain = fc
  .tuple(fc.double({ min: -1e200, max: 1e200, noNaN: true }), fc.double({ min: 1e-6, max: 1e200, noNaN: true }))
  .map(([low, span]) => [low, low + Math.max(span, Math.abs(low) * 1e-6)] as const);

test("ticks rise evenly inside the domain and number about what was asked", () => {
  fc.assert(
    fc.property(domain, fc.integer({ min: 2, max: 12 }), ([low, high], count) => {
      const ticks = roundTicks(low, high, count);
      const slack = (high - low) * 1e-6;
      expect(ticks.length).toBeGreaterThanOrEqual(Math.floor(count / 2));
      expect(ticks.length).toBeLessThanOrEqual(1.6 * count + 1); // √10 / 2 at worst
      ticks.forEach((tick, i) => {
        expect(tick).toBeGreaterThanOrEqual(low - slack);
        expect(tick).toBeLessThanOrEqual(high + slack);
        if (i > 1) expect(tick - ticks[i - 1]!).toBeCloseTo(ticks[1]! - ticks[0]!, -Math.log10(slack));
      });
    }),
  );
});

test("a round domain holds the old one and begins and ends at ticks", () => {
  fc.assert(
    fc.property(domain, fc.integer({ min: 2, max: 12 }), ([low, high], count) => {
      const [first, last] = roundDomain(low, high, count);
      const slack = (high - low) * 1e-6;
      expect(first).toBeLessThanOrEqual(low + slack);
      expect(last).toBeGreaterThanOrEqual(high - slack);
      expect(last - first).toBeLessThan(4 * (high - low));
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areasOf, expectGoodDrawing, readChart, sizeOf } from "../drawing/drawing.cases.ts";
import { contrast, mixColors, themeNames, themeOf } from "../drawing/index.ts";
import { chart } from "./chart.ts";
import { lineChart } from "./line-chart.ts";
import type { Series } from "./series.ts";

const values = fc.array(fc.oneof(fc.double(), fc.double({ min: -50, max: 50 }), fc.constant(Number.NaN)), {
  maxLength: 30,
});
const series = fc.oneof(
  fc.record({ kind: fc.constant("line" as const), name: fc.string({ maxLength: 60 }), x: values, y: values }),
  fc.record({
    kind: fc.constant("points" as const),
    name: fc.string({ maxLength: 20, unit: "binary" }),
    x: values,
    y: values,
  }),
) as fc.Arbitrary<Series>;
const axis = fc.record(
  {
    label: fc.string({ maxLength: 80 }),
    scale: fc.constantFrom("linear" as const, "log" as const),
    whole: fc.boolean(),
  },
  { requiredKeys: [] },
);

test("whatever is drawn: well-formed, finite, no text over data or other text, nothing outside", () => {
  const panel = fc.record({
    title: fc.string({ maxLength: 80 }),
    x: axis,
    y: axis,
    series: fc.array(series, { maxLength: 5 }),
  });
  const options = fc.record({
    width: fc.integer({ min: 320, max: 1600 }),
    title: fc.string({ maxLength: 120 }),
    theme: fc.constantFrom(...themeNames),
    legend: fc.constantFrom("panels" as const, "shared" as const),
  });
  fc.assert(
    fc.property(fc.array(panel, { minLength: 1, maxLength: 4 }), options, (panels, given) => {
      expectGoodDrawing(chart(panels, given));
    }),
    { numRuns: 150 },
  );
});

test("one small chart, character by character", () => {
  const svg = lineChart([{ name: "loss & more", x: [0, 1, 2], y: [4, Number.NaN, 1] }], {
    title: "A <title>",
    width: 300,
    height: 200,
    x: { label: "step", whole: true },
    y: { label: "loss", include: [0] },
  });
  expect(svg).toMatchSnapshot();
});

describe.each(["linear", "log"] as const)("a %s axis", (scale) => {
  test("curves read back from the picture are the curves that were given, under their names", () => {
    const curve = fc.array(fc.double({ min: 1e-4, max: 1e5, noNaN: true }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(curve, { minLength: 1, maxLength: 6 }), fc.constantFrom(...themeNames), (curves, theme) => {
        const lines = curves.map((y, i) => ({ name: `curve ${i}`, x: y.map((_, k) => k), y }));
        const [panel] = readChart(lineChart(lines, { y: { scale }, theme, height: 800 }), scale);
        expect(Object.keys(panel!.series).sort()).toEqual(lines.map(({ name }) => name));
        const along = scale === "log" ? Math.log10 : (value: number) => value;
        const reach = along(panel!.y[1]) - along(panel!.y[0]);
        for (const { name, y } of lines)
          panel!.series[name]!.forEach(([atX, atY], k) => {
            expect(atX).toBeCloseTo(k, 1);
            expect(Math.abs(along(atY) - along(y[k]!))).toBeLessThan(2e-3 * reach);
          });
      }),
      { numRuns: 50 },
    );
  });
});

test("panels share a row where there is room and line up", () => {
  const panels = [1, 1000, 5].map((top) => ({
    title: "t",
    series: [{ kind: "line", x: [0, 1], y: [0, top] } as const],
  }));
  const wide = areasOf(chart(panels, { width: 1100 }));
  expect(new Set(wide.map((area) => area.top)).size).toBe(1);
  const narrow = areasOf(chart(panels, { width: 420 }));
  expect(new Set(narrow.map((area) => area.left)).size).toBe(1);
  expect(sizeOf(chart(panels, { width: 420 })).height).toBe(990);
});

test("equal units: a unit of x is as long as a unit of y", () => {
  const points = { kind: "points", x: [0, 10], y: [0, 1] } as const;
  const svg = chart([{ series: [points], equalUnits: true }], { width: 600, height: 300 });
  const [first, second] = [...svg.matchAll(/M(\S+) (\S+)h\.01/g)].map(([, x, y]) => [Number(x), Number(y)]);
  expect((second![0]! - first![0]!) / 10).toBeCloseTo(first![1]! - second![1]!, 1);
});

test("wrong options are refused", () => {
  expect(() => chart([], { width: 20 })).toThrow("chart: expected width from 100 to 20000 pixels, got 20");
  expect(() => chart([], { height: Number.NaN })).toThrow("chart: expected height > 0, got NaN");
  expect(() => chart([], { theme: "pink" as "light" })).toThrow(
    'chart: unknown theme "pink"; expected one of light, dark',
  );
  expect(() => chart([], { columns: 1.5 })).toThrow("chart: expected columns to be a whole number >= 1, got 1.5");
  expect(() => lineChart([], { theme: "pink" as "light" })).toThrow(
    'lineChart: unknown theme "pink"; expected one of light, dark',
  );
});

describe.each(themeNames)("the %s theme", (name) => {
  const theme = themeOf(name);
  test("can be read", () => {
    for (const color of theme.series) expect(contrast(color, theme.background)).toBeGreaterThanOrEqual(3);
    expect(contrast(theme.text, theme.background)).toBeGreaterThanOrEqual(7);
    expect(contrast(theme.mutedText, theme.background)).toBeGreaterThanOrEqual(4.5);
  });

  test("colours differ for readers with red-green blindness", () => {
    // Deuteranopia after Viénot, Brettel and Mollon 1999: red and green merge, blue stays.
    const seen = (color: string): number[] => {
      const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
      return [0.29 * r! + 0.71 * g!, b!];
    };
    theme.series.forEach((one, i) =>
      theme.series.slice(i + 1).forEach((other) => {
        const [a, b] = [seen(one), seen(other)];
        expect(Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!), `${one} and ${other}`).toBeGreaterThan(18);
      }),
    );
  });
});

test("contrast and mixing, against known values", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 6);
  expect(contrast("#ff0000", "#000000")).toBeCloseTo(5.252, 3); // (0.2126 + 0.05) / 0.05: each primary weighs its own
  expect(contrast("#00ff00", "#000000")).toBeCloseTo(15.304, 3);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2); // WCAG's often quoted grey
  expect(mixColors("#000000", "#ff8000", 0.5)).toBe("#804000");
});

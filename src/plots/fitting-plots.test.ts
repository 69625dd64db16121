import { expect, test } from "vitest";
import { readChart } from "../drawing/drawing.cases.ts";
import { compareAffineFits, comparedMethods } from "../fitting/compare.ts";
import { applyAffineTransform, sampleCorrespondences } from "../fitting/index.ts";
import { createRng } from "../tensor/index.ts";
import { comparisonFits, comparisonPlot, fitLossPlot } from "./fitting-plots.ts";

const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
const { p, pPrime, truth } = sampleCorrespondences(createRng(1), { count: 40 });
const comparison = compareAffineFits(p, pPrime, { shares: [0, 0.5], repeats: 1 }, truth);

test("the loss on a log axis, above the dashed line that it can reach", () => {
  const svg = fitLossPlot([1, 0.1, 0.01, 0.001], { optimum: 0.0009, title: "three steps" });
  expect(texts(svg)).toEqual(expect.arrayContaining(["three steps", "loss", "least squares", "step", "10⁻²", "10⁰"]));
  expect(svg.match(/stroke-dasharray/g)).toHaveLength(2); // the line and its sample in the legend
  expect(texts(fitLossPlot([1, 0.5], { lossScale: "linear" }))).toContain("0.8");
});

test("read back: the losses, the optimum", () => {
  const [panel] = readChart(fitLossPlot([1, 0.1, 0.01, 0.001], { optimum: 0.0009 }), "log");
  const rounded = (name: string): string[] => panel!.series[name]!.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(4)}`);
  expect(rounded("loss")).toEqual(["0.0 1.0000", "1.0 0.1000", "2.0 0.0100", "3.0 0.0010"]);
  expect(rounded("least squares")).toEqual(["0.0 0.0009", "3.0 0.0009"]);
});

test("degenerate runs still draw: no step, a loss of zero throughout", () => {
  expect(texts(fitLossPlot([0.3]))).toContain("loss");
  expect(texts(fitLossPlot([0, 0, 0]))).toContain("loss");
});

test("errors against shares: a line per method in both panels, the axes say which errors", () => {
  const shown = texts(comparisonPlot(comparison));
  expect(shown).toEqual(expect.arrayContaining([...comparedMethods, "replaced targets (%)", "50"]));
  expect(shown).toEqual(
    expect.arrayContaining([
      "Parameter error against the truth",
      "largest |difference| in S and t",
      "Inlier error on targets not replaced",
      "root mean square distance",
    ]),
  );
});

test("read back: the errors of each method in percent of replaced targets", () => {
  const panels = readChart(comparisonPlot(comparison), "log");
  for (const [panel, key] of [[panels[0]!, "parameterError"] as const, [panels[1]!, "inlierError"] as const])
    for (const method of comparedMethods) {
      const own = comparison.rows.filter((row) => row.method === method);
      panel.series[method]!.forEach(([share, error], i) => {
        expect(share).toBeCloseTo(100 * own[i]!.share, 1);
        expect(error / own[i]![key]).toBeCloseTo(1, 1);
      });
    }
});

test("least squares as the reference: its curve and gradient descent's have no floor at rounding level", () => {
  const svg = comparisonPlot(compareAffineFits(p, pPrime, { shares: [0, 0.5], repeats: 1 }));
  expect(texts(svg)).toContain("Parameter error against clean least squares");
  expect(texts(svg).filter((text) => /10⁻(¹.|[⁷-⁹])/.test(text))).toEqual([]);
});

test("fits side by side: a panel per method with its error, all with the same axes", () => {
  const svg = comparisonFits(p, comparison.cases[1]!, { title: "half" });
  const titles = texts(svg).filter((text) => text.includes("parameter error"));
  expect(titles.map((title) => title.split(":")[0])).toEqual([
    "gradient descent",
    "Huber descent",
    "least squares",
    "RANSAC",
  ]);
  const fitted = comparison.cases[1]!;
  readChart(svg).forEach(({ series }, i) => {
    const expected = applyAffineTransform(p, fitted.fits[comparedMethods[i]!]).data;
    series.prediction!.forEach(([x, y], k) => {
      expect(x).toBeCloseTo(expected[2 * k]!, 1);
      expect(y).toBeCloseTo(expected[2 * k + 1]!, 1);
    });
    expect([series.target!.length, series["replaced target"]!.length]).toEqual([20, 20]);
  });
  const ticks = texts(svg).filter((text) => text === "0.5").length;
  expect(ticks % 4).toBe(0);
  const dark = comparisonFits(p, comparison.cases[1]!, { theme: "dark" });
  expect(dark).toContain("#14181d");
});

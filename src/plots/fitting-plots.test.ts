import { expect, test } from "vitest";
import { compareAffineFits, comparedMethods } from "../fitting/compare.ts";
import { sampleCorrespondences } from "../fitting/index.ts";
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
  const ticks = texts(svg).filter((text) => text === "0.5").length;
  expect(ticks % 4).toBe(0);
  const dark = comparisonFits(p, comparison.cases[1]!, { theme: "dark" });
  expect(dark).toContain("#14181d");
});

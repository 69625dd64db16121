import { expect, test } from "vitest";
import { bestSoFarPlot, parallelCoordinates, settingsPlot, type TuningAxis } from "./tuning-plots.ts";

const axes: TuningAxis[] = [
  { name: "learningRate", scale: "log", values: [0.01, 0.1, 1] },
  { name: "optimizer", scale: "choice", choices: ["sgd", "adam"], values: [0, 1, 0] },
  { name: "dropout", scale: "linear", values: [Number.NaN, 0.5, Number.NaN] },
];
const values = [0.2, 0.6, 0.4];

test("the best so far never falls", () => {
  const svg = bestSoFarPlot({ epochs: [1, 2, 3], seconds: [4, 5, 6], values });
  const [, stairs] = /<path d="M([^"]+)" fill="none"[^>]*stroke-width="2"/.exec(svg)!;
  const heights = [...stairs!.matchAll(/[\d.]+[ ,]([\d.]+)/g)].map(([, y]) => Number(y));
  expect(heights).toEqual([...heights].sort((a, b) => b - a));
  expect(svg).toContain("best so far");
});

test("a panel for each setting, the names of choices beside it", () => {
  const svg = settingsPlot(axes, values);
  for (const text of ["learningRate", "0 sgd, 1 adam", "dropout"]) expect(svg).toContain(`>${text}<`);
});

test("a line for each trial through every axis, the best on top; no value lies below the axes", () => {
  const svg = parallelCoordinates(axes, values, { width: 800, height: 400 });
  const lines = [...svg.matchAll(/<path d="M([^"]+)" fill="none" stroke="[^"]+" stroke-width/g)].map(([, d]) =>
    d!.split("L"),
  );
  expect(lines.map((points) => points.length)).toEqual([4, 4, 4]);
  const y = (point: string | undefined): number => Number(point?.split(" ")[1]);
  const best = lines.at(-1)!;
  expect(y(best[3])).toBe(80); // the top of the accuracy axis
  expect(y(best[1])).toBe(80); // the second of two choices
  expect(y(best[0])).toBeCloseTo((80 + 360) / 2, 5); // the middle of two powers of ten
  expect(y(lines[0]![2])).toBe(376);
});

test("a search without trials is drawn too", () => {
  const none = axes.map((axis) => ({ ...axis, values: [] }));
  for (const svg of [
    bestSoFarPlot({ epochs: [], seconds: [], values: [] }),
    settingsPlot(none, []),
    parallelCoordinates(none, []),
  ])
    expect(svg).toMatch(/^<svg/);
});

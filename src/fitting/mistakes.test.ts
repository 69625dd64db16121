import { describe, expect, test } from "vitest";
import { FormatError, SettingError, ShapeError } from "../errors.ts";
import { createRng, tensor, zeros } from "../tensor/index.ts";
import { compareAffineFits } from "./compare.ts";
import {
  type AffineTransform,
  affineCurvature,
  affineTransformLoss,
  applyAffineTransform,
  type FitSettings,
  fitAffineLeastSquares,
  fitAffineRansac,
  fitAffineTransform,
  type RansacSettings,
  replaceTargets,
  sampleCorrespondences,
} from "./index.ts";

const f64 = { dtype: "float64" } as const;
const { p, pPrime, truth } = sampleCorrespondences(createRng(1), { count: 10 });
const nan = pPrime.clone();
nan.data[5] = Number.NaN;
const line = tensor([[0, 0], [1, 1], [2, 2]], f64); // biome-ignore format: a matrix

type Points = typeof p;
const takers: Record<string, (from: Points, to: Points) => unknown> = {
  affineTransformLoss: (from, to) => affineTransformLoss(from, to, truth.s, truth.t),
  fitAffineTransform: (from, to) => fitAffineTransform(from, to),
  fitAffineLeastSquares: (from, to) => fitAffineLeastSquares(from, to),
  fitAffineRansac: (from, to) => fitAffineRansac(from, to),
  compareAffineFits: (from, to) => compareAffineFits(from, to),
  affineCurvature: (from, to) => affineCurvature(from === p ? to : from),
  replaceTargets: (from, to) => replaceTargets(from === p ? to : from, 0.5, createRng(1)),
};

describe.each(Object.keys(takers))("%s: one mistake, one class of error, under the name that was called", (name) => {
  const call = (from: Points, to: Points) => () => takers[name]!(from, to);
  const expectError = (from: Points, to: Points, kind: typeof FormatError | typeof ShapeError, text: RegExp) => {
    expect(call(from, to)).toThrow(kind);
    expect(call(from, to)).toThrow(text);
    expect(call(from, to)).toThrow(new RegExp(`^${name}: expected `));
  };

  test("a shape", () => {
    expectError(zeros([10, 3], f64), pPrime, ShapeError, /of shape \(N, 2\), got \(10, 3\)/);
    expectError(p, zeros([20], f64), ShapeError, /of shape \(N, 2\), got \(20\)/);
    expectError(zeros([0, 2], f64), zeros([0, 2], f64), ShapeError, /at least \d correspondence.*got 0/);
  });

  test("a coordinate that is no number, or too large to square", () => {
    expectError(p, nan, FormatError, /\[2, 1\] = NaN; remove or correct that row/);
    expectError(nan, pPrime, FormatError, /\[2, 1\] = NaN/);
    const large = pPrime.clone();
    large.data[0] = -1e101;
    expectError(p, large, FormatError, /within ±1e\+100, got \w+\[0, 0\] = -1e\+101/);
  });
});

test("not as many targets as points", () => {
  for (const name of Object.keys(takers).slice(0, 5)) {
    const call = () => takers[name]!(p, zeros([9, 2], f64));
    expect(call).toThrow(new ShapeError(`${name}: expected one target per point, got 10 points and 9 targets`));
  }
});

test("points on one line, where they must fix the transform", () => {
  for (const name of ["fitAffineLeastSquares", "fitAffineRansac", "compareAffineFits"]) {
    expect(() => takers[name]!(line, line)).toThrow(FormatError);
    expect(() => takers[name]!(line, line)).toThrow(`${name}: expected three points that are not on one line, got 3`);
  }
});

test("a transform of another shape", () => {
  const wrong = [
    { ...truth, s: zeros([4], f64) },
    { ...truth, t: zeros([1, 2], f64) },
  ] as AffineTransform[];
  for (const transform of wrong) {
    expect(() => applyAffineTransform(p, transform)).toThrow(ShapeError);
    expect(() => applyAffineTransform(p, transform)).toThrow(/^applyAffineTransform: expected [st] of shape/);
    expect(() => affineTransformLoss(p, pPrime, transform.s, transform.t)).toThrow(
      /^affineTransformLoss: expected [st]/,
    );
  }
  expect(() => applyAffineTransform(zeros([2, 3]), truth)).toThrow(
    /^applyAffineTransform: expected p of shape \(N, 2\)/,
  );
});

test.each<[FitSettings, string]>([
  [{ steps: -1 }, "expected steps to be a whole number >= 0, got -1"],
  [{ steps: 1.5 }, "expected steps to be a whole number >= 0, got 1.5"],
  [{ learningRate: 0 }, "expected learningRate > 0, got 0"],
  [{ learningRate: Number.NaN }, "expected learningRate > 0, got NaN"],
  [{ learningRate: "fast" as "auto" }, 'expected learningRate > 0, got "fast"'],
  [{ learningRate: 99 }, "learning rate 99 makes the loss on these points grow without bound"],
  [{ momentum: 0.5 }, 'expected momentum only with method "momentum", got "gd"'],
  [{ method: "momentum", momentum: 1 }, "expected momentum from 0 to below 1, got 1"],
  [{ method: "momentum", momentum: Number.NaN }, "expected momentum from 0 to below 1, got NaN"],
  [{ method: "newton" as "gd" }, 'unknown method "newton"; expected one of gd, momentum, adam'],
  [{ huberDelta: 0 }, "expected huberDelta > 0, got 0"],
  [
    { method: "adam", learningRate: 1e200 },
    "the loss left the range of float64 at step 1; take a smaller learning rate",
  ],
])("fitAffineTransform with %j", (settings, message) => {
  expect(() => fitAffineTransform(p, pPrime, settings)).toThrow(SettingError);
  expect(() => fitAffineTransform(p, pPrime, settings)).toThrow(`fitAffineTransform: ${message}`);
});

test.each<[RansacSettings, string]>([
  [{ confidence: 1 }, "expected confidence above 0 and below 1, got 1"],
  [{ confidence: Number.NaN }, "expected confidence above 0 and below 1, got NaN"],
  [{ threshold: 0 }, "expected threshold > 0, got 0"],
  [{ maxTrials: 0 }, "expected maxTrials to be a whole number >= 1, got 0"],
])("fitAffineRansac with %j", (settings, message) => {
  expect(() => fitAffineRansac(p, pPrime, settings)).toThrow(SettingError);
  expect(() => fitAffineRansac(p, pPrime, settings)).toThrow(`fitAffineRansac: ${message}`);
});

test("settings of the points", () => {
  for (const count of [0, 2.5, Number.NaN])
    expect(() => sampleCorrespondences(createRng(1), { count })).toThrow(
      new SettingError(`sampleCorrespondences: expected count to be a whole number >= 1, got ${count}`),
    );
  expect(() => sampleCorrespondences(createRng(1), { noise: -1 })).toThrow(
    "sampleCorrespondences: expected noise >= 0",
  );
  for (const share of [-0.1, 1.5, Number.NaN])
    expect(() => replaceTargets(pPrime, share, createRng(1))).toThrow(
      new SettingError(`replaceTargets: expected share from 0 to 1, got ${share}`),
    );
});

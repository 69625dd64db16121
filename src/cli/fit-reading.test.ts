import { describe, expect, test } from "vitest";
import { type ComparedMethod, type Comparison, comparedMethods } from "../fitting/compare.ts";
import { sampleCorrespondences } from "../fitting/index.ts";
import { createRng } from "../tensor/index.ts";
import { readComparison } from "./fit-reading.ts";

describe("a comparison in sentences", () => {
  const read = (errors: Record<ComparedMethod, readonly number[]>, other: Partial<Comparison> = {}): string => {
    const rows = comparedMethods.flatMap((method, m) =>
      errors[method].map((parameterError, i) => ({
        ...{ share: i / 4, method, parameterError, inlierError: 0, milliseconds: m + 1 },
        ...(method === "Huber descent" && { converged: i === 2 ? 0.4 : 1 }),
      })),
    );
    const reference = sampleCorrespondences(createRng(1)).truth;
    const comparison = { rows, cases: [], reference, isReferenceLeastSquares: false, threshold: 1, steps: 1, ...other };
    return readComparison(comparison, 5).join("\n");
  };

  test("a clear winner, a method that fails late, draws that had not converged", () => {
    expect(
      read({
        "gradient descent": [0.01, 0.4, 0.8],
        "Huber descent": [0.01, 0.02, 0.5],
        "least squares": [0.01, 0.4, 0.8],
        RANSAC: [0.012, 0.011, 0.013],
      }),
    ).toMatchInlineSnapshot(`
      "Smallest parameter error: gradient descent, Huber descent, least squares, RANSAC at 0 %; RANSAC from 25 % to 50 % (those named together are within 25 % of each other).
      Huber descent had not converged at 50 % in 3 of 5 draws: more steps would lower its loss.
      Gradient descent and least squares minimize the same loss; their errors differ by at most 0.01 %.
      A squared distance lets one far target outweigh many near ones: the error of least squares goes from 0.01 without outliers to 0.4 at 25 % and 0.8 at 50 %.
      Huber descent withstands outliers up to 25 % (beyond δ a point pulls with a constant force instead of a growing one; its error is 0.02 there), then fails: 0.5 at 50 %, 63 % of that of least squares.
      RANSAC withstands every share tried (it asks which points agree and ignores the others): its error stays between 0.011 and 0.013, 62 times smaller than that of least squares at 50 %.
      Median time: gradient descent 1 ms, Huber descent 2 ms, least squares 3 ms, RANSAC 4 ms."
    `);
  });

  test("nothing helps, and descent is far from least squares", () => {
    expect(
      read({
        "gradient descent": [0.5, 0.6],
        "Huber descent": [0.3, 0.4],
        "least squares": [0.1, 0.3],
        RANSAC: [0.1, 0.2],
      }),
    ).toMatchInlineSnapshot(`
      "Smallest parameter error: least squares, RANSAC at 0 %; RANSAC at 25 % (those named together are within 25 % of each other).
      The errors of gradient descent and least squares, which minimize the same loss, differ by up to 100 %: more steps would bring them together.
      A squared distance lets one far target outweigh many near ones: the error of least squares goes from 0.1 without outliers to 0.3 at 25 %.
      Huber descent does not help on these points: at 25 % its error is 0.4, 133 % of that of least squares.
      RANSAC does not help on these points: at 25 % its error is 0.2, 67 % of that of least squares.
      Median time: gradient descent 1 ms, Huber descent 2 ms, least squares 3 ms, RANSAC 4 ms."
    `);
  });

  test("least squares as the reference", () => {
    expect(
      read(
        {
          "gradient descent": [1e-13, 0.4, 0.8],
          "Huber descent": [1e-5, 0.02, 0.03],
          "least squares": [0, 0.4, 0.8],
          RANSAC: [2e-4, 0.01, 0.01],
        },
        { isReferenceLeastSquares: true },
      ),
    ).toMatchInlineSnapshot(`
      "The reference is least squares on the file's own targets, so that without outliers least squares and gradient descent have no error to compare.
      Smallest parameter error: RANSAC from 25 % to 50 %.
      Huber descent had not converged at 50 % in 3 of 5 draws: more steps would lower its loss.
      Gradient descent and least squares minimize the same loss; their errors differ by at most 0.01 %.
      A squared distance lets one far target outweigh many near ones: the error of least squares goes from 0.4 at 25 % to 0.8 at 50 %.
      Huber descent withstands every share tried (beyond δ a point pulls with a constant force instead of a growing one): its error stays between 0.02 and 0.03, 27 times smaller than that of least squares at 50 %.
      RANSAC withstands every share tried (it asks which points agree and ignores the others): its error is 0.01, 80 times smaller than that of least squares at 50 %.
      Median time: gradient descent 1 ms, Huber descent 2 ms, least squares 3 ms, RANSAC 4 ms."
    `);
  });

  test("one share alone", () => {
    expect(
      read({ "gradient descent": [1], "Huber descent": [2], "least squares": [3], RANSAC: [4] }),
    ).toMatchInlineSnapshot(`
      "Smallest parameter error: gradient descent at 0 %.
      Median time: gradient descent 1 ms, Huber descent 2 ms, least squares 3 ms, RANSAC 4 ms."
    `);
  });
});

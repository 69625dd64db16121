/** A comparison of fits in sentences: every one of them is made from the verdicts and the numbers at hand. */
import type { Comparison, comparedMethods } from "../fitting/compare.ts";
import { errorAt, judgeComparison, tieFactor } from "../fitting/compare-verdicts.ts";

const reasons = {
  "Huber descent": "beyond δ a point pulls with a constant force instead of a growing one",
  RANSAC: "it asks which points agree and ignores the others",
} as const;

export function readComparison(comparison: Comparison, repeats: number): string[] {
  const { rows, isReferenceLeastSquares } = comparison;
  const { best, descentGap, robust, unfinished, milliseconds } = judgeComparison(comparison);
  const shares = [...new Set(rows.map((row) => row.share))].sort((a, b) => a - b).filter((share) => share > 0);
  const [first, last] = [shares[0], shares.at(-1)];
  const error = (share: number, method: (typeof comparedMethods)[number]): string =>
    figure(errorAt(rows, share, method));
  const sentences: string[] = [];

  if (isReferenceLeastSquares)
    sentences.push(
      "The reference is least squares on the file's own targets, so that without outliers least squares and gradient descent have no error to compare.",
    );
  const winners = best.map(
    ({ from, to, methods }) =>
      `${methods.join(", ")} ${from === to ? `at ${percent(from)}` : `from ${percent(from)} to ${percent(to)}`}`,
  );
  const ties = best.some(({ methods }) => methods.length > 1);
  if (winners.length > 0)
    sentences.push(
      `Smallest parameter error: ${winners.join("; ")}${ties ? ` (those named together are within ${percent(tieFactor - 1)} of each other)` : ""}.`,
    );
  for (const { method, share, converged = 1 } of unfinished) {
    const draws = repeats === 1 ? "" : ` in ${Math.round((1 - converged) * repeats)} of ${repeats} draws`;
    sentences.push(`${method} had not converged at ${percent(share)}${draws}: more steps would lower its loss.`);
  }
  if (first !== undefined && last !== undefined) {
    sentences.push(
      descentGap < 0.05
        ? `Gradient descent and least squares minimize the same loss; their errors differ by at most ${percent(Math.max(descentGap, 0.0001), 2)}.`
        : `The errors of gradient descent and least squares, which minimize the same loss, differ by up to ${percent(descentGap)}: more steps would bring them together.`,
    );
    const stages = [...new Set([first, last])].map((share) => `${error(share, "least squares")} at ${percent(share)}`);
    const clean = isReferenceLeastSquares
      ? undefined
      : rows.find((row) => row.share === 0 && row.method === "least squares");
    if (clean) stages.unshift(`${figure(clean.parameterError)} without outliers`);
    if (stages.length > 1)
      sentences.push(
        "A squared distance lets one far target outweigh many near ones: the error of least squares goes from " +
          `${stages[0]} to ${stages.slice(1).join(" and ")}.`,
      );
    for (const method of ["Huber descent", "RANSAC"] as const) {
      const { until, failsAt } = robust[method];
      const part = (share: number): number => errorAt(rows, share, method) / errorAt(rows, share, "least squares");
      const errors = shares.map((share) => errorAt(rows, share, method));
      const [least, most] = [figure(Math.min(...errors)), figure(Math.max(...errors))];
      sentences.push(
        failsAt === undefined
          ? `${method} withstands every share tried (${reasons[method]}): its error ${least === most ? `is ${most}` : `stays between ${least} and ${most}`}, ` +
              `${figure(1 / part(last))} times smaller than that of least squares at ${percent(last)}.`
          : until === undefined
            ? `${method} does not help on these points: at ${percent(failsAt)} its error is ${error(failsAt, method)}, ${percent(part(failsAt))} of that of least squares.`
            : `${method} withstands outliers up to ${percent(until)} (${reasons[method]}; its error is ${error(until, method)} there), ` +
              `then fails: ${error(failsAt, method)} at ${percent(failsAt)}, ${percent(part(failsAt))} of that of least squares.`,
      );
    }
  }
  sentences.push(`Median time: ${milliseconds.map(([method, time]) => `${method} ${figure(time)} ms`).join(", ")}.`);
  return sentences;
}

const figure = (value: number): string =>
  value !== 0 && value < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
const percent = (share: number, digits = 0): string => `${Number((100 * share).toFixed(digits))} %`;

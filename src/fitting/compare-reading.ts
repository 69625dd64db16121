/** A comparison in words: every statement is made from the numbers at hand, and left out where they do not bear it. */
import { type ComparedMethod, type Comparison, type ComparisonRow, comparedMethods, median } from "./compare.ts";

/** Errors within this factor of the smallest count as equally good. */
const tie = 1.25;
/** A method stands a share of outliers while its error is below this part of least squares' error there. */
const stands = 0.2;

/** @returns sentences: who is best where, what outliers do to each, what each costs */
export function readComparison({ rows }: Comparison): string[] {
  const shares = [...new Set(rows.map((row) => row.share))].sort((a, b) => a - b);
  const at = (share: number, method: ComparedMethod): ComparisonRow =>
    rows.find((row) => row.share === share && row.method === method)!;
  return [
    ...winners(shares, at),
    ...squaredDistance(shares, at),
    ...robust("Huber descent", "beyond δ a point pulls with a constant force instead of one that grows", shares, at),
    ...robust("RANSAC", "it asks which points agree and ignores the others", shares, at),
    times(rows),
  ];
}

type Lookup = (share: number, method: ComparedMethod) => ComparisonRow;

/** Runs of shares with the same winners. */
function winners(shares: readonly number[], at: Lookup): string[] {
  const best = shares.map((share) => {
    const errors = comparedMethods.map((method) => at(share, method).parameterError);
    const least = Math.min(...errors);
    return comparedMethods.filter((_, m) => errors[m]! <= tie * least).join(", ");
  });
  const runs: { from: number; to: number; names: string }[] = [];
  for (const [i, names] of best.entries()) {
    const last = runs.at(-1);
    if (last?.names === names) last.to = shares[i]!;
    else runs.push({ from: shares[i]!, to: shares[i]!, names });
  }
  const text = runs.map(
    ({ from, to, names }) =>
      `${names} ${from === to ? `at ${percent(from)}` : `from ${percent(from)} to ${percent(to)}`}`,
  );
  return [
    `Smallest parameter error: ${text.join("; ")}${runs.some(({ names }) => names.includes(",")) ? " (named together: within 25 %)" : ""}.`,
  ];
}

/** Both minimize the same loss, so they should end at the same place; and how far outliers carry it. */
function squaredDistance(shares: readonly number[], at: Lookup): string[] {
  const [last, withOutliers] = [shares.at(-1)!, shares.filter((share) => share > 0)];
  const gaps = withOutliers.map((share) => {
    const exact = at(share, "least squares").parameterError;
    return Math.abs(at(share, "gradient descent").parameterError - exact) / exact;
  });
  const gap = Math.max(0, ...gaps);
  const sentences: string[] = [];
  if (withOutliers.length > 0)
    sentences.push(
      gap < 0.05
        ? `Gradient descent and least squares minimize the same loss and end within ${percent(Math.max(gap, 0.0001), 2)} of each other's error; only the road differs.`
        : `Gradient descent has not arrived: its error is up to ${percent(gap)} off that of least squares, which has the same minimum; more steps would close this.`,
    );
  const clean = at(shares[0]!, "least squares").parameterError;
  const first = withOutliers[0];
  if (first !== undefined && shares[0] === 0 && at(first, "least squares").parameterError > 2 * clean)
    sentences.push(
      `A squared distance lets one far target outweigh many near ones: least squares' error goes from ${figure(clean)} without outliers${clean === 0 ? " (it is the reference)" : ""} ` +
        `to ${figure(at(first, "least squares").parameterError)} at ${percent(first)} and ${figure(at(last, "least squares").parameterError)} at ${percent(last)}.`,
    );
  return sentences;
}

function robust(method: ComparedMethod, why: string, shares: readonly number[], at: Lookup): string[] {
  const outlying = shares.filter((share) => share > 0);
  const first = outlying[0];
  if (first === undefined) return [];
  const ratio = (share: number): number => at(share, method).parameterError / at(share, "least squares").parameterError;
  const failed = outlying.find((share) => ratio(share) > stands);
  const errors = outlying.map((share) => at(share, method).parameterError);
  if (failed === undefined) {
    const [least, most] = [Math.min(...errors), Math.max(...errors)];
    return [
      `${method} stands all shares (${why}): its error ${least === most ? `is ${figure(most)}` : `stays between ${figure(least)} and ${figure(most)}`}, ` +
        `${figure(1 / ratio(outlying.at(-1)!))} times below least squares at ${percent(outlying.at(-1)!)}.`,
    ];
  }
  if (failed === first)
    return [
      `${method} is no way out here: at ${percent(first)} its error is ${figure(errors[0]!)}, ${percent(ratio(first))} of that of least squares.`,
    ];
  const until = outlying[outlying.indexOf(failed) - 1]!;
  return [
    `${method} stands outliers up to ${percent(until)} (${why}; error ${figure(at(until, method).parameterError)} there), ` +
      `then gives way: ${figure(at(failed, method).parameterError)} at ${percent(failed)}, ${percent(ratio(failed))} of that of least squares.`,
  ];
}

function times(rows: readonly ComparisonRow[]): string {
  const medians = comparedMethods.map((method) => ({
    method,
    time: median(rows.filter((row) => row.method === method).map((row) => row.milliseconds)),
  }));
  medians.sort((a, b) => a.time - b.time);
  return `Median time: ${medians.map(({ method, time }) => `${method} ${figure(time)} ms`).join(", ")}.`;
}

const figure = (value: number): string =>
  value !== 0 && value < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
const percent = (share: number, digits = 0): string => `${Number((100 * share).toFixed(digits))} %`;

/** The part on fitting: the best fit by descent, and how the methods stand outliers. */
import { join } from "node:path";
import { comparedMethods } from "../../fitting/compare.ts";
import { readText } from "../files.ts";
import type { FoundKept } from "../kept-result.ts";
import { cite, digits, escapeHtml, type Numbering, origin, percent } from "./html.ts";
import { inlineSvg } from "./inline-svg.ts";
import type { Source, Sources } from "./sources.ts";

export async function fitSection({ folder, record }: FoundKept, sources: Sources, numbers: Numbering): Promise<string> {
  const source = sources.add(record.name, "fit", record);
  const at = (path: string, count = 4): string => cite(source, path, (value) => digits(value, count));
  const matrix = (row: number): string => matrixRow(source, `results.s.${row}`);
  const converged =
    source.value("results.converged") === true ? "has converged" : "has not converged: more steps would lower the loss";
  const rows = [
    ["S", `[${matrix(0)}]<br>[${matrix(1)}]`],
    ["t", `[${matrixRow(source, "results.t")}]`],
    ["loss", at("results.loss", 5)],
    ["points", `${at("settings.count")} pairs from ${cite(source, "settings.data", String)}`],
    ["method", cite(source, "settings.method", String)],
    ["steps", at("results.steps", 8)],
    ["learning rate", `${at("results.learningRate")} (asked: ${cite(source, "settings.learningRate", String)})`],
    ...(source.value("results.momentum") ? [["momentum", at("results.momentum")]] : []),
    ...(source.value("results.huberDelta") ? [["Huber δ", at("results.huberDelta")]] : []),
    ["time", `${cite(source, "results.seconds", (value) => digits(1000 * Number(value), 3))} ms`],
  ];
  const parts = [
    numbers.table(
      [],
      rows,
      `The best fit of S·p + t to p′, and how it was found. The descent ${converged}. ${origin(source)}`,
    ),
  ];
  const leastSquares = source.value("results.leastSquaresLoss");
  if (typeof leastSquares === "number")
    parts.push(
      `<p>The smallest loss there is, which least squares finds in one go, is ${at("results.leastSquaresLoss", 5)}.</p>`,
    );
  if (record.files.plot !== undefined) {
    const plot = await readText(join(folder, record.files.plot));
    parts.push(
      numbers.figure(inlineSvg(plot, join(folder, record.files.plot)), `The loss after each step. ${origin(source)}`),
    );
  }
  return parts.join("\n");
}

function matrixRow(source: Source, path: string): string {
  const row = source.value(path);
  const cells = (Array.isArray(row) ? row : []).map((_, i) =>
    cite(source, `${path}.${i}`, (value) => digits(value, 5)),
  );
  return cells.join(", ");
}

export async function compareSection(
  { folder, record }: FoundKept,
  sources: Sources,
  numbers: Numbering,
): Promise<string> {
  const source = sources.add(record.name, "comparison of fits", record);
  const [errors, fits] = await Promise.all(
    ["errors", "fits"].map(async (file) => {
      const path = join(folder, record.files[file] ?? `${file}.svg`);
      return inlineSvg(await readText(path), path);
    }),
  );
  const found = source.value("results.rows");
  const rows: { share: number; method: string }[] = Array.isArray(found) ? found : [];
  const shares = [...new Set(rows.map(({ share }) => share))];
  const cells = shares.map((share) => [
    percentShort(share),
    ...comparedMethods.map((method) => {
      const row = rows.findIndex((one) => one.share === share && one.method === method);
      return row < 0
        ? ""
        : cite(source, `results.rows.${row}.parameterError`, (value) =>
            typeof value === "number" ? value.toPrecision(2) : digits(value),
          );
    }),
  ]);
  const isTruth = source.value("results.reference.isTruth") === true;
  const reading = source.value("results.reading");
  const shown = cite(source, "settings.shownShare", percentShort);
  return [
    numbers.table(
      ["replaced targets", ...comparedMethods],
      cells,
      `Parameter error: the largest absolute difference of the six numbers of S and t from ${isTruth ? "those the targets were made with" : "least squares on the clean targets"}; ` +
        `medians of ${cite(source, "settings.repeats")} draws, ${cite(source, "settings.count")} pairs from ${cite(source, "settings.data", String)}, ` +
        `${cite(source, "settings.steps")} steps, threshold ${cite(source, "results.threshold")}. ${origin(source)}`,
    ),
    numbers.figure(errors!, `Both errors against the share of replaced targets. ${origin(source)}`),
    numbers.figure(
      fits!,
      `What each method makes of the same points, ${shown} of their targets replaced. ${origin(source)}`,
    ),
    `<p>What the numbers say (<a href="#${source.anchor("results.reading")}">${source.label}</a>):</p>`,
    `<ul>${(Array.isArray(reading) ? reading : []).map((line) => `<li>${escapeHtml(String(line))}</li>`).join("\n")}</ul>`,
  ].join("\n");
}

function percentShort(share: unknown): string {
  return typeof share === "number" ? percent(share).replace(".0%", "%") : String(share);
}

/** The part on computational graphs. */
import { join } from "node:path";
import { readText } from "../files.ts";
import type { FoundKept } from "../kept-result.ts";
import { cite, digits, escapeHtml, type Numbering, origin } from "./html.ts";
import { inlineSvg } from "./inline-svg.ts";
import type { Sources } from "./sources.ts";

const languages: Readonly<Record<string, string>> = { typescript: "TypeScript", python: "Python", latex: "LaTeX" };

export async function graphSection(
  { folder, record }: FoundKept,
  sources: Sources,
  numbers: Numbering,
): Promise<string> {
  const source = sources.add(record.name, "computational graph", record);
  const [drawing, code, steps] = await Promise.all(
    ["drawing", "code", "steps"].map((file) => readText(join(folder, record.files[file] ?? file))),
  );
  const inputs = source.value("results.check.inputs");
  const rows = (Array.isArray(inputs) ? inputs : []).map((_, i) => {
    const at = `results.check.inputs.${i}`;
    const cell = (key: string, count: number): string => cite(source, `${at}.${key}`, (value) => digits(value, count));
    return [
      escapeHtml(String(source.value(`${at}.name`))),
      cell("gradient", 8),
      cell("numeric", 8),
      cell("difference", 2),
    ];
  });
  const output = escapeHtml(String(source.value("results.output")));
  const verdict = source.value("results.check.passed") === true ? "They agree" : "They do not agree";
  return [
    `<p>The graph computes <code>${escapeHtml(String(source.value("settings.text")))}</code>; ${output} is ${cite(source, "results.value")} here.</p>`,
    numbers.figure(
      inlineSvg(drawing!, join(folder, "graph.svg")),
      `Values above the edges, gradients of ${output} below them. ${origin(source)}`,
    ),
    numbers.listing(
      code!,
      `The forward and the backward pass in ${languages[String(source.value("settings.code"))] ?? "code"}. ${origin(source)}`,
    ),
    numbers.listing(steps!, `Both passes with the numbers of this point. ${origin(source)}`),
    numbers.table(
      ["input", "gradient", "numeric", "difference"],
      rows,
      `The gradient check: the backward pass against five-point differences. ${verdict} to ${cite(source, "results.check.tolerance")}, ` +
        `relative for large gradients. ${origin(source)}`,
    ),
  ].join("\n");
}

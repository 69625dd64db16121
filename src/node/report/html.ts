/** Pieces of a page: escaped text, numbered figures, and numbers that link to where they were measured. */
import { escapeXml } from "../../drawing/svg.ts";
import type { Source } from "./sources.ts";

export const escapeHtml: (text: string) => string = escapeXml;

/** At most `count` significant digits, as short as they are. */
export function digits(value: unknown, count = 4): string {
  if (typeof value !== "number") return String(value ?? "not a number");
  const size = Math.abs(value);
  const isExtreme = size !== 0 && (size < 1e-3 || size >= 1e6);
  if (!isExtreme) return String(Number(value.toPrecision(count)));
  return value.toExponential(Math.min(2, count - 1)).replace(/\.?0+e/, "e");
}

/** `52.3%`, from a share 0…1. */
export function percent(share: unknown): string {
  return typeof share === "number" ? `${(100 * share).toFixed(1)}%` : "not a number";
}

/**
 * A number of a run as a link to its line in the appendix.
 * @param path - from the top of the record, as `results.best.valAccuracy`; one that is not there is called not recorded
 */
export function cite(source: Source, path: string, format: (value: unknown) => string = digits): string {
  const value = source.value(path);
  if (value === undefined) return "not recorded";
  return `<a href="#${source.anchor(path)}">${escapeHtml(format(value))}</a>`;
}

/** Which run, which seed, which settings: it stands below everything that shows numbers. */
export function origin(source: Source): string {
  const { id, label, name } = source;
  const seed = typeof source.value("seed") === "number" ? `, seed ${cite(source, "seed", String)}` : "";
  return `Run <a href="#${id}">${escapeHtml(name)} (${label})</a>${seed}, <a href="#${source.anchor("settings")}">settings</a>.`;
}

/** Counts figures, tables and listings as they come. */
export class Numbering {
  #counts: Record<"Figure" | "Table" | "Listing", number> = { Figure: 0, Table: 0, Listing: 0 };

  /** @param caption - HTML, like `content` */
  figure(content: string, caption: string): string {
    return this.#numbered("Figure", content, caption);
  }

  listing(code: string, caption: string): string {
    return this.#numbered("Listing", `<pre>${escapeHtml(code.trimEnd())}</pre>`, caption);
  }

  /** @param rows - HTML of each cell; the first cell of a row names it */
  table(header: readonly string[], rows: readonly (readonly string[])[], caption: string): string {
    const head =
      header.length > 0
        ? `<thead><tr>${header.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>`
        : "";
    const body = rows.map(
      ([name, ...cells]) => `<tr><th scope="row">${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`,
    );
    return this.#numbered("Table", `<table>${head}<tbody>${body.join("\n")}</tbody></table>`, caption);
  }

  #numbered(kind: "Figure" | "Table" | "Listing", content: string, caption: string): string {
    const number = ++this.#counts[kind];
    const name = kind.toLowerCase();
    return `<figure class="${name}" id="${name}-${number}">\n${content}\n<figcaption><b>${kind} ${number}.</b> ${caption}</figcaption>\n</figure>`;
  }
}

/** What is not there, and the command that makes it. */
export function missingNote(what: string, command: string): string {
  return `<p class="missing"><b>Missing:</b> ${escapeHtml(what)}. Make it with <code>${escapeHtml(command)}</code>.</p>`;
}

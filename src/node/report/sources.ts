/** The appendix: every run that a report takes numbers from, with all that its files say. */
import { escapeXml as escapeHtml } from "../../drawing/svg.ts";

type Json = unknown;

export class Source {
  /** in the page: `a3` */
  readonly id: string;
  /** for readers: `A3` */
  readonly label: string;
  readonly name: string;
  readonly kind: string;
  readonly #record: object;

  constructor(number: number, name: string, kind: string, record: object) {
    this.id = `a${number}`;
    this.label = `A${number}`;
    this.name = name;
    this.kind = kind;
    this.#record = record;
  }

  /** What is at a path such as `results.rows.3.milliseconds`; undefined where nothing is. */
  value(path: string): Json {
    let value: Json = this.#record;
    for (const key of path.split("."))
      value =
        value !== null && typeof value === "object" && Object.hasOwn(value, key)
          ? (value as Record<string, Json>)[key]
          : undefined;
    return value;
  }

  /** The id of the line in the appendix that has what is at `path`, or of the first line below it. */
  anchor(path: string): string {
    const lines = this.lines();
    const at =
      lines.find(([key]) => key === path || path.startsWith(`${key}.`)) ??
      lines.find(([key]) => key.startsWith(`${path}.`));
    return at ? lineId(this, at[0]) : this.id;
  }

  /** All facts, one a line: numbers and words, lists of them, and rows of tables. */
  lines(): [path: string, text: string][] {
    return flatten("", this.#record);
  }

  toHtml(): string {
    const rows = this.lines().map(
      ([path, text]) =>
        `<div id="${escapeHtml(lineId(this, path))}"><dt>${escapeHtml(path)}</dt> <dd>${escapeHtml(text)}</dd></div>`,
    );
    return `<section class="run"><h3 id="${this.id}">${this.label} ${escapeHtml(this.name)}: ${escapeHtml(this.kind)}</h3>\n<dl>\n${rows.join("\n")}\n</dl></section>`;
  }
}

/** Gives every run of a report its number. */
export class Sources {
  readonly all: Source[] = [];

  add(name: string, kind: string, record: object): Source {
    const source = new Source(this.all.length + 1, name, kind, record);
    this.all.push(source);
    return source;
  }
}

function lineId({ id }: Source, path: string): string {
  return `${id}.${path.replaceAll(/[^\w.-]/g, "_")}`;
}

function flatten(path: string, value: Json): [string, string][] {
  if (isLeaf(value) || path.split(".").length > 6) return [[path, write(value)]];
  const isTable = Array.isArray(value);
  return Object.entries(value as object).flatMap(([key, item]): [string, string][] => {
    const below = path === "" ? key : `${path}.${key}`;
    return isTable && Object.values((item ?? {}) as object).every(isLeaf)
      ? [[below, write(item)]]
      : flatten(below, item);
  });
}

/** A number, a word, nothing, or a short list of these. */
function isLeaf(value: Json): boolean {
  if (value === null || typeof value !== "object") return true;
  const items = Object.values(value);
  const isShort = (item: Json): boolean =>
    item === null || typeof item === "number" || (typeof item === "string" && item.length <= 20);
  return items.length === 0 || (Array.isArray(value) && items.every(isShort));
}

function write(value: Json): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  const entries = Object.entries(value);
  return entries.length === 0 ? "none" : entries.map(([key, item]) => `${key} ${write(item)}`).join(", ");
}

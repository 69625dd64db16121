/** The declarations that are shown, cut out of the library's own source files, which are loaded when the first is shown. */
import type { Source } from "./parts.ts";

export async function loadSource({ file, names }: Source): Promise<string> {
  const { files } = await import("./source-files.ts");
  const text = files[`../../../src/${file}`];
  if (text === undefined) throw new Error(`${file} is not among the sources of the page`);
  return names === undefined ? text : names.map((name) => declaration(text, name)).join("\n");
}

/** A function or class at the left margin with the comment before it, as it stands in the file. */
export function declaration(text: string, name: string): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^(export )?(abstract )?(function|class) ${name}\\b`).test(line));
  if (start < 0) throw new Error(`${name} is not declared in this file`);
  const length = lines.slice(start).indexOf("}") + 1;
  let first = start;
  if (lines[start - 1]?.endsWith("*/")) {
    first--;
    while (!lines[first]!.startsWith("/**")) first--;
  }
  return `${lines.slice(first, start + length).join("\n")}\n`;
}

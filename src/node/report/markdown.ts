/** What students write themselves: Markdown files, one for each part of a report. Raw HTML in them stays text. */
import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import MarkdownIt from "markdown-it";
import { readBytes, readText } from "../files.ts";
import { isUserMistake, oneLine, systemReason, UserError } from "../user-mistake.ts";
import { escapeHtml } from "./html.ts";

export const textNames = ["introduction", "graph", "fitting", "networks", "extras", "conclusion"] as const;
export type TextName = (typeof textNames)[number];

export interface Texts {
  /** HTML, with `\n` at its end; parts without a file are missing */
  readonly parts: Partial<Record<TextName, string>>;
  /** The first heading of introduction.md, as text. */
  readonly title?: string;
  /** What was left out, and why: one line each. */
  readonly remarks: readonly string[];
}

const imageTypes: Readonly<Record<string, string>> = {
  ...{ ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg" },
  ...{ ".gif": "image/gif", ".webp": "image/webp", ".svg": "image/svg+xml" },
};
const mostImageBytes = 20e6;

/** @throws {UserError} for a folder that is not there, or has no text */
export async function readTexts(folder: string): Promise<Texts> {
  const names = await readdir(folder).catch((error) => {
    throw new UserError(`report: cannot read --text ${folder}: ${systemReason(error) ?? error.message}`);
  });
  const parts: Partial<Record<TextName, string>> = {};
  const remarks: string[] = [];
  let title: string | undefined;
  for (const name of names.filter((name) => extname(name).toLowerCase() === ".md").sort()) {
    const part = textNames.find((known) => name.toLowerCase() === `${known}.md`);
    if (part === undefined) {
      remarks.push(`${join(folder, name)} was left out: the parts are ${textNames.join(", ")}`);
      continue;
    }
    const text = await renderText(await readText(join(folder, name)), folder, part === "introduction");
    parts[part] = text.html;
    title ??= text.title;
    remarks.push(...text.remarks);
  }
  if (Object.keys(parts).length === 0)
    throw new UserError(
      `report: expected some of ${textNames.map((name) => `${name}.md`).join(", ")} in --text ${folder}, got none`,
    );
  return { parts, remarks, ...(title !== undefined && { title }) };
}

/** Headings go below those of the report; images become part of the page. */
async function renderText(
  text: string,
  folder: string,
  hasTitle: boolean,
): Promise<{ html: string; title?: string; remarks: string[] }> {
  const markdown = new MarkdownIt({ html: false });
  const tokens = markdown.parse(text, {});
  const remarks: string[] = [];
  let title: string | undefined;
  if (hasTitle && tokens[0]?.type === "heading_open" && tokens[0].tag === "h1") title = tokens.splice(0, 3)[1]!.content;
  for (const token of tokens) {
    if (/^heading_/.test(token.type)) token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`;
    for (const child of token.children ?? []) {
      if (child.type !== "image") continue;
      const place = decoded(`${child.attrGet("src") ?? ""}`);
      const data = await embed(place, folder).catch((error) => {
        if (!isUserMistake(error)) throw error;
        remarks.push(`the image ${place} was left out: ${oneLine(error)}`);
        return undefined;
      });
      if (data !== undefined) child.attrSet("src", data);
      else Object.assign(child, { type: "html_inline", content: `<em>${escapeHtml(`[image ${place}]`)}</em>` });
    }
  }
  return {
    html: `${markdown.renderer.render(tokens, markdown.options, {})}\n`,
    remarks,
    ...(title !== undefined && { title }),
  };
}

function decoded(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address; // a percent sign of its own
  }
}

/** A file beside the text as a data URI: nothing in the page is fetched from elsewhere. */
async function embed(place: string, folder: string): Promise<string> {
  const type = imageTypes[extname(place).toLowerCase()];
  if (/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(place) || type === undefined)
    throw new UserError(`expected the name of a file beside the text, ending in ${Object.keys(imageTypes).join(", ")}`);
  return `data:${type};base64,${Buffer.from(await readBytes(join(folder, place), mostImageBytes)).toString("base64")}`;
}

/** Drawings from files, put into a page: only what chainrule itself draws, so that a file cannot bring a script with it. */
import { FormatError } from "../../errors.ts";

const elements = /^(svg|g|path|rect|circle|ellipse|line|polyline|polygon|text|tspan|title|desc|defs|clipPath)$/;
const tag = /<(?:([A-Za-z]+)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*\/?|\/[A-Za-z]+\s*)>/g;

/**
 * @param name - of the file, for the error
 * @throws {FormatError} for anything but an `<svg>` of plain shapes and text
 */
export function inlineSvg(svg: string, name: string): string {
  const drawing = svg.trim().replace(/^<\?xml[^>]*\?>\s*/, "");
  let odd = drawing.startsWith("<svg") ? undefined : "no <svg> at the start";
  const rest = drawing.replaceAll(tag, (_, element?: string, attributes = "") => {
    if (element !== undefined && !elements.test(element)) odd ??= `<${element}>`;
    const [bad] = /\s(?:on\w*|href|[\w-]+:href|src|style)=|url\((?!#)/i.exec(attributes) ?? [];
    if (bad !== undefined) odd ??= bad.trim();
    return "";
  });
  if (rest.includes("<")) odd ??= "a tag that is not closed";
  if (odd !== undefined)
    throw new FormatError(`${name}: expected a drawing of shapes and text, as chainrule writes them, got ${odd}`);
  return drawing;
}

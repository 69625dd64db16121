/** What every drawing must satisfy, read back from its text: used by the tests of all plots. */
import { Resvg } from "@resvg/resvg-js";
import { expect } from "vitest";
import type { Box } from "./svg.ts";
import { textWidth } from "./text-width.ts";

interface Words extends Box {
  readonly content: string;
}

const attribute = (tag: string, name: string): string | undefined => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
const numberOf = (tag: string, name: string): number => Number(attribute(tag, name) ?? 0);

export function sizeOf(svg: string): { width: number; height: number } {
  return { width: numberOf(svg, "width"), height: numberOf(svg, "height") };
}

/** Boxes around the lines of text; of slanted ones only the upper end. */
export function wordsOf(svg: string): Words[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].flatMap(([tag, escaped = ""]) => {
    const content = escaped.replace(/&\w+;/g, "&");
    const size = numberOf(tag, "font-size");
    const width = textWidth(content, size, attribute(tag, "font-weight") === "bold") * 0.97; // ink, not advance
    const [x, y] = [numberOf(tag, "x"), numberOf(tag, "y")];
    const anchor = attribute(tag, "text-anchor");
    const start = anchor === "end" ? -width : anchor === "middle" ? -width / 2 : 0;
    const angle = Number(/rotate\((\S+)/.exec(attribute(tag, "transform") ?? "")?.[1] ?? 0);
    if (angle === 0) return [{ content, left: x + start, top: y - 0.73 * size, width, height: 0.73 * size }];
    if (angle === -45) {
      const reach = (width + 0.36 * size) * Math.SQRT1_2; // a small box at the end stands for the slanted line
      const middle = y - 0.36 * size;
      return [{ content, left: x + reach - 1, top: middle - reach, width: 1, height: 1 }];
    }
    if (angle !== -90) return [];
    const middle = y - 0.36 * size;
    return [{ content, left: x - 0.36 * size, top: middle - width / 2, width: 0.73 * size, height: width }];
  });
}

/** The data areas of the panels. */
export function areasOf(svg: string): Box[] {
  return [...svg.matchAll(/<clipPath[^>]*>(<rect[^>]*>)/g)].map(([, tag = ""]) => ({
    left: numberOf(tag, "x") + 3,
    top: numberOf(tag, "y") + 3,
    width: numberOf(tag, "width") - 6,
    height: numberOf(tag, "height") - 6,
  }));
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}

/** Well-formed, finite, inside its edges, and no text over data or other text. */
export function expectGoodDrawing(svg: string): void {
  new Resvg(svg, { font: { loadSystemFonts: false } }); // parses, or throws
  const withoutWords = svg
    .replace(/href="data:[^"]*"/g, "")
    .replace(/>[^<]+</g, "><")
    .replace(/ aria-label="[^"]*"/, "");
  expect(withoutWords).not.toMatch(/NaN|Infinity|undefined|\de[+-]\d/);
  const { width, height } = sizeOf(svg);
  const words = wordsOf(svg);
  for (const box of words) {
    const inside = box.left >= 0 && box.left + box.width <= width && box.top >= 0 && box.top + box.height <= height;
    if (!inside) expect.fail(`"${box.content}" leaves the drawing of ${width}×${height}: ${JSON.stringify(box)}`);
  }
  for (const area of areasOf(svg)) {
    const over = words.find((box) => overlap(box, area));
    if (over) expect.fail(`"${over.content}" lies over the data: ${JSON.stringify({ over, area })}`);
  }
  words.forEach((one, index) => {
    const other = words.slice(index + 1).find((box) => overlap(box, one));
    if (other) expect.fail(`two texts overlap: ${JSON.stringify({ one, other })}`);
  });
}

export interface ReadPanel {
  readonly title: string;
  /** first and last tick of each axis */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** points of each line or cloud in the units of the axes, under the name that the legend gives their colour */
  readonly series: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>>;
}

/** A chart read as people read it: values from the ticks and their labels, names from the legend. */
export function readChart(svg: string, scaleY: "linear" | "log" = "linear"): ReadPanel[] {
  const shared = readLegend(svg);
  let axes: { x: ReadAxis; y: ReadAxis } | undefined;
  return svg
    .split("</g>")
    .filter((text) => text.includes("<clipPath"))
    .map((panel) => {
      if (panel.includes(tickLabel)) axes = { x: readAxis(panel, "middle"), y: readAxis(panel, "end", scaleY) };
      const { x, y } = axes!; // of the panel before, for what is drawn over it
      const names = new Map([...shared, ...readLegend(panel)]);
      const lines = panel.slice(panel.indexOf("<g clip")).match(/<path [^>]*>/g) ?? [];
      return {
        title: /font-size="13" font-weight="bold"[^>]*>([^<]*)/.exec(panel)?.[1] ?? "",
        x: x.ends,
        y: y.ends,
        series: Object.fromEntries(
          lines.map((line) => {
            const stroke = attribute(line, "stroke") ?? attribute(line, "fill")!;
            const points = [...attribute(line, "d")!.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)];
            return [
              names.get(stroke) ?? stroke,
              points.map((point) => [x.valueAt(Number(point[1])), y.valueAt(Number(point[2]))] as const),
            ];
          }),
        ),
      };
    });
}

/** Names by the colours of the samples that stand before them. */
function readLegend(svg: string): Map<string, string> {
  const entries = svg.matchAll(/(?:stroke|fill)="(#\w+)"[^>]*\/><text[^>]*font-size="12"[^>]*>([^<]*)</g);
  return new Map(Array.from(entries, ([, color, name]) => [color!, name!]));
}

const tickLabel = 'font-size="11.5"';

interface ReadAxis {
  readonly ends: readonly [number, number];
  readonly valueAt: (pixel: number) => number;
}

function readAxis(panel: string, anchor: "middle" | "end", scale: "linear" | "log" = "linear"): ReadAxis {
  const ticks = (panel.match(/<text[^>]*>[^<]+/g) ?? [])
    .filter((text) => text.includes(tickLabel) && attribute(text, "text-anchor") === anchor)
    .map((text) => ({
      value: parseLabel(text.slice(text.indexOf(">") + 1)),
      at: anchor === "end" ? numberOf(text, "y") - 0.36 * 11.5 : numberOf(text, "x"),
    }));
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  const along = scale === "log" ? Math.log10 : (value: number) => value;
  const [a, b] = [along(first.value), along(last.value)];
  const valueAt = (pixel: number): number => {
    const place = a + ((b - a) * (pixel - first.at)) / (last.at - first.at);
    return scale === "log" ? 10 ** place : place;
  };
  return { ends: [first.value, last.value], valueAt };
}

/** `−2.5·10⁻³` and `1,000` as numbers. */
function parseLabel(label: string): number {
  const plain = label.replaceAll("−", "-").replaceAll(",", "");
  const [, digits = "1", power = ""] = /^(?:(.*)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/.exec(plain) ?? [];
  if (!power) return Number(plain);
  return Number(
    `${digits}e${power.replace(/./g, (sign) => (sign === "⁻" ? "-" : String("⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign))))}`,
  );
}

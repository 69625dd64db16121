/** SVG as strings: elements, escaped text, short numbers. Without a DOM, so that a drawing is the same everywhere. */

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * At most two decimals, a hundredth of a pixel: short files, and snapshots that do not depend on the last bit.
 * @throws {RangeError} for NaN and infinities, which no drawing may contain
 */
export function short(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`short: expected a finite number to draw, got ${value}`);
  return String(Math.round(value * 100) / 100 + 0); // + 0 turns −0 into 0
}

/** Text safe inside an element or a quoted attribute; characters that XML forbids become `�`. */
export function escapeXml(content: string): string {
  return content
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** `<name a="1">children</name>`; attributes that are undefined are left out, numbers are shortened. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) tag += ` ${key}="${typeof value === "number" ? short(value) : escapeXml(value)}"`;
  return children.length === 0 ? `${tag}/>` : `${tag}>${children.join("")}</${name}>`;
}

interface TextOptions {
  /** pixels; default 12 */
  readonly size?: number;
  readonly fill?: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
  /** degrees clockwise around (x, y) */
  readonly rotate?: number;
}

/** A line of text, its digits centred on `y`. */
export function text(content: string, x: number, y: number, options: TextOptions = {}): string {
  const { size = 12, fill, anchor, bold, rotate } = options;
  const baseline = y + 0.36 * size; // half of DejaVu Sans' digit height, 0.73 em
  return element(
    "text",
    {
      x,
      y: baseline,
      "font-size": size,
      "font-weight": bold ? "bold" : undefined,
      "text-anchor": anchor === "start" ? undefined : anchor,
      transform: rotate ? `rotate(${short(rotate)} ${short(x)} ${short(y)})` : undefined,
      fill,
    },
    escapeXml(content),
  );
}

interface DocumentOptions {
  readonly width: number;
  readonly height: number;
  /** what a screen reader says */
  readonly label: string;
  /** colour of the whole area; without it the drawing is transparent */
  readonly background?: string | undefined;
}

/** A whole SVG document, width and height in pixels. */
export function svgDocument({ width, height, label, background }: DocumentOptions, ...children: string[]): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${short(width)} ${short(height)}`,
      "font-family": "DejaVu Sans, Verdana, sans-serif",
      role: "img",
      "aria-label": label,
    },
    background === undefined ? "" : element("rect", { width, height, fill: background }),
    "\n",
    ...children.map((child) => `${child}\n`),
  );
}

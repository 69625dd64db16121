/**
 * SVG strings to files: `.svg` as it is, `.png` and `.pdf` drawn with the fonts that come with the package,
 * so that a picture looks the same on every machine. Heavy libraries are loaded at the first use.
 *
 * SVG text should ask for `font-family="DejaVu Sans"` (or `"DejaVu Sans Mono"`), weight normal or bold.
 */
import { createRequire } from "node:module";
import { extname } from "node:path";
import { checkNumber } from "../errors.ts";
import { writeFile } from "./files.ts";
import { UserError } from "./user-mistake.ts";

export const pictureFormats: readonly string[] = [".svg", ".png", ".pdf"];

/** @throws {UserError} when the extension of `path` is not one of {@link pictureFormats} */
export function checkPicturePath(path: string): void {
  if (!pictureFormats.includes(extname(path).toLowerCase()))
    throw new UserError(`cannot write ${path}: expected a picture ending in ${pictureFormats.join(", ")}`);
}

/**
 * Writes a drawing in the format that the extension of `path` names: `.svg`, `.png` or `.pdf`.
 *
 * ```ts
 * await writePicture("losses.pdf", lineChart([{ name: "loss", x: [1, 2, 3], y: [2.3, 1.9, 1.7] }]));
 * await writePicture("graph.png", graph("L = (w*x - y)^2").toSvg(), { scale: 3 });
 * ```
 *
 * @param scale - for `.png`, pixels per unit of the drawing; default 2
 * @returns whether an older file was replaced
 * @throws {UserError} for another extension, a drawing too large for an image, and files that cannot be written
 */
export async function writePicture(
  path: string,
  svg: string,
  { scale = 2 }: { scale?: number } = {},
): Promise<boolean> {
  checkPicturePath(path);
  checkNumber("writePicture", "scale", scale, { positive: true });
  const format = extname(path).toLowerCase();
  if (format === ".svg") return writeFile(path, svg);
  return writeFile(path, format === ".png" ? await svgToPng(svg, { scale }) : await svgToPdf(svg));
}

function fontFile(name: string): string {
  return createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
}

/** Most pixels of an image: 30 megapixels take 120 MB. */
const mostPixels = 30e6;

/**
 * The zoom that keeps the image below {@link mostPixels}.
 * @throws {UserError} when that is below 0.5, where text cannot be read any more
 */
function fittingZoom(svg: string, scale: number): number {
  const { width, height } = sizeOf(svg) ?? { width: 0, height: 0 };
  const zoom = Math.min(scale, Math.sqrt(mostPixels / Math.max(1, width * height)));
  if (zoom < Math.min(scale, 0.5))
    throw new UserError(`the drawing is too large for an image (${width} by ${height} units); write it as .svg`);
  return zoom;
}

/** Width and height of a drawing that states them in plain numbers. */
function sizeOf(svg: string): { width: number; height: number } | undefined {
  const size = /<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"/.exec(svg);
  return size === null ? undefined : { width: Number(size[1]), height: Number(size[2]) };
}

async function renderer(
  svg: string,
  scale: number,
): Promise<{ pixels: Uint8Array; width: number; height: number; png: () => Uint8Array }> {
  const { Resvg } = await import("@resvg/resvg-js");
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: fittingZoom(svg, scale) },
    font: {
      loadSystemFonts: false,
      fontFiles: ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"].map(fontFile),
      defaultFontFamily: "DejaVu Sans",
    },
  }).render();
  return { pixels: image.pixels, width: image.width, height: image.height, png: () => image.asPng() };
}

/** PNG bytes, `scale` pixels per SVG unit, or fewer in a drawing so large that there would be over 30 million of them. */
export async function svgToPng(svg: string, { scale = 2 }: { scale?: number } = {}): Promise<Uint8Array> {
  return (await renderer(svg, scale)).png();
}

/** RGBA pixels, row by row from the top left. */
export async function svgToPixels(
  svg: string,
  { scale = 1 }: { scale?: number } = {},
): Promise<{ pixels: Uint8Array; width: number; height: number }> {
  const { pixels, width, height } = await renderer(svg, scale);
  return { pixels, width, height };
}

/**
 * A one-page PDF of the drawing's own size, vectors and text kept.
 * @throws {UserError} when the drawing has no width and height, {@link Error} when part of it could not be drawn
 */
export async function svgToPdf(svg: string): Promise<Uint8Array> {
  const [{ default: PDFDocument }, { default: drawSvg }] = await Promise.all([
    import("pdfkit"),
    import("svg-to-pdfkit"),
  ]);
  const size = sizeOf(svg);
  if (size === undefined) throw new UserError("svgToPdf: expected an <svg> with width and height in plain numbers");
  const [width, height] = [size.width * 0.75, size.height * 0.75]; // 96 px = 72 pt
  // The date is part of the file and of its id: a fixed one makes the same drawing the same bytes.
  const info = { CreationDate: new Date(0), Creator: "chainrule", Producer: "chainrule" };
  const document = new PDFDocument({ size: [width, height], margin: 0, compress: true, info });
  for (const name of ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"]) document.registerFont(name, fontFile(name));
  const chunks: Uint8Array[] = [];
  const done = new Promise<void>((resolve, reject) => {
    document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    document.on("end", resolve);
    document.on("error", reject);
  });
  drawSvg(document, svg, 0, 0, {
    width,
    height,
    warningCallback: (warning) => {
      throw new Error(`svgToPdf: ${warning}`);
    },
    fontCallback: (family, bold) =>
      family.includes("Mono") ? "DejaVuSansMono" : bold ? "DejaVuSans-Bold" : "DejaVuSans",
  });
  document.end();
  await done;
  return Buffer.concat(chunks);
}

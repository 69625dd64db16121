import type { ImageSize } from "../data/index.ts";
import { element, fitText, svgDocument, type ThemeName, text, themeOf } from "../drawing/index.ts";
import { checkNumber, SettingError } from "../errors.ts";
import { checkSize, heading, padding } from "./chart.ts";
import { pngDataUri } from "./png.ts";

export interface ImageGridOptions {
  /** pixels of the whole drawing, default 900 */
  readonly width?: number;
  /** about how wide one image is drawn, in pixels; default 64 */
  readonly tile?: number;
  /** images in a row; default: as many as fit */
  readonly columns?: number;
  /** one line above the images */
  readonly title?: string;
  /** default `light` */
  readonly theme?: ThemeName;
}

/** One image with an optional line below it. */
export interface GridImage {
  /** bytes 0…255, one plane per channel, rows from the top */
  readonly image: ArrayLike<number>;
  readonly label?: string;
}

/**
 * Images of one size in rows, each pixel a sharp square. The drawing is as wide as asked and as high as needed.
 * @param images - row by row; `undefined` leaves a place empty
 * @throws {SettingError} for sizes out of range
 */
export function imageGrid(
  images: readonly (GridImage | undefined)[],
  size: ImageSize,
  options: ImageGridOptions = {},
): string {
  const { width = 900, tile = 64, title } = options;
  checkSize("imageGrid", "width", width);
  checkNumber("imageGrid", "tile", tile, { positive: true });
  const theme = themeOf("imageGrid", options.theme);
  const inner = width - 2 * padding;
  const gap = Math.min(10, tile / 6);
  const columns = Math.max(1, options.columns ?? Math.floor((inner + gap) / (tile + gap)));
  if (!Number.isInteger(columns))
    throw new SettingError(`imageGrid: expected columns to be a whole number, got ${columns}`);
  const tileWidth = (inner - (columns - 1) * gap) / columns;
  const tileHeight = (tileWidth * size.height) / size.width;
  const labelSize = Math.max(8, Math.min(12, tileWidth / 6));
  const labelRoom = images.some((image) => image?.label) ? labelSize + 6 : 0;
  const top = padding + (title ? 26 : 0);
  const rows = Math.max(1, Math.ceil(images.length / columns));
  const drawn = images.map((shown, index) => {
    if (!shown) return "";
    const { image, label } = shown;
    const x = padding + (index % columns) * (tileWidth + gap);
    const y = top + Math.floor(index / columns) * (tileHeight + labelRoom + gap);
    const picture = element("image", {
      x,
      y,
      width: tileWidth,
      height: tileHeight,
      preserveAspectRatio: "none",
      "image-rendering": "optimizeSpeed", // no smoothing
      href: pngDataUri(image, size),
    });
    if (!label) return picture;
    const line = fitText(label, tileWidth + gap - 2, labelSize);
    const options = { size: labelSize, anchor: "middle", fill: theme.mutedText } as const;
    return picture + text(line, x + tileWidth / 2, y + tileHeight + labelSize / 2 + 4, options);
  });
  return svgDocument(
    {
      width,
      height: Math.ceil(top + rows * (tileHeight + labelRoom + gap) - gap + padding),
      label: title ?? `${images.length} images`,
      background: theme.background,
    },
    ...(title ? [heading(title, inner, theme)] : []),
    ...drawn,
  );
}

import { formatImageSize, type ImageSize, imageLength } from "../data/index.ts";
import { checkInteger, formatShape, ShapeError } from "../errors.ts";
import type { FloatDType, Tensor } from "../tensor/index.ts";
import { type ImageGridOptions, imageGrid } from "./image-grid.ts";

export interface WeightsGridOptions extends ImageGridOptions {
  /** a line below each image, as class names for a linear classifier */
  readonly labels?: readonly string[];
  /** units drawn, from the first; default at most 100 */
  readonly count?: number;
}

/**
 * What each unit of the first layer looks for: its weights as an image. Middle grey is a weight of 0; each unit is
 * scaled by its own largest weight, so that a unit with small weights shows its pattern too.
 *
 * @param w - (D, H) with D = channels·height·width, one column per unit
 * @throws {ShapeError} when the weights do not fit the image size
 */
export function weightsGrid(w: Tensor<FloatDType>, size: ImageSize, options: WeightsGridOptions = {}): string {
  const [D = 0, H = 0] = w.shape;
  if (w.shape.length !== 2 || D !== imageLength(size))
    throw new ShapeError(
      `weightsGrid: expected w of shape (D, H) with D=${imageLength(size)} for images of ${formatImageSize(size)}, got ${formatShape(w.shape)}`,
    );
  const count = options.count ?? Math.min(H, 100);
  checkInteger("weightsGrid", "count", count, 0, H);
  const images = Array.from({ length: count }, (_, unit) => {
    const label = options.labels?.[unit];
    return { image: unitImage(w.data, D, H, unit), ...(label === undefined ? {} : { label }) };
  });
  return imageGrid(images, size, options);
}

function unitImage(weights: ArrayLike<number>, D: number, H: number, unit: number): Uint8Array {
  let largest = 0;
  for (let i = 0; i < D; i++) {
    const weight = Math.abs(weights[i * H + unit]!);
    if (Number.isFinite(weight) && weight > largest) largest = weight;
  }
  return Uint8Array.from({ length: D }, (_, i) => {
    const share = largest === 0 ? 0 : weights[i * H + unit]! / largest;
    return Number.isNaN(share) ? 128 : Math.max(0, Math.min(255, Math.round(127.5 + 127.5 * share)));
  });
}

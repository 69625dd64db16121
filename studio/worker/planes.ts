import type { ImageSize } from "../../src/data/index.ts";

/** Any picture as the bytes of an image of this size: scaled to cover it, what stands out cut off, on white. */
export function toPlanes(picture: ImageBitmap, { channels, height, width }: ImageSize): Uint8Array {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
  const { data } = context.getImageData(0, 0, width, height);
  const plane = width * height;
  const bytes = new Uint8Array(channels * plane);
  for (let i = 0; i < plane; i++) {
    const [r, g, b] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!];
    if (channels === 1) bytes[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else {
      bytes[i] = r;
      bytes[plane + i] = g;
      bytes[2 * plane + i] = b;
    }
  }
  return bytes;
}

/** Numbers as small pictures, on a canvas: images of bytes, and weights from blue through grey to red. */
import { useEffect, useRef } from "preact/hooks";

interface Size {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

interface Props {
  readonly size: Size;
  readonly label: string;
  /** Bytes 0…255 are shown as they are; floats around 0 are scaled by the largest of them. */
  readonly values: Uint8Array | Float32Array;
  readonly scale?: number; // pixels of the page for each of the image
}

export function Pixels({ size, label, values, scale = 2 }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    ref.current!.getContext("2d")!.putImageData(toImageData(values, size), 0, 0);
  }, [values, size]);
  return (
    <canvas
      ref={ref}
      role="img"
      aria-label={label}
      width={size.width}
      height={size.height}
      class="pixels"
      style={{ width: `${size.width * scale}px`, height: `${size.height * scale}px` }}
    />
  );
}

function toImageData(values: Uint8Array | Float32Array, { channels, height, width }: Size): ImageData {
  const plane = height * width;
  const image = new ImageData(width, height);
  const most = values instanceof Float32Array ? values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12) : 1;
  const byte = (value: number): number => (values instanceof Float32Array ? 128 + (127 * value) / most : value);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = byte(values[(channels === 3 ? c * plane : 0) + i]!);
    image.data[4 * i + 3] = 255;
  }
  return image;
}

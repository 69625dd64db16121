/** A drawing of the library, as it would be in a file, with buttons that make it one. */
import { useEffect, useRef } from "preact/hooks";

interface Props {
  readonly svg: string;
  readonly label: string;
  /** Of the files. */
  readonly name: string;
  /** Called with the `id` of a series whose curve was clicked; there must be another way for the keyboard. */
  readonly onPick?: (id: string) => void;
}

export function Svg({ svg, label, name, onPick }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    parsed.setAttribute("role", "img");
    parsed.setAttribute("aria-label", label);
    ref.current!.replaceChildren(document.importNode(parsed, true));
  }, [svg, label]);
  useEffect(() => {
    if (!onPick) return undefined;
    const pick = ({ clientX, clientY }: MouseEvent): void => {
      const id = seriesNear(clientX, clientY);
      if (id !== undefined) onPick(id);
    };
    const drawing = ref.current!;
    drawing.addEventListener("click", pick);
    return () => drawing.removeEventListener("click", pick);
  }, [onPick]);
  return (
    <figure class={`drawing ${onPick ? "pick" : ""}`}>
      <div ref={ref} />
      <figcaption class="row small">
        <button
          type="button"
          class="quiet small"
          onClick={() => save(`${name}.svg`, new Blob([svg], { type: "image/svg+xml" }))}
        >
          SVG
        </button>
        <button type="button" class="quiet small" onClick={() => toPng(svg).then((blob) => save(`${name}.png`, blob))}>
          PNG
        </button>
      </figcaption>
    </figure>
  );
}

/** A curve is thin: what is within 8 pixels of the pointer counts, the nearest first. */
function seriesNear(x: number, y: number): string | undefined {
  for (let distance = 0; distance <= 8; distance += 2)
    for (let turn = 0; turn < 16; turn++) {
      const angle = (turn / 8) * Math.PI;
      const found = document.elementFromPoint(x + distance * Math.cos(angle), y + distance * Math.sin(angle));
      const id = found?.getAttribute("data-series");
      if (id) return id;
    }
  return undefined;
}

/** Hands a file to the person. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** At twice its size. */
async function toPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.naturalWidth;
  canvas.height = 2 * image.naturalHeight;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made")))),
  );
}

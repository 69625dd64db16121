/** Points, targets, and where the transform of this step takes the points; targets can be dragged, painted or moved by keys. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { createRng } from "../../../src/tensor/index.ts";
import { theme } from "../../state/theme.ts";
import { formatGif } from "./gif.ts";
import { descent, move, points, step } from "./state.ts";

const size = 640; // pixels of the canvas, each way
const reach = 14; // pixels: how near the pointer must be

export function Plane({ paints }: { paints: boolean }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const held = useRef<number | undefined>(undefined);
  const chosen = useSignal(-1);
  const { p, pPrime } = points.value;
  const six = descent.value.path[step.value]!;
  const view = viewOf(p.data, pPrime.data);
  useEffect(() => {
    draw(ref.current!, { p: p.data, pPrime: pPrime.data, six, view, chosen: chosen.value });
  }, [p, pPrime, six, chosen.value, theme()]);

  const at = (event: PointerEvent): [x: number, y: number] => {
    const box = ref.current!.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * size, ((event.clientY - box.top) / box.height) * size];
  };
  const near = ([x, y]: [number, number]): number[] => {
    const found: [number, number][] = [];
    for (let i = 0; i < pPrime.data.length / 2; i++) {
      const [px, py] = view.toPixels(pPrime.data[2 * i]!, pPrime.data[2 * i + 1]!);
      const distance = Math.hypot(px - x, py - y);
      if (distance < reach) found.push([distance, i]);
    }
    return found.sort(([a], [b]) => a - b).map(([, i]) => i);
  };
  const paint = (place: [number, number]): void => {
    const rows = near(place);
    if (rows.length === 0) return;
    move(
      rows.map((row) => {
        const rng = createRng(442, row + 1);
        return [row, view.low[0] + rng.uniform() * view.span, view.low[1] + rng.uniform() * view.span];
      }),
    );
  };
  return (
    <canvas
      ref={ref}
      class="plane"
      width={size}
      height={size}
      tabIndex={0}
      role="application"
      aria-label={`${p.shape[0]} points and targets. N and P choose a target, the arrow keys move it.${chosen.value >= 0 ? ` Target ${chosen.value + 1} is chosen.` : ""}`}
      onPointerDown={(event) => {
        const place = at(event);
        held.current = paints ? -1 : near(place)[0];
        if (held.current === undefined) return;
        ref.current!.setPointerCapture(event.pointerId);
        if (paints) paint(place);
        else chosen.value = held.current;
      }}
      onPointerMove={(event) => {
        if (held.current === undefined) return;
        const place = at(event);
        if (paints) paint(place);
        else move([[held.current, ...view.toPoint(...place)]]);
      }}
      onPointerUp={() => {
        held.current = undefined;
      }}
      onKeyDown={(event) => {
        const n = pPrime.shape[0]!;
        const row = chosen.value;
        const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [
          0, 0,
        ];
        if (event.key === "n") chosen.value = (row + 1) % n;
        else if (event.key === "p") chosen.value = (row + n - 1) % n;
        else if (row >= 0 && (dx !== 0 || dy !== 0)) {
          const by = view.span / 50;
          move([[row, pPrime.data[2 * row]! + dx! * by, pPrime.data[2 * row + 1]! + dy! * by]]);
        } else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}

/** The descent as an animation: at most so many frames, the last one held. */
export function animate(path: readonly (readonly number[])[], mostFrames = 60): Uint8Array {
  const { p, pPrime } = points.peek();
  const view = viewOf(p.data, pPrime.data);
  const [large, small] = [new OffscreenCanvas(size, size), new OffscreenCanvas(size / 2, size / 2)];
  const context = small.getContext("2d", { willReadFrequently: true })!;
  const count = Math.min(mostFrames, path.length);
  const frames = Array.from({ length: count }, (_, i) => {
    const six = path[Math.round((i * (path.length - 1)) / Math.max(1, count - 1))]!;
    draw(large, { p: p.data, pPrime: pPrime.data, six, view, chosen: -1 });
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
    context.fillRect(0, 0, small.width, small.height);
    context.drawImage(large, 0, 0, small.width, small.height);
    return { data: context.getImageData(0, 0, small.width, small.height).data, delay: i === count - 1 ? 200 : 8 };
  });
  return formatGif(small.width, small.height, frames);
}

interface View {
  readonly low: readonly [number, number];
  readonly span: number;
  toPixels(x: number, y: number): [number, number];
  toPoint(x: number, y: number): [number, number];
}

/** Room for all points and targets, the same scale both ways. */
function viewOf(p: ArrayLike<number>, pPrime: ArrayLike<number>): View {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const data of [p, pPrime])
    for (let i = 0; i < data.length; i += 2) {
      left = Math.min(left, data[i]!);
      right = Math.max(right, data[i]!);
      bottom = Math.min(bottom, data[i + 1]!);
      top = Math.max(top, data[i + 1]!);
    }
  const span = 1.15 * Math.max(right - left, top - bottom, 1e-9);
  const low = [(left + right - span) / 2, (bottom + top - span) / 2] as const;
  return {
    ...{ low, span },
    toPixels: (x, y) => [((x - low[0]) / span) * size, size - ((y - low[1]) / span) * size],
    toPoint: (x, y) => [low[0] + (x / size) * span, low[1] + ((size - y) / size) * span],
  };
}

interface Drawn {
  readonly p: ArrayLike<number>;
  readonly pPrime: ArrayLike<number>;
  readonly six: readonly number[];
  readonly view: View;
  readonly chosen: number;
}

function draw(canvas: HTMLCanvasElement | OffscreenCanvas, { p, pPrime, six, view, chosen }: Drawn): void {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.clearRect(0, 0, size, size);
  const radius = Math.max(2, Math.min(4, 60 / Math.sqrt(p.length / 2)));
  const dot = (x: number, y: number, r: number, fill: boolean): void => {
    const [px, py] = view.toPixels(x, y);
    context.beginPath();
    context.arc(px, py, r, 0, 2 * Math.PI);
    if (fill) context.fill();
    else context.stroke();
  };
  const each = (data: ArrayLike<number>, paint: (x: number, y: number, i: number) => void): void => {
    for (let i = 0; i < data.length / 2; i++) paint(data[2 * i]!, data[2 * i + 1]!, i);
  };
  const [a, b, c, d, e, f] = six as [number, number, number, number, number, number];
  context.lineWidth = 1;
  context.strokeStyle = color("--line");
  each(p, (x, y, i) => {
    context.beginPath();
    context.moveTo(...view.toPixels(a * x + b * y + e, c * x + d * y + f));
    context.lineTo(...view.toPixels(pPrime[2 * i]!, pPrime[2 * i + 1]!));
    context.stroke();
  });
  context.fillStyle = color("--muted");
  each(p, (x, y) => dot(x, y, radius * 0.7, true));
  context.lineWidth = 1.5;
  context.strokeStyle = color("--series-1");
  each(pPrime, (x, y) => dot(x, y, radius + 1, false));
  context.fillStyle = color("--series-2");
  each(p, (x, y) => dot(a * x + b * y + e, c * x + d * y + f, radius, true));
  if (chosen < 0 || chosen >= pPrime.length / 2) return;
  context.lineWidth = 2;
  context.strokeStyle = color("--ink");
  dot(pPrime[2 * chosen]!, pPrime[2 * chosen + 1]!, radius + 5, false);
}

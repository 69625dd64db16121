/** The loss over two of the six parameters, and the way of the descent down it. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { theme } from "../../state/theme.ts";
import { parameterNames, type Six, sliceOf } from "./model.ts";
import { axisX, axisY, descent, others, params, points, step } from "./state.ts";

const size = 320;

export function Surface() {
  const ref = useRef<HTMLCanvasElement>(null);
  const [i, j] = [Math.round(axisX()), Math.round(axisY())];
  const { path } = descent.value;
  const now = path[step.value]!;
  const best = others.value[0]?.six;
  const slice = useMemo(
    () => sliceOf(points.value, now, [i, j], best ? [...path, best] : path),
    [points.value, path, now, i, j, best],
  );
  useEffect(() => {
    const canvas = ref.current!;
    const context = canvas.getContext("2d")!;
    const style = getComputedStyle(canvas);
    const color = (name: string): string => style.getPropertyValue(name);
    const { values, size: cells, x, y } = slice;
    const lowest = values.reduce((a, b) => Math.min(a, b), Infinity);
    const highest = values.reduce((a, b) => Math.max(a, b), 0);
    const cell = size / cells;
    const [from, to] =
      theme() === "dark"
        ? [
            [20, 24, 29],
            [70, 110, 190],
          ]
        : [
            [255, 255, 255],
            [90, 140, 210],
          ];
    for (let k = 0; k < values.length; k++) {
      // In bands, so that lines of equal loss can be seen.
      const height = Math.sqrt((values[k]! - lowest) / Math.max(highest - lowest, 1e-300));
      const band = Math.round(height * 14) / 14;
      const part = (c: number): number => Math.round(from![c]! + (to![c]! - from![c]!) * band);
      context.fillStyle = `rgb(${part(0)} ${part(1)} ${part(2)})`;
      context.fillRect((k % cells) * cell, Math.floor(k / cells) * cell, cell + 1, cell + 1);
    }
    const place = (six: Six): [number, number] => [
      ((six[i]! - x[0]) / (x[1] - x[0])) * size,
      size - ((six[j]! - y[0]) / (y[1] - y[0])) * size,
    ];
    context.strokeStyle = color("--series-2");
    context.lineWidth = 2;
    context.beginPath();
    path
      .slice(0, step.value + 1)
      .forEach((six, k) => (k === 0 ? context.moveTo(...place(six)) : context.lineTo(...place(six))));
    context.stroke();
    const mark = (six: Six, fill: string): void => {
      context.fillStyle = fill;
      context.beginPath();
      context.arc(...place(six), 5, 0, 2 * Math.PI);
      context.fill();
    };
    if (best) mark(best, color("--series-3"));
    mark(now, color("--series-2"));
  }, [slice, path, step.value, theme()]);
  const choose = (name: "x" | "y", label: string) => (
    <label>
      {label}{" "}
      <select value={params.get(name)} onChange={({ currentTarget }) => params.set({ [name]: currentTarget.value })}>
        {parameterNames.map((parameter, k) => (
          <option key={parameter} value={String(k)}>
            {parameter}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <figure class="surface">
      <figcaption class="row">
        <b>Loss</b> {choose("x", "across")} {choose("y", "up")}
      </figcaption>
      <canvas
        ref={ref}
        width={size}
        height={size}
        role="img"
        aria-label={`The loss over ${parameterNames[i]} and ${parameterNames[j]}, with the way of the descent`}
      />
      <p class="small muted">
        The other four parameters are as at this step. <span class="key descent">descent</span>{" "}
        <span class="key best">least squares</span>
      </p>
    </figure>
  );
}

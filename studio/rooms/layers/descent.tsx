/** The way of an optimizer through a valley, beside that of plain gradient descent. */
import { useMemo } from "preact/hooks";
import { NumberField } from "../../parts/number-field.tsx";
import { shorten } from "./matrix.tsx";
import type { OptimizerText } from "./optimizer-texts.ts";
import type { Setting } from "./parts.ts";
import { params, readSetting, setSetting } from "./state.ts";
import { contour, descend, type Point, type Valley, valleys } from "./valley.ts";

const [width, height] = [640, 360];
const mostSteps = 200;

export function Descent({ name, text }: { name: string; text: OptimizerText }) {
  const key = Object.hasOwn(valleys, params.get("valley")) ? params.get("valley") : "narrow";
  const valley = valleys[key]!;
  const settings = settingsOf(text, key, valley);
  const read = (setting: string): number => readSetting(setting, settings[setting]!);
  const takes = (setting: "momentum" | "weightDecay"): number => (text.takes.includes(setting) ? read(setting) : 0);
  const start: Point = [read("u"), read("v")];
  const steps = read("steps");
  const options = { learningRate: read("rate"), momentum: takes("momentum"), weightDecay: takes("weightDecay") };
  const path = descend(name, valley, start, steps, options);
  const plainRate = { narrow: 0.09, bent: 0.012 }[key]!;
  const plain = descend("sgd", valley, start, steps, { learningRate: plainRate, momentum: 0, weightDecay: 0 });
  const isPlain = name === "sgd" && options.momentum === 0 && options.learningRate === plainRate;
  const [u, v] = path.at(-1)!;
  const shown = ["rate", ...text.takes, "u", "v"];
  return (
    <>
      <div class="row controls">
        <label>
          valley
          <select
            value={key}
            onChange={({ currentTarget }) =>
              params.set({ valley: currentTarget.value, rate: undefined, u: undefined, v: undefined })
            }
          >
            {Object.entries(valleys).map(([name, { title }]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
        {shown.map((setting) => (
          <label key={setting} for={`setting-${setting}`}>
            {titles[setting]}
            <NumberField
              id={`setting-${setting}`}
              min={settings[setting]!.min}
              max={settings[setting]!.max}
              value={read(setting)}
              onValue={(value) => setSetting(setting, settings[setting]!, value)}
            />
          </label>
        ))}
      </div>
      <Picture
        valley={valley}
        path={path}
        plain={isPlain ? undefined : plain}
        onStart={([u, v]) => {
          setSetting("u", settings.u!, Number(u.toFixed(2)));
          setSetting("v", settings.v!, Number(v.toFixed(2)));
        }}
      />
      <label class="steps">
        <span>steps</span>
        <input
          type="range"
          min={0}
          max={mostSteps}
          value={steps}
          onInput={({ currentTarget }) => setSetting("steps", settings.steps!, currentTarget.valueAsNumber)}
        />
        <output>{steps}</output>
      </label>
      <p role="status">
        {path.length <= steps
          ? `After ${path.length - 1} steps it has left for infinity: the learning rate is too large for this valley.`
          : `After ${steps} steps: f = ${shorten(valley.f(u, v))} at (${shorten(u)}, ${shorten(v)}).`}
      </p>
      <p class="small muted">
        Click the picture to start elsewhere.
        {!isPlain && ` Dashed: plain gradient descent with the rate ${plainRate}, from the same place.`}
      </p>
    </>
  );
}

const titles: Readonly<Record<string, string>> = {
  rate: "learning rate",
  momentum: "momentum",
  weightDecay: "weight decay",
  u: "start u",
  v: "start v",
};

function settingsOf(text: OptimizerText, key: string, valley: Valley): Readonly<Record<string, Setting>> {
  const { momentum } = text;
  return {
    rate: { value: text.rates[key]!, min: 0.0001, max: 10, step: 0.001 },
    momentum: { value: momentum ?? 0, min: momentum === undefined ? 0 : 0.05, max: 0.99, step: 0.05 },
    weightDecay: { value: 0.1, min: 0, max: 10, step: 0.05 },
    steps: { value: 40, min: 0, max: mostSteps, step: 1 },
    u: { value: valley.start[0], min: -10, max: 10, step: 0.1 },
    v: { value: valley.start[1], min: -10, max: 10, step: 0.1 },
  };
}

interface PictureProps {
  readonly valley: Valley;
  readonly path: readonly Point[];
  readonly plain: readonly Point[] | undefined;
  readonly onStart: (start: Point) => void;
}

function Picture({ valley, path, plain, onStart }: PictureProps) {
  const { range, lowest, levels } = valley;
  const toX = (u: number): number => ((u - range.u[0]) / (range.u[1] - range.u[0])) * width;
  const toY = (v: number): number => ((range.v[1] - v) / (range.v[1] - range.v[0])) * height;
  const point = ([u, v]: Point): string => `${toX(u).toFixed(1)},${toY(v).toFixed(1)}`;
  const contours = useMemo(
    () =>
      levels.map((level) =>
        contour(valley, level)
          .map(([from, to]) => `M${point(from)}L${point(to)}`)
          .join(""),
      ),
    [valley],
  );
  const start = (event: MouseEvent & { currentTarget: SVGSVGElement }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (at: number, from: number, length: number): number => (at - from) / length;
    onStart([
      range.u[0] + share(event.clientX, box.left, box.width) * (range.u[1] - range.u[0]),
      range.v[1] - share(event.clientY, box.top, box.height) * (range.v[1] - range.v[0]),
    ]);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the fields "start u" and "start v" do the same
    <svg
      class="valley"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label="The valley from above, and the way through it"
      onClick={start}
    >
      {contours.map((d, i) => (
        <path key={i} class="contour" d={d} />
      ))}
      {plain && <path class="plain" d={`M${plain.map(point).join("L")}`} />}
      <path class="way" d={`M${path.map(point).join("L")}`} />
      {path.map((at, i) => (
        <circle key={i} class="step" cx={toX(at[0])} cy={toY(at[1])} r={i === 0 || i === path.length - 1 ? 6 : 2.5} />
      ))}
      <path class="lowest" d={`M${toX(lowest[0]) - 6},${toY(lowest[1])}h12m-6,-6v12`} />
    </svg>
  );
}

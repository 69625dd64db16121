/** The Fit room: an affine transform is fitted by gradient descent, beside least squares and RANSAC on the same points. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { lineChart } from "../../../src/plots/index.ts";
import { FileButton } from "../../parts/file-button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Svg, save } from "../../parts/svg.tsx";
import { Transport } from "../../parts/transport.tsx";
import { theme } from "../../state/theme.ts";
import { parameterNames, transformOf } from "./model.ts";
import { animate, Plane } from "./plane.tsx";
import "./room.css";
import {
  descent,
  drop,
  dropped,
  goTo,
  huber,
  message,
  momentum,
  moves,
  others,
  params,
  playing,
  share,
  step,
} from "./state.ts";
import { Surface } from "./surface.tsx";

export default function Room() {
  const paints = useSignal(false);
  useEffect(
    () => () => {
      playing.value = false;
    },
    [],
  );
  return (
    <div
      class="fit-room"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void drop(event.dataTransfer?.files[0]);
      }}
    >
      <aside class="stack side" aria-label="Points and settings">
        <PointsPanel paints={paints} />
        <DescentPanel />
      </aside>
      <section class="stack stage" aria-label="The fit">
        <Transport
          at={step.value}
          last={descent.value.path.length - 1}
          onGo={goTo}
          next="Step ▶"
          playing={playing}
          replays
        />
        <Plane paints={paints.value} />
        <p class="small muted">
          <span class="key points">points</span> <span class="key targets">targets</span>{" "}
          <span class="key descent">points, transformed</span>
        </p>
      </section>
      <aside class="stack side" aria-label="Loss">
        <Losses />
        <Surface />
        <Table />
      </aside>
    </div>
  );
}

function PointsPanel({ paints }: { paints: { value: boolean } }) {
  const isOwn = dropped.value !== undefined;
  return (
    <section class="stack">
      <h2>Points</h2>
      <p>
        {isOwn
          ? `${dropped.value!.name}: ${dropped.value!.points.p.shape[0]} points`
          : "A letter F, and where it should go."}{" "}
        Drag a target.
      </p>
      <Slider name="count" label="points" min={10} max={600} step={10} disabled={isOwn} />
      <Slider
        name="outliers"
        label="outliers"
        min={0}
        max={0.8}
        step={0.05}
        disabled={isOwn}
        show={(value) => `${Math.round(100 * value)}%`}
      />
      <div class="row">
        <button
          type="button"
          aria-pressed={paints.value}
          onClick={() => {
            paints.value = !paints.value;
          }}
        >
          Paint outliers
        </button>
        <button type="button" disabled={moves.value.length === 0} onClick={() => params.set({ moved: "" })}>
          Targets back
        </button>
        <FileButton label="Points" accept=".npy,.csv,.txt" onFiles={([file]) => void drop(file)}>
          File…
        </FileButton>
        {isOwn && (
          <button
            type="button"
            onClick={() => {
              dropped.value = undefined;
            }}
          >
            The letter again
          </button>
        )}
      </div>
      <Problem text={message.value} />
    </section>
  );
}

function DescentPanel() {
  const { rate, limit, diverged } = descent.value;
  return (
    <section class="stack">
      <h2>Gradient descent</h2>
      <Slider
        name="share"
        label="learning rate"
        min={0.02}
        max={1.3}
        step={0.01}
        show={() => `${rate.toPrecision(3)}${share() > 1 ? ", unstable" : ""}`}
      />
      <p class="small muted">Stable below {limit.toPrecision(3)}: the mark is at that rate.</p>
      <Slider name="momentum" label="momentum" min={0} max={0.95} step={0.05} show={() => momentum().toFixed(2)} />
      <Slider
        name="huber"
        label="Huber δ"
        min={0}
        max={1}
        step={0.05}
        show={() => (huber() === 0 ? "off: squared distance" : huber().toFixed(2))}
      />
      <Slider name="steps" label="steps" min={10} max={1000} step={10} />
      {diverged && (
        <p class="error" role="status">
          It diverges: every step overshoots by more than the last. Choose a rate below the limit.
        </p>
      )}
    </section>
  );
}

interface SliderProps {
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly disabled?: boolean;
  readonly show?: (value: number) => string;
}

function Slider({ name, label, min, max, step: by, disabled = false, show = String }: SliderProps) {
  const value = Number(params.get(name));
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={by}
        value={value}
        disabled={disabled}
        {...(name === "share" && { list: "limit" })}
        onInput={({ currentTarget }) => params.set({ [name]: currentTarget.value })}
      />
      <output>{show(value)}</output>
      {name === "share" && (
        <datalist id="limit">
          <option value="1" />
        </datalist>
      )}
    </label>
  );
}

function Losses() {
  const { losses } = descent.value;
  const least = others.value.find(({ name }) => name === "least squares");
  const svg = useMemo(() => {
    const x = Float64Array.from(losses, (_, i) => i);
    const floor = losses.map(() => least?.loss ?? Number.NaN);
    return lineChart(
      [
        { name: "gradient descent", x, y: losses, color: 1 },
        ...(least && huber() === 0 ? [{ name: "least squares", x, y: floor, color: 2 }] : []),
      ],
      { theme: theme(), width: 360, height: 260, x: { label: "step" }, y: { label: "loss", scale: "log" } },
    );
  }, [losses, least, theme()]);
  return <Svg svg={svg} label="The loss, step by step" name="fit-loss" />;
}

function Table() {
  const six = descent.value.path[step.value]!;
  const rows = [
    { name: `descent, step ${step.value}`, six, loss: descent.value.losses[step.value]!, note: "" },
    ...others.value,
  ];
  const download = (): void => {
    const { s, t } = transformOf(six);
    const text = JSON.stringify(
      { s: s.toArray(), t: t.toArray(), loss: rows[0]!.loss, step: step.value },
      undefined,
      2,
    );
    save("transform.json", new Blob([text], { type: "application/json" }));
  };
  return (
    <section class="stack" aria-label="Transforms">
      <Scroll label="Table of transforms">
        <table>
          <thead>
            <tr>
              <th scope="col">by</th>
              {rows.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {parameterNames.map((name, k) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {rows.map((row) => (
                  <td key={row.name}>{row.six[k]!.toFixed(4)}</td>
                ))}
              </tr>
            ))}
            <tr>
              <th scope="row">loss</th>
              {rows.map((row) => (
                <td key={row.name}>{row.loss.toPrecision(4)}</td>
              ))}
            </tr>
          </tbody>
        </table>
      </Scroll>
      {rows.slice(1).map(({ name, note }) => (
        <p key={name} class="small muted">
          {name}: {note}
        </p>
      ))}
      <div class="row">
        <button type="button" onClick={download}>
          Download the transform
        </button>
        <button
          type="button"
          onClick={() => {
            const gif = animate(descent.value.path) as Uint8Array<ArrayBuffer>;
            save("descent.gif", new Blob([gif], { type: "image/gif" }));
          }}
        >
          GIF
        </button>
      </div>
    </section>
  );
}

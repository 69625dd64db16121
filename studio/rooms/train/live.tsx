/** What happens while it trains: progress, curves, weights, layers, confusion. */
import { useMemo } from "preact/hooks";
import { trainingPlot } from "../../../src/plots/index.ts";
import type { LayerReport } from "../../../src/training/index.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Svg } from "../../parts/svg.tsx";
import { theme } from "../../state/theme.ts";
import { cell, current, dataset, kernelsInUse, preparing, showCell, speed, view } from "./state.ts";
import { ask } from "./why.tsx";

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

export function Progress() {
  const run = current.value;
  if (!run) return preparing.value ? <p role="status">{preparing.value}</p> : null;
  const total = run.stepsPerEpoch * run.settings.epochs;
  const done = run.losses.length;
  const last = run.epochs.at(-1);
  const left =
    run.status === "training" && speed.value > 0 ? ((total - done) * run.settings.batchSize) / speed.value : 0;
  return (
    <section class="card" aria-label="Progress">
      <p>
        <b>{run.name}</b> · {run.status} · epoch{" "}
        {Math.min(run.settings.epochs, Math.floor(done / run.stepsPerEpoch) + (run.status === "training" ? 1 : 0))} of{" "}
        {run.settings.epochs} · step {done.toLocaleString()} of {total.toLocaleString()}
        {run.status === "training" &&
          ` · ${Math.round(speed.value).toLocaleString()} examples a second · ${Math.ceil(left)} s left`}
      </p>
      <progress value={done} max={total} aria-label="Steps" />
      {last && (
        <p class="small">
          data loss {last.dataLoss.toFixed(4)} + penalty {last.regLoss.toFixed(4)} · val loss {last.valLoss.toFixed(4)}{" "}
          · train {percent(last.trainAccuracy)} · <b>val {percent(last.valAccuracy)}</b>
        </p>
      )}
      <p class="small muted">{kernelsInUse.value}</p>
    </section>
  );
}

/** Pixels that a chart may take. */
export function chartWidth(): number {
  return Math.max(320, Math.min(860, innerWidth - 32));
}

export function Curves() {
  const run = current.value;
  const epochs = run?.epochs.length ?? 0;
  // Every few steps while there is no epoch yet, then once an epoch and now and then in between.
  const tick = run ? Math.floor(run.losses.length / Math.max(1, Math.ceil(run.stepsPerEpoch / 2))) : 0;
  const svg = useMemo(() => {
    if (!run || run.losses.length === 0) return undefined;
    return trainingPlot(run, { theme: theme(), width: chartWidth(), title: `${run.name} on ${run.dataset}` });
  }, [run?.id, tick, epochs, theme()]);
  return svg ? <Svg svg={svg} label="Loss and accuracy" name={`${run!.name}-curves`} /> : null;
}

export function Weights() {
  const { weights } = view.value ?? {};
  const size = dataset.value?.size;
  if (!weights || !size) return null;
  return (
    <section class="stack" aria-label="Weights of the first layer">
      <h2>Weights of the first layer</h2>
      <div class="tiles">
        {weights.map((values, unit) => (
          <Pixels
            key={`${unit}`}
            size={size}
            values={values}
            label={`weights of unit ${unit}`}
            scale={48 / size.width}
          />
        ))}
      </div>
    </section>
  );
}

export function Layers() {
  const layers = view.value?.layers ?? [];
  if (layers.length === 0) return null;
  const show = (value: number): string => (value === 0 ? "0" : value.toPrecision(3));
  const columns: readonly (readonly [string, (layer: LayerReport) => string])[] = [
    ["mean", ({ mean }) => show(mean)],
    ["spread", ({ std }) => show(std)],
    ["gradients' spread", ({ gradStd }) => show(gradStd)],
    ["dead units", ({ dead }) => percent(dead)],
  ];
  return (
    <section class="stack" aria-label="Layers">
      <h2>What leaves each layer, and what comes back to it</h2>
      <Scroll label="Table of the layers">
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th>
              {columns.map(([title]) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {layers.map((layer) => (
              <tr key={layer.name}>
                <th scope="row">{layer.name}</th>
                {columns.map(([title, text]) => (
                  <td key={title}>{text(layer)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

export function Confusion() {
  const confusion = view.value?.confusion;
  const info = dataset.value;
  if (!confusion || !info) return null;
  const most = Math.max(1, ...confusion.flat());
  const opened = cell.value;
  return (
    <section class="stack" aria-label="Confusion">
      <h2>What was taken for what</h2>
      <Scroll label="Confusion matrix">
        <table class="confusion">
          <thead>
            <tr>
              <th scope="col">is \ taken for</th>
              {info.classNames.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {confusion.map((row, label) => (
              <tr key={info.classNames[label]}>
                <th scope="row">{info.classNames[label]}</th>
                {row.map((count, predicted) => (
                  <td key={info.classNames[predicted]} class={`shade-${Math.round((8 * count) / most)}`}>
                    {count > 0 && (
                      <button
                        type="button"
                        aria-label={`${count} images of ${info.classNames[label]} taken for ${info.classNames[predicted]}`}
                        onClick={() => showCell(label, predicted)}
                      >
                        {count}
                      </button>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {opened && (
        <>
          <h2>
            {info.classNames[opened.label]} taken for {info.classNames[opened.predicted]}
          </h2>
          <Pictures pictures={opened.pictures} />
        </>
      )}
    </section>
  );
}

export function Mistakes() {
  const mistakes = view.value?.mistakes ?? [];
  if (mistakes.length === 0) return null;
  return (
    <section class="stack" aria-label="Most wrong images">
      <h2>Most wrong about</h2>
      <Pictures pictures={mistakes} />
    </section>
  );
}

/** Images that can be asked why. */
function Pictures({ pictures }: { pictures: readonly { image: Uint8Array; text: string }[] }) {
  const size = dataset.value!.size;
  return (
    <div class="tiles">
      {pictures.map(({ image, text }, i) => (
        <button key={`${i} ${text}`} type="button" class="picture" onClick={() => ask(image)}>
          <Pixels size={size} values={image} label={text} scale={64 / size.width} />
          <span class="small">{text}</span>
        </button>
      ))}
    </div>
  );
}

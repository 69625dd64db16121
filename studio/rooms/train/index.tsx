/** The Train room: images, a recipe, and everything that happens while a network learns them. */
import { useEffect } from "preact/hooks";
import { Data } from "./data.tsx";
import { Confusion, Curves, Layers, Mistakes, Progress, Weights } from "./live.tsx";
import "./room.css";
import { Runs } from "./runs.tsx";
import { Settings } from "./settings.tsx";
import {
  current,
  dataset,
  isTraining,
  loadKept,
  open,
  opening,
  paused,
  rate,
  setPaused,
  setRate,
  start,
  stop,
  watchOthers,
} from "./state.ts";
import { Why } from "./why.tsx";

export default function Room() {
  useEffect(() => {
    void loadKept();
    if (!dataset.peek() && !opening.peek()) open({ kind: "shapes" }, "the shapes");
    return watchOthers();
  }, []);
  return (
    <div class="train-room">
      <aside class="stack side" aria-label="Images and settings">
        <Data />
        <Controls />
        <Settings />
      </aside>
      <div class="stack results">
        <Progress />
        {!current.value && (
          <p class="empty">
            Press <b>Train</b>: the built-in shapes take a few seconds.
          </p>
        )}
        <Curves />
        <Weights />
        <Layers />
        <Confusion />
        <Mistakes />
        <Why />
        <Runs />
      </div>
    </div>
  );
}

function Controls() {
  const training = isTraining.value;
  return (
    <section class="stack" aria-label="Training">
      <div class="row">
        <button type="button" class="main" disabled={training || !dataset.value} onClick={() => void start()}>
          {current.value && !training ? "Train again" : "Train"}
        </button>
        <button type="button" disabled={!training} aria-pressed={paused.value} onClick={() => setPaused(!paused.value)}>
          {paused.value ? "Go on" : "Pause"}
        </button>
        <button type="button" disabled={!training} onClick={stop}>
          Stop
        </button>
      </div>
      {training && (
        <label class="small">
          learning rate × {rate.value}
          <input
            type="range"
            min={-3}
            max={3}
            step={1}
            value={Math.log2(rate.value)}
            onInput={({ currentTarget }) => setRate(2 ** Number(currentTarget.value))}
          />
        </label>
      )}
    </section>
  );
}

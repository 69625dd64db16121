/** Steps that can be taken, taken back, played and scrubbed. */
import type { Signal } from "@preact/signals";

interface Props {
  readonly at: number;
  readonly last: number;
  readonly onGo: (step: number) => void;
  /** What the main button says, which takes a step. */
  readonly next: string;
  readonly playing: Signal<boolean>;
  /** At the end, Play starts again; without it there is nothing to play. */
  readonly replays?: boolean;
  /** The furthest step that may be seen now; default all. */
  readonly reach?: number;
}

export function Transport({ at, last, onGo, next, playing, replays = false, reach = last }: Props) {
  const isStuck = at >= reach;
  return (
    <div class="row" role="group" aria-label="Steps">
      <button type="button" disabled={at === 0} onClick={() => onGo(0)} aria-label="To the start">
        |◀
      </button>
      <button type="button" disabled={at === 0} onClick={() => onGo(at - 1)} aria-label="Back one step">
        ◀
      </button>
      <button type="button" class="main" disabled={isStuck} onClick={() => onGo(at + 1)}>
        {next}
      </button>
      <button type="button" disabled={isStuck} onClick={() => onGo(reach)} aria-label="To the end">
        ▶|
      </button>
      <button
        type="button"
        disabled={isStuck && !replays}
        aria-pressed={playing.value}
        onClick={() => {
          if (at === last) onGo(0);
          playing.value = !playing.value;
        }}
      >
        {playing.value ? "Pause" : "Play"}
      </button>
      <label class="scrub">
        <span class="hidden">Step</span>
        <input
          type="range"
          min={0}
          max={reach}
          value={at}
          onInput={({ currentTarget }) => onGo(Number(currentTarget.value))}
        />
      </label>
      <span class="small muted">
        {at} / {last}
      </span>
    </div>
  );
}

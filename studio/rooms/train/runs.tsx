/** The runs that are kept in this browser: overlaid, downloaded, gone on with, forgotten. */
import { useSignal } from "@preact/signals";
import { useCallback, useMemo } from "preact/hooks";
import { runsPlot, trainingPlot } from "../../../src/plots/index.ts";
import { bestEpoch, historyToCsv, presets } from "../../../src/training/index.ts";
import { FileButton } from "../../parts/file-button.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Svg, save } from "../../parts/svg.tsx";
import { theme } from "../../state/theme.ts";
import { chartWidth } from "./live.tsx";
import { dataset, forget, isElsewhere, isTraining, type KeptRun, keeps, kept, start } from "./state.ts";

export function Runs() {
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const isLog = useSignal(false);
  const baseline = useSignal<string | undefined>(undefined);
  const pinned = bestEpoch(kept.value.find(({ id }) => id === baseline.value) ?? { epochs: [] });
  const chosen = useSignal<string | undefined>(undefined);
  const choose = useCallback((id: string): void => {
    chosen.value = chosen.value === id ? undefined : id;
  }, []);
  const runs = kept.value;
  const shown = runs.filter(({ id, epochs }) => epochs.length > 0 && !hidden.value.has(id));
  const svg = useMemo(() => {
    if (shown.length < 2) return undefined;
    return runsPlot(
      shown.map((run) => ({ name: run.name, history: run, id: run.id, width: run.id === chosen.value ? 4 : 2 })),
      { theme: theme(), width: chartWidth(), lossScale: isLog.value ? "log" : "linear" },
    );
  }, [shown.map(({ id, epochs }) => `${id} ${epochs.length}`).join(), theme(), isLog.value, chosen.value]);
  const picked = runs.find(({ id }) => id === chosen.value);
  const goOn = async (file: File): Promise<void> =>
    start({ checkpoint: new Uint8Array(await file.arrayBuffer()), name: file.name });
  return (
    <section class="stack" aria-label="Runs">
      <div class="row">
        <h2>Runs in this browser</h2>
        <FileButton
          label="Checkpoint"
          accept=".safetensors"
          disabled={isTraining.value || !dataset.value}
          onFiles={([file]) => void goOn(file!)}
        >
          Go on with a checkpoint…
        </FileButton>
      </div>
      {!keeps.value && (
        <p class="small muted">This browser stores nothing here: runs are gone when the page is closed.</p>
      )}
      {runs.length === 0 && <p class="small muted">None yet. A run stays here, epoch by epoch, until you forget it.</p>}
      {runs.length > 0 && (
        <Scroll label="Table of runs">
          <table>
            <thead>
              <tr>
                <th scope="col">run</th>
                <th scope="col">images</th>
                <th scope="col">status</th>
                <th scope="col">epochs</th>
                <th scope="col">best val</th>
                <th scope="col">at epoch</th>
                <th scope="col">actions</th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <Row
                  key={run.id}
                  run={run}
                  isHidden={hidden.value.has(run.id)}
                  onToggle={() => toggle(hidden, run.id)}
                  isChosen={chosen.value === run.id}
                  onChoose={() => choose(run.id)}
                  pinned={pinned?.valAccuracy}
                  isPinned={baseline.value === run.id}
                  onPin={() => {
                    baseline.value = baseline.value === run.id ? undefined : run.id;
                  }}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {svg && (
        <label class="small">
          <input
            type="checkbox"
            checked={isLog.value}
            onChange={() => {
              isLog.value = !isLog.value;
            }}
          />{" "}
          logarithmic loss
        </label>
      )}
      {svg && <Svg svg={svg} label="The runs overlaid" name="runs" onPick={choose} />}
      {picked && <Chosen run={picked} />}
    </section>
  );
}

interface RowProps {
  readonly run: KeptRun;
  readonly isHidden: boolean;
  readonly onToggle: () => void;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly pinned: number | undefined; // best val accuracy of the baseline
  readonly isPinned: boolean;
  readonly onPin: () => void;
}

function Row({ run, isHidden, onToggle, isChosen, onChoose, pinned, isPinned, onPin }: RowProps) {
  const best = bestEpoch(run);
  const canGoOn = !isTraining.value && dataset.value?.name === run.dataset;
  return (
    <tr class={isChosen ? "chosen" : ""}>
      <th scope="row">
        <span class="row actions name">
          <input type="checkbox" aria-label={`Overlay ${run.name}`} checked={!isHidden} onChange={onToggle} />
          <button type="button" class="quiet" aria-pressed={isChosen} onClick={onChoose}>
            {run.name}
          </button>
        </span>
      </th>
      <td>{run.dataset}</td>
      <td>{isElsewhere(run) ? "in another tab" : run.status}</td>
      <td>
        {run.epochs.length} of {run.settings.epochs}
      </td>
      <td>
        {best && `${(100 * best.valAccuracy).toFixed(1)}%`}
        {best && pinned !== undefined && !isPinned && difference(best.valAccuracy - pinned)}
      </td>
      <td>{best?.epoch}</td>
      <td>
        <span class="row actions">
          <button type="button" aria-pressed={isPinned} aria-label={`Baseline: ${run.name}`} onClick={onPin}>
            Baseline
          </button>
          <button
            type="button"
            disabled={!canGoOn}
            aria-label={`Go on with ${run.name}`}
            onClick={() => void start(run)}
          >
            Go on
          </button>
          <button
            type="button"
            onClick={() =>
              save(
                `${run.name}.csv`,
                new Blob([historyToCsv({ ...run, losses: [...run.losses], epochs: [...run.epochs] })]),
              )
            }
          >
            CSV
          </button>
          <button
            type="button"
            onClick={() => {
              const { checkpoint: _, ...rest } = run;
              save(`${run.name}.json`, new Blob([JSON.stringify(rest)], { type: "application/json" }));
            }}
          >
            JSON
          </button>
          <button
            type="button"
            disabled={!run.checkpoint}
            onClick={() => save(`${run.name}.safetensors`, new Blob([run.checkpoint as Uint8Array<ArrayBuffer>]))}
          >
            Checkpoint
          </button>
          <button
            type="button"
            disabled={run.status === "training"}
            aria-label={`Forget ${run.name}`}
            onClick={() => void forget(run.id)}
          >
            Forget
          </button>
        </span>
      </td>
    </tr>
  );
}

/** One run by itself: what is special about it, and its curves. */
function Chosen({ run }: { run: KeptRun }) {
  const special = Object.entries(run.settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(presets.tuned[name as keyof typeof presets.tuned]),
  );
  const svg = useMemo(
    () =>
      run.epochs.length > 0
        ? trainingPlot(run, { theme: theme(), width: chartWidth(), title: `${run.name} on ${run.dataset}` })
        : undefined,
    [run, theme()],
  );
  return (
    <section class="card stack" aria-label="The chosen run">
      <h2>{run.name}</h2>
      <p class="small">
        {special.length === 0
          ? "Trained with the settings of “Train well”."
          : `Unlike “Train well”: ${special.map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ")}.`}
      </p>
      {svg && <Svg svg={svg} label={`Loss and accuracy of ${run.name}`} name={`${run.name}-curves`} />}
    </section>
  );
}

/** Percentage points more or less than the baseline. */
function difference(share: number): string {
  return ` (${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)})`;
}

function toggle(hidden: { value: ReadonlySet<string> }, id: string): void {
  const next = new Set(hidden.value);
  if (!next.delete(id)) next.add(id);
  hidden.value = next;
}

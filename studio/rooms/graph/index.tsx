/** The Graph room: a text becomes a graph, and both passes happen one step at a time. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { SourceLanguage } from "../../../src/graph/index.ts";
import { optionCount } from "../../../src/graph/interpret.ts";
import { NumberField } from "../../parts/number-field.tsx";
import { Transport } from "../../parts/transport.tsx";
import { PredictCard, StepCard } from "./card.tsx";
import { Drawing } from "./drawing.tsx";
import { examples } from "./examples.ts";
import { numericGradients } from "./numeric.ts";
import "./room.css";
import { sourceOf } from "./source-lines.ts";
import {
  asked,
  formatInputs,
  goTo,
  inputs,
  isPredicting,
  params,
  parsed,
  playing,
  reach,
  score,
  setInput,
  startPredicting,
  step,
  walk,
} from "./state.ts";

const languages: Readonly<Record<SourceLanguage, string>> = {
  typescript: "TypeScript",
  python: "Python",
  latex: "LaTeX",
};

export default function Room() {
  const { shown, error } = parsed.value;
  const now = walk.value;
  const size = useRoomWidth();
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      playing.value = false;
    };
  }, []);
  const next = now?.moves[step.value];
  const asks = isPredicting.value && next !== undefined && step.value === reach.value;
  const current = asked.value ?? step.value - 1;
  const move = current >= 0 ? now?.moves[current] : undefined;
  const checks = params.all.value.check !== "";
  const isDone = isPredicting.value && now !== undefined && step.value === now.moves.length;
  const hides = isPredicting.value && !isDone;
  return (
    <div class="graph-room">
      <aside class="stack side" aria-label="Graph and inputs">
        <Menu />
        <Editor error={error} />
        <Inputs />
        <Switches />
      </aside>
      <section class="stage" ref={size.ref} aria-label="Drawing">
        <Steps />
        {shown && now && (
          <Drawing
            graph={shown}
            walk={now}
            step={step.value}
            lit={move}
            narrow={size.width < 480}
            room={size.width}
            hideNext={asks}
          />
        )}
        {!shown && <p class="empty">Correct the text, and the graph appears here.</p>}
        {shown && now && !asks && !isDone && (
          <StepCard graph={shown} walk={now} step={step.value} move={move} isAsked={asked.value !== undefined} />
        )}
        {shown && now && asks && <PredictCard graph={shown} walk={now} step={step.value} move={next} />}
        {isDone && (
          <section class="card" role="status">
            <h2>
              {score.value.right} of {score.value.asked} right at the first try
            </h2>
            <button type="button" onClick={startPredicting}>
              Again
            </button>
          </section>
        )}
        {shown && now && checks && hides && (
          <p class="card small muted">
            The numeric check would give the answers away: it comes when all gradients are predicted.
          </p>
        )}
        {shown && now && checks && !hides && <NumericCheck />}
      </section>
      <aside class="stack side" aria-label="Code">
        {shown && now && <Code />}
      </aside>
    </div>
  );
}

function onKey(event: KeyboardEvent): void {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target instanceof HTMLElement && target.closest("input, textarea, select")) return;
  if (key === "ArrowRight") goTo(step.peek() + 1);
  else if (key === "ArrowLeft") goTo(step.peek() - 1);
  else if (key === "Home") goTo(0);
  else if (key === "End") goTo(Number.POSITIVE_INFINITY);
  else return;
  event.preventDefault();
}

function Menu() {
  const { text } = params.all.value;
  const chosen = Object.entries(examples).find(([, example]) => example.text === text);
  return (
    <div class="stack">
      <label class="field">
        Example
        <select
          value={chosen?.[0] ?? ""}
          onChange={({ currentTarget }) => {
            const example = examples[currentTarget.value];
            if (!example) return;
            params.set({ text: example.text, at: formatInputs(example.inputs), step: "0", predict: undefined });
          }}
        >
          <option value="" disabled>
            your own
          </option>
          {Object.entries(examples).map(([key, { title }]) => (
            <option key={key} value={key}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {chosen && <p class="small muted">{chosen[1].about}</p>}
    </div>
  );
}

/** The text, and under it where the first mistake is. */
function Editor({ error }: { error: string | undefined }) {
  const { text = "" } = params.all.value;
  const rows = Math.min(14, Math.max(3, text.split("\n").length + 1));
  return (
    <label class="field">
      Graph
      <textarea
        class={error ? "wrong" : ""}
        rows={rows}
        spellcheck={false}
        value={text}
        aria-invalid={error !== undefined}
        aria-describedby="graph-error"
        onInput={({ currentTarget }) => params.set({ text: currentTarget.value, step: "0", predict: undefined })}
      />
      <span id="graph-error" class="error small" role="status">
        {error?.replace(/^graph: /, "")}
      </span>
    </label>
  );
}

function Inputs() {
  const { plain } = parsed.value;
  if (!plain) return null;
  return (
    <fieldset class="inputs">
      <legend>Inputs</legend>
      {plain.inputs.map((name, n) => {
        const options = optionCount(plain.structure, n);
        const value = inputs.value[name]!;
        const reach = Math.max(3, 2 * Math.abs(value));
        return (
          <div key={name} class="input">
            <label for={`input-${name}`} class="mono">
              {name}
            </label>
            <input
              type="range"
              aria-label={`${name}, slider`}
              min={options === undefined ? -reach : 1}
              max={options ?? reach}
              step={options === undefined ? 0.01 : 1}
              value={value}
              onInput={({ currentTarget }) => setInput(name, Number(currentTarget.value))}
            />
            <NumberField
              id={`input-${name}`}
              step={options === undefined ? undefined : 1}
              value={value}
              onValue={(next) => setInput(name, next)}
            />
          </div>
        );
      })}
    </fieldset>
  );
}

function Switches() {
  const { copies, check, predict } = params.all.value;
  const copied = useSignal("");
  const share = async (): Promise<void> => {
    const text = location.href;
    await navigator.clipboard.writeText(text).then(
      () => (copied.value = "Link copied."),
      () => (copied.value = text),
    );
  };
  return (
    <div class="stack">
      <div class="row">
        <button
          type="button"
          aria-pressed={copies !== ""}
          onClick={() => params.set({ copies: copies ? "" : "1", step: "0" })}
        >
          Copies as operators
        </button>
        <button type="button" aria-pressed={check !== ""} onClick={() => params.set({ check: check ? "" : "1" })}>
          Numeric check
        </button>
        <button
          type="button"
          aria-pressed={predict !== ""}
          onClick={() => (predict ? params.set({ predict: undefined }) : startPredicting())}
        >
          Predict the gradients
        </button>
        <button type="button" onClick={share}>
          Copy link
        </button>
      </div>
      <p class="small muted" role="status">
        {copied.value}
      </p>
    </div>
  );
}

function Steps() {
  const total = walk.value?.moves.length ?? 0;
  const at = step.value;
  return (
    <Transport
      at={at}
      last={total}
      onGo={goTo}
      next={at < (walk.value?.forwardCount ?? 0) ? "Forward ▶" : "Backward ▶"}
      playing={playing}
      reach={reach.value}
    />
  );
}

/** The gradients of the inputs beside central differences. */
function NumericCheck() {
  const { plain } = parsed.value;
  const rows = useMemo(() => (plain ? numericGradients(plain, inputs.value) : []), [plain, inputs.value]);
  return (
    <div class="card">
      <table>
        <caption class="small muted">Gradients of the inputs, and what moving each input by a little gives</caption>
        <thead>
          <tr>
            <th scope="col">input</th>
            <th scope="col">backward pass</th>
            <th scope="col">numeric</th>
            <th scope="col">difference</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, analytic, numeric, agrees }) => (
            <tr key={name}>
              <th scope="row" class="mono">
                {name}
              </th>
              <td class="grad">{analytic.toPrecision(6)}</td>
              <td>{numeric.toPrecision(6)}</td>
              <td>{agrees ? Math.abs(analytic - numeric).toExponential(0) : "they differ: a kink, or out of range"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Code() {
  const { shown } = parsed.value;
  const language = (params.all.value.code ?? "typescript") as SourceLanguage;
  const current = (asked.value ?? step.value - 1) | 0;
  const list = useRef<HTMLOListElement>(null);
  const { lines, lineOf } = useMemo(
    () =>
      sourceOf(
        shown!,
        Object.hasOwn(languages, language) ? language : "typescript",
        walk.value!.moves.length,
        walk.value!.forwardCount,
      ),
    [shown, language],
  );
  // The same elements at every step: code may have thousands of lines.
  const items = useMemo(() => lines.map((line, i) => <li key={`${i} ${line}`}>{line || " "}</li>), [lines]);
  const at = current >= 0 ? lineOf[current] : undefined;
  useEffect(() => {
    const line = at === undefined ? undefined : list.current?.children[at];
    line?.classList.add("lit");
    line?.setAttribute("aria-current", "step");
    line?.scrollIntoView({ block: "nearest" });
    return () => {
      line?.classList.remove("lit");
      line?.removeAttribute("aria-current");
    };
  }, [at, items]);
  return (
    <>
      <div class="row" role="group" aria-label="Language">
        {Object.entries(languages).map(([key, title]) => (
          <button key={key} type="button" aria-pressed={key === language} onClick={() => params.set({ code: key })}>
            {title}
          </button>
        ))}
      </div>
      <ol ref={list} class="code mono" tabIndex={0} aria-label={`The passes in ${languages[language]}`}>
        {items}
      </ol>
    </>
  );
}

/** Pixels that the drawing has, in steps, so that it is not laid out anew at every pixel. */
function useRoomWidth() {
  const ref = useRef<HTMLElement>(null);
  const width = useSignal(Math.min(innerWidth, 800));
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = 50 * Math.floor(entry!.contentRect.width / 50);
    });
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  return { ref, width: width.value };
}

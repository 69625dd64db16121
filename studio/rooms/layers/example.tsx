/** Numbers to edit: each input with its gradient below it, what the part makes of them, and the check of the gradients. */
import { useEffect, useState } from "preact/hooks";
import { isCalm } from "../../parts/motion.ts";
import { NumberField } from "../../parts/number-field.tsx";
import { checkPart, type Row, tolerance } from "./check.ts";
import { Curve } from "./curve.tsx";
import { Matrix, shorten } from "./matrix.tsx";
import type { Input, Numbers, Part } from "./parts.ts";
import { toTensor } from "./parts.ts";
import { params, readRows, readSetting, setRows, setSetting, situation } from "./state.ts";

/** The gradient from above where none is typed. */
const fromAbove = [1, -0.5, 0.25, 2, -1, 0.5];

export function Example({ name, part }: { name: string; part: Part }) {
  const { inputs, settings } = situation(part);
  const { out, loss, also, backward } = part.compute(inputs, settings);
  const above: Input | undefined = out && {
    rows: rowsOf(out).map((row, i) => row.map((_, j) => fromAbove[(i * row.length + j) % 6]!)),
  };
  const gradOut = above && toTensor(above, readRows("g", above));
  const grads = backward(gradOut!);
  const learned = Object.keys(part.inputs).filter((input) => !part.inputs[input]!.isGiven);
  const check = useCheck(JSON.stringify(params.all.value), () => checkPart(part, inputs, settings, gradOut));
  const checkedOf = (input: string): readonly Row[] => check.rows.filter((row) => row.input === input);
  return (
    <>
      <p class="small muted legend">
        Change any number. <span class="ink">Black</span> flows forward, <span class="grad">red</span> back.
      </p>
      <div class={part.group === "Activations" ? "flow down" : "flow"}>
        <div class="side">
          {Object.entries(part.inputs).map(([input, about]) => (
            <Matrix
              key={input}
              name={input}
              rows={readRows(input, about)}
              onChange={(rows) => setRows(input, about, rows)}
              most={about.most}
              grads={about.isGiven ? undefined : Array.from(grads[learned.indexOf(input)]!.data)}
              checked={checkedOf(input)}
            />
          ))}
          {Object.entries(part.settings).map(([setting, about]) => (
            <label key={setting} class="setting" for={`setting-${setting}`}>
              <span class="mono">{setting}</span>
              <NumberField
                id={`setting-${setting}`}
                min={about.min}
                max={about.max}
                step={about.step}
                value={readSetting(setting, about)}
                onValue={(value) => setSetting(setting, about, value)}
              />
            </label>
          ))}
        </div>
        <span class="arrow" aria-hidden="true" />
        <div class="side">
          {loss !== undefined && (
            <figure class="matrix">
              <figcaption class="mono">loss</figcaption>
              <output class="loss">{shorten(loss)}</output>
              <span class="grad small">gradient 1</span>
            </figure>
          )}
          {out && above && (
            <Matrix
              name="out"
              rows={rowsOf(out)}
              above={readRows("g", above)}
              onChangeAbove={(rows) => setRows("g", above, rows)}
            />
          )}
          {Object.entries(also ?? {}).map(([title, values]) => (
            <Matrix key={title} name={title} rows={rowsOf(values)} />
          ))}
        </div>
      </div>
      {part.group === "Activations" && <Curve name={name} xs={Array.from(inputs.x!.data)} />}
      <div class="check">
        <button type="button" class="main" onClick={check.start}>
          Check the gradients
        </button>
        <p role="status">{check.verdict}</p>
      </div>
    </>
  );
}

function rowsOf(x: Numbers): number[][] {
  const columns = x.shape.at(-1) ?? 1;
  return Array.from({ length: x.size / columns }, (_, i) => Array.from(x.data.slice(i * columns, (i + 1) * columns)));
}

/** Runs the check and shows it number by number; other numbers (another `situation`) make it void. */
function useCheck(situation: string, run: () => Row[]) {
  const [done, setDone] = useState<{ situation: string; rows: readonly Row[]; shown: number }>();
  const current = done?.situation === situation ? done : undefined;
  const isRunning = current !== undefined && current.shown < current.rows.length;
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setTimeout(() => setDone((now) => now && { ...now, shown: now.shown + 1 }), 60);
    return () => clearTimeout(timer);
  }, [isRunning, current?.shown]);
  return {
    rows: current?.rows.slice(0, current.shown) ?? [],
    start: () => {
      const rows = run();
      setDone({ situation, rows, shown: isCalm() ? rows.length : 1 });
    },
    verdict: current && !isRunning ? verdict(current.rows) : isRunning ? "Nudging one number after the other…" : "",
  };
}

export function verdict(rows: readonly Row[]): string {
  const wrong = rows.filter((row) => !row.agrees);
  const largest = Math.max(...rows.map((row) => Math.abs(row.analytic - row.numeric)));
  if (wrong.length === 0)
    return `All ${rows.length} gradients agree with the slope that nudging the number gives; the largest difference is ${largest.toExponential(0)}.`;
  const [{ input, at, analytic, numeric }] = wrong as [Row];
  return (
    `${wrong.length} of ${rows.length} differ by more than ${tolerance.toExponential(0)}: ${input}[${at.join(", ")}] is ${shorten(analytic)}, ` +
    `nudging gives ${shorten(numeric)}. At a kink both sides have a slope of their own, and nudging gives their mean.`
  );
}

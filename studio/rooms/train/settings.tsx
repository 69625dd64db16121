/** The recipe, and the settings that people turn most. */
import { activationNames } from "../../../src/layers/index.ts";
import { optimizerNames, schedules } from "../../../src/optim/index.ts";
import type { TrainSettings } from "../../../src/training/index.ts";
import { recipes } from "./recipes.ts";
import { change, isTraining, params, settings } from "./state.ts";

type Name = keyof TrainSettings;
const numbers: readonly (readonly [name: Name, label: string, step: string])[] = [
  ["epochs", "epochs", "1"],
  ["batchSize", "batch size", "1"],
  ["learningRate", "learning rate", "any"],
  ["momentum", "momentum", "0.01"],
  ["reg", "L2 penalty", "any"],
  ["dropout", "dropout", "0.05"],
  ["labelSmoothing", "label smoothing", "0.05"],
  ["averageDecay", "averaging", "any"],
  ["patience", "stop after epochs without a better one", "1"],
  ["seed", "seed", "1"],
];
const choices: readonly (readonly [name: Name, label: string, options: () => readonly string[]])[] = [
  ["optimizer", "optimizer", optimizerNames],
  ["schedule", "schedule", () => Object.keys(schedules)],
  ["activation", "activation", activationNames],
  ["norm", "normalisation", () => ["none", "batch", "layer"]],
];

export function Settings() {
  const { recipe = "tuned", set } = params.all.value;
  const now = settings.value;
  return (
    <section class="stack" aria-label="Settings">
      <h2>Recipe</h2>
      <div class="stack">
        {Object.entries(recipes).map(([key, [title, prose]]) => (
          <label key={key} class="recipe">
            <input
              type="radio"
              name="recipe"
              checked={key === recipe}
              disabled={isTraining.value}
              onChange={() => params.set({ recipe: key, set: "" })}
            />
            <span>
              <b>{title}</b>
              <br />
              <span class="small muted">{prose}</span>
            </span>
          </label>
        ))}
      </div>
      <details open={set !== ""}>
        <summary>All settings</summary>
        <div class="settings">
          <label>
            hidden units
            <input
              type="text"
              value={now.hiddenDims.join(" ")}
              disabled={isTraining.value}
              onChange={({ currentTarget }) => change("hiddenDims", currentTarget.value.trim() || "0")}
            />
          </label>
          {numbers.map(([name, label, step]) => (
            <label key={name}>
              {label}
              <input
                type="number"
                step={step}
                min={0}
                value={String(now[name])}
                disabled={isTraining.value}
                onChange={({ currentTarget }) => currentTarget.value !== "" && change(name, currentTarget.value)}
              />
            </label>
          ))}
          {choices.map(([name, label, options]) => (
            <label key={name}>
              {label}
              <select
                value={String(now[name])}
                disabled={isTraining.value}
                onChange={({ currentTarget }) => change(name, currentTarget.value)}
              >
                {options().map((option) => (
                  <option key={option}>{option}</option>
                ))}
              </select>
            </label>
          ))}
        </div>
        <button type="button" disabled={isTraining.value || set === ""} onClick={() => params.set({ set: "" })}>
          Back to the recipe
        </button>
      </details>
    </section>
  );
}

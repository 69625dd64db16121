/** The recipe, and the settings that people turn most. */
import { activationNames } from "../../../src/layers/index.ts";
import { optimizerNames, schedules } from "../../../src/optim/index.ts";
import type { TrainSettings } from "../../../src/training/index.ts";
import { recipes } from "./recipes.ts";
import { type AugmentName, change, isTraining, params, settings } from "./state.ts";

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
const more: readonly (readonly [name: Name | AugmentName, label: string, step: string])[] = [
  ["numVal", "validation images", "1"],
  ["warmup", "warm-up, share of the run", "0.01"],
  ["clip", "clip gradients at norm", "any"],
  ["weightDecay", "weight decay (adamw)", "any"],
  ["whiten", "whitened components", "1"],
  ["shift", "shift images, pixels", "1"],
  ["jitter", "brightness and contrast", "0.05"],
  ["cutout", "grey square, pixels", "1"],
  ["mixup", "mix pairs of images", "0.1"],
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
          {numbers.map(field)}
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
        <details>
          <summary>More settings</summary>
          <div class="settings">
            <label>
              training images
              <input
                type="number"
                min={1}
                placeholder="all"
                value={now.numTrain === "all" ? "" : now.numTrain}
                disabled={isTraining.value}
                onChange={({ currentTarget }) => change("numTrain", currentTarget.value || "all")}
              />
            </label>
            {more.map(field)}
            <label>
              mirror images
              <input
                type="checkbox"
                checked={now.augment.mirror ?? false}
                disabled={isTraining.value}
                onChange={({ currentTarget }) => change("mirror", String(currentTarget.checked))}
              />
            </label>
          </div>
        </details>
        <button type="button" disabled={isTraining.value || set === ""} onClick={() => params.set({ set: "" })}>
          Back to the recipe
        </button>
      </details>
    </section>
  );
}

function field([name, label, step]: (typeof more)[number]) {
  const { augment, ...plain } = settings.value;
  const value = name in plain ? plain[name as keyof typeof plain] : Number(augment[name as AugmentName] ?? 0);
  return (
    <label key={name}>
      {label}
      <input
        type="number"
        step={step}
        min={0}
        value={String(value)}
        disabled={isTraining.value}
        onChange={({ currentTarget }) => currentTarget.value !== "" && change(name, currentTarget.value)}
      />
    </label>
  );
}

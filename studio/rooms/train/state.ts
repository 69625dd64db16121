/** What the Train room shows: one worker, one run at a time, and the runs that are kept in the browser. */
import { computed, signal } from "@preact/signals";
import { type Augmentation, augmentationNames, withoutZeros } from "../../../src/data/index.ts";
import type { EpochRecord, PresetName, TrainSettings } from "../../../src/training/index.ts";
import { mergeSettings, presets } from "../../../src/training/settings.ts";
import { heldNames, hold } from "../../state/locks.ts";
import { canStore, list, put, remove } from "../../state/storage.ts";
import { roomParams } from "../../state/url.ts";
import type {
  DataSource,
  DatasetInfo,
  EpochView,
  Explanation,
  FromWorker,
  Picture,
  ToWorker,
} from "../../worker/protocol.ts";

export const params = roomParams("train", { recipe: "tuned", set: "" });

/** A run as it is shown and kept. */
export interface KeptRun {
  readonly id: string;
  readonly name: string;
  readonly dataset: string;
  readonly settings: TrainSettings;
  readonly status: "training" | "finished" | "stopped" | "failed";
  readonly stepsPerEpoch: number;
  readonly losses: readonly number[];
  readonly epochs: readonly EpochRecord[];
  readonly checkpoint?: Uint8Array | undefined;
  readonly started: number; // milliseconds since 1970
}

export const dataset = signal<DatasetInfo | undefined>(undefined);
export const opening = signal<string | undefined>(undefined);
export const current = signal<KeptRun | undefined>(undefined);
export const view = signal<EpochView | undefined>(undefined);
export const preparing = signal<string | undefined>(undefined);
export const speed = signal(0); // examples a second
export const paused = signal(false);
export const rate = signal(1);
export const message = signal<string | undefined>(undefined);
export const cell = signal<{ label: number; predicted: number; pictures: readonly Picture[] } | undefined>(undefined);
export const classified = signal<{ probs: Float32Array; scores: Float32Array } | undefined>(undefined);
export const explained = signal<Explanation | undefined>(undefined);
export const kept = signal<readonly KeptRun[]>([]);
export const keeps = signal(true); // whether this browser lets us store anything
export const kernelsInUse = signal("");

/** From the click until the first step: images may have to be prepared. */
export const isStarting = signal(false);
export const isTraining = computed(() => isStarting.value || current.value?.status === "training");

/** The settings that the recipe and the person's changes give. */
export const settings = computed((): TrainSettings => {
  const { recipe = "tuned", set = "" } = params.all.value;
  const preset = Object.hasOwn(presets, recipe) ? presets[recipe as PresetName] : presets.tuned;
  const { augment, ...changes } = parseChanges(set);
  return mergeSettings(preset, { ...changes, augment: withoutZeros({ ...preset.augment, ...augment }) });
});

/** How images are changed at random: each a setting of its own here. */
export type AugmentName = keyof Augmentation;
const augmentNames: readonly string[] = augmentationNames;

/** `epochs:5,learningRate:0.01,hiddenDims:64 32` */
export function parseChanges(text: string): Partial<TrainSettings> {
  const changes: Record<string, unknown> = {};
  const augment: Record<string, unknown> = {};
  for (const pair of text.split(",")) {
    const [name = "", value = ""] = pair.split(":");
    if (value !== "" && augmentNames.includes(name))
      augment[name] = name === "mirror" ? value === "true" : Number(value);
    if (!Object.hasOwn(presets.tuned, name) || value === "") continue;
    const before = presets.tuned[name as keyof TrainSettings];
    if (name === "hiddenDims")
      changes[name] = value
        .split(" ")
        .map(Number)
        .filter((n) => n >= 1);
    else if (typeof before === "number" || name === "numTrain")
      changes[name] = Number.isFinite(Number(value)) ? Number(value) : value;
    else if (typeof before === "boolean") changes[name] = value === "true";
    else if (typeof before === "string") changes[name] = value;
  }
  return { ...changes, augment } as Partial<TrainSettings>;
}

export function change(name: keyof TrainSettings | AugmentName, value: string): void {
  const changes = new Map(
    (params.peek("set") || "").split(",").flatMap((pair) => {
      const [key, old] = pair.split(":");
      return key && old ? [[key, old] as const] : [];
    }),
  );
  changes.set(name, value);
  params.set({ set: [...changes].map(([key, one]) => `${key}:${one}`).join(",") });
}

let worker: Worker | undefined;

function ask(question: ToWorker): void {
  if (!worker) {
    worker = new Worker(new URL("../../worker/training.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
    worker.onerror = ({ message: what }) => fail(what || "the training worker could not be started");
  }
  worker.postMessage(question);
}

export function open(source: DataSource, what: string): void {
  if (isTraining.peek()) return;
  message.value = undefined;
  opening.value = what;
  ask({ type: "open", source });
}

/** Trains afresh, or goes on with a run or with a checkpoint; a run that has no checkpoint yet starts again. */
export async function start(resume?: KeptRun | { checkpoint: Uint8Array; name: string }): Promise<void> {
  message.value = undefined;
  isStarting.value = true;
  const given = resume && "id" in resume ? resume : undefined;
  const id = given?.id ?? crypto.randomUUID();
  letGo = await hold(lockOf(id));
  if (!letGo) {
    isStarting.value = false;
    message.value = `${given?.name} is going on in another tab.`;
    return;
  }
  // Another tab may have gone on with it since it was listed.
  const stored = given && (await list<KeptRun>().catch(() => [])).find((run) => run.id === id);
  const before = stored && stored.epochs.length >= given.epochs.length ? stored : given;
  [view.value, cell.value, classified.value, explained.value] = [undefined, undefined, undefined, undefined];
  rate.value = 1;
  paused.value = false;
  const checkpoint = before?.checkpoint ?? resume?.checkpoint;
  starting = { id, name: before?.name, started: before?.started ?? Date.now(), checkpoint };
  const epochs = Math.max(before?.settings.epochs ?? 0, settings.peek().epochs);
  ask({ type: "train", settings: before ? { ...before.settings, epochs } : settings.peek(), resume: checkpoint });
}

/** What the run that is starting takes along. */
let starting: Pick<KeptRun, "id" | "started" | "checkpoint"> & { readonly name: string | undefined };
let letGo: (() => void) | undefined;
const lockOf = (id: string): string => `chainrule run ${id}`;

export const stop = (): void => ask({ type: "stop" });
export const showCell = (label: number, predicted: number): void => ask({ type: "cell", label, predicted });
export const classify = (image: Uint8Array): void => ask({ type: "classify", image });
export const explain = (label: number, unit?: number): void => ask({ type: "explain", label, unit });

export function setPaused(value: boolean): void {
  paused.value = value;
  ask({ type: "pause", paused: value });
}

export function setRate(factor: number): void {
  rate.value = factor;
  ask({ type: "rate", factor });
}

function hear(event: FromWorker): void {
  switch (event.type) {
    case "opened":
      opening.value = undefined;
      dataset.value = event.dataset;
      current.value = undefined;
      view.value = undefined;
      return;
    case "preparing":
      preparing.value = `${event.what}: ${Math.round(100 * event.share)}%`;
      return;
    case "started": {
      isStarting.value = false;
      preparing.value = undefined;
      kernelsInUse.value = event.kernels;
      const { settings: used, stepsPerEpoch, losses, epochs } = event;
      current.value = {
        ...{ ...starting, name: starting.name ?? nextName() },
        ...{ dataset: dataset.peek()!.name, settings: used, status: "training", stepsPerEpoch },
        ...{ losses: [...losses], epochs },
      };
      void keep();
      return;
    }
    case "steps":
      speed.value = event.examplesPerSecond;
      update((run) => ({ ...run, losses: [...run.losses, ...event.losses] }));
      return;
    case "epoch":
      view.value = event.view;
      update((run) => ({ ...run, epochs: [...run.epochs, event.record] }));
      return;
    case "saved":
      update((run) => ({ ...run, checkpoint: event.checkpoint }));
      void keep();
      return;
    case "finished":
      update((run) => ({ ...run, status: "finished" }));
      void keep().then(letGo);
      return;
    case "stopped":
      isStarting.value = false;
      preparing.value = undefined;
      // What the unfinished epoch did is not in the checkpoint.
      update((run) => ({ ...run, status: "stopped", losses: run.losses.slice(0, event.epoch * run.stepsPerEpoch) }));
      void keep().then(letGo);
      return;
    case "cell":
      cell.value = event;
      return;
    case "classified":
      classified.value = event;
      explained.value = undefined;
      return;
    case "explained":
      explained.value = event.explanation;
      return;
    case "failed":
      if (event.during === "train") fail(event.message);
      else message.value = event.message;
      opening.value = undefined;
  }
}

function fail(what: string): void {
  opening.value = undefined;
  preparing.value = undefined;
  message.value = what;
  isStarting.value = false;
  update((run) => (run.status === "training" ? { ...run, status: "failed" } : run));
  void keep().then(letGo);
}

function update(change: (run: KeptRun) => KeptRun): void {
  if (current.peek()) current.value = change(current.peek()!);
}

function nextName(): string {
  const recipe = params.peek("recipe");
  const numbers = kept
    .peek()
    .flatMap(({ name }) => (name.startsWith(`${recipe}-`) ? [Number(name.slice(recipe.length + 1)) || 0] : []));
  return `${recipe}-${Math.max(0, ...numbers) + 1}`;
}

/** Stores the current run; where storage is forbidden it lives as long as the page. */
async function keep(): Promise<void> {
  const run = current.peek();
  if (!run) return;
  kept.value = [...kept.peek().filter(({ id }) => id !== run.id), run];
  await put(run.id, run).catch(() => {
    keeps.value = false;
  });
}

/** The runs of earlier visits; one that was training when its page went away is stopped at its last epoch. */
export async function loadKept(): Promise<void> {
  keeps.value = await canStore();
  if (!keeps.value) return;
  const [runs, held] = [await list<KeptRun>(), await heldNames()];
  kept.value = runs
    .map((run) =>
      run.status === "training" && !held.has(lockOf(run.id))
        ? { ...run, status: "stopped" as const, losses: run.losses.slice(0, run.epochs.length * run.stepsPerEpoch) }
        : run,
    )
    .sort((a, b) => a.started - b.started);
}

/** Whether another tab trains it. */
export function isElsewhere(run: KeptRun): boolean {
  return run.status === "training" && run.id !== current.value?.id;
}

/** Looks now and then whether other tabs are done with their runs. */
export function watchOthers(): () => void {
  const look = async (): Promise<void> => {
    const others = kept.peek().filter(isElsewhere);
    if (others.length === 0) return;
    const held = await heldNames();
    if (others.some(({ id }) => !held.has(lockOf(id)))) await loadKept();
  };
  const timer = setInterval(look, 2000);
  return () => clearInterval(timer);
}

export async function forget(id: string): Promise<void> {
  kept.value = kept.peek().filter((run) => run.id !== id);
  await remove(id).catch(() => {});
}

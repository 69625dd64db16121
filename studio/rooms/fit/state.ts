/** What the Fit room shows: all of it follows from the URL, but for points that were dropped. */
import { computed, signal } from "@preact/signals";
import { parseCorrespondences } from "../../../src/fitting/index.ts";
import { isCalm } from "../../parts/motion.ts";
import { createPlayer } from "../../parts/player.ts";
import { roomParams } from "../../state/url.ts";
import { descend, moveTargets, type Points, rivals, samplePoints } from "./model.ts";

export const params = roomParams("fit", {
  count: "150",
  outliers: "0",
  seed: "442",
  moved: "",
  share: "0.5",
  momentum: "0",
  huber: "0",
  steps: "100",
  step: "0",
  x: "0",
  y: "1",
});

const number = (name: string, low: number, high: number): (() => number) => {
  const text = computed(() => params.get(name));
  return () => {
    const value = Number(text.value);
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;
  };
};
const count = number("count", 3, 2000);
const outliers = number("outliers", 0, 0.9);
const seed = number("seed", 0, 2 ** 31);
export const share = number("share", 0.01, 1.5);
export const momentum = number("momentum", 0, 0.95);
export const huber = number("huber", 0, 10);
const steps = number("steps", 1, 2000);
export const axisX = number("x", 0, 5);
export const axisY = number("y", 0, 5);

/** Points from a file, instead of the letter. */
export const dropped = signal<{ readonly name: string; readonly points: Points } | undefined>(undefined);
export const message = signal<string | undefined>(undefined);

const moved = computed(() => params.get("moved"));
export const moves = computed(() => {
  const read = moved.value.split(";").map((one) => one.split(",").map(Number));
  return read.flatMap(([row, x, y]): [number, number, number][] =>
    row !== undefined && x !== undefined && y !== undefined && [row, x, y].every(Number.isFinite) ? [[row, x, y]] : [],
  );
});

const base = computed(
  (): Points => dropped.value?.points ?? samplePoints(Math.round(count()), outliers(), Math.round(seed())),
);
export const points = computed(() => moveTargets(base.value, moves.value));
export const descent = computed(() =>
  descend(points.value, { share: share(), momentum: momentum(), huber: huber(), steps: Math.round(steps()) }),
);
export const others = computed(() => rivals(points.value));

const wanted = computed(() => Math.trunc(Number(params.get("step"))) || 0);
export const step = computed(() => Math.min(Math.max(0, wanted.value), descent.value.path.length - 1));

export function goTo(next: number): void {
  params.set({ step: String(Math.min(Math.max(0, next), descent.peek().path.length - 1)) });
}

/** Targets at other places; later moves of a target replace earlier ones. */
export function move(changes: readonly (readonly [row: number, x: number, y: number])[]): void {
  const all = new Map(moves.peek().map(([row, x, y]) => [row, [x, y] as const]));
  for (const [row, x, y] of changes) all.set(row, [x, y]);
  const round = (value: number): string => String(Math.round(value * 1000) / 1000);
  params.set({ moved: [...all].map(([row, [x, y]]) => `${row},${round(x)},${round(y)}`).join(";") });
}

export async function drop(file: File | undefined): Promise<void> {
  if (!file) return;
  try {
    const [p, pPrime] = parseCorrespondences(new Uint8Array(await file.arrayBuffer()), file.name);
    if (p.shape[0]! < 1 || p.shape[0]! > 5000)
      throw new Error(`${file.name}: expected 1 to 5,000 points, got ${p.shape[0]}`);
    dropped.value = { name: file.name, points: { p, pPrime } };
    message.value = undefined;
    params.set({ moved: "", step: "0" });
  } catch (error) {
    message.value = error instanceof Error ? error.message : String(error);
  }
}

/** With little motion: ten pictures of the whole way. */
export const playing = createPlayer(60, () => {
  const last = descent.peek().path.length - 1;
  if (step.peek() >= last) return false;
  goTo(step.peek() + (isCalm() ? Math.ceil(last / 10) : 1));
  return true;
});

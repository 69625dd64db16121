/** What the Graph room shows: all of it follows from the URL. */
import { computed, signal } from "@preact/signals";
import { type Graph, graph } from "../../../src/graph/graph.ts";
import { optionCount } from "../../../src/graph/interpret.ts";
import { createPlayer } from "../../parts/player.ts";
import { roomParams } from "../../state/url.ts";
import { examples, firstExample } from "./examples.ts";
import { takeWalk, type Walk } from "./walk.ts";

const first = examples[firstExample]!;
export const params = roomParams("graph", {
  text: first.text,
  at: formatInputs(first.inputs),
  step: "0",
  copies: "",
  check: "",
  predict: "",
  code: "typescript",
});

/** `x=2,w=0.5` */
export function formatInputs(inputs: Readonly<Record<string, number>>): string {
  return Object.entries(inputs)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

export function parseInputs(text: string): Record<string, number> {
  const pairs = text.split(",").map((pair) => pair.split("="));
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => (name && value && Number.isFinite(Number(value)) ? [[name, Number(value)]] : [])),
  );
}

interface Parsed {
  readonly plain?: Graph;
  readonly shown?: Graph;
  readonly error?: string;
}

// One signal each: what follows from the text is not computed anew when only the step changes.
const text = computed(() => params.get("text"));
const copies = computed(() => params.get("copies") !== "");
const at = computed(() => params.get("at"));
const wantedStep = computed(() => Math.trunc(Number(params.get("step"))) || 0);

/** The text as a graph, or what is wrong with it. */
export const parsed = computed((): Parsed => {
  try {
    const plain = graph(text.value);
    return { plain, shown: copies.value ? plain.withCopies() : plain };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
});

/** A number for every input: what the URL says, else 1; a selector's is one of its options. */
export const inputs = computed((): Record<string, number> => {
  const { plain } = parsed.value;
  if (!plain) return {};
  const given = parseInputs(at.value);
  return Object.fromEntries(
    plain.inputs.map((name, n) => {
      const options = optionCount(plain.structure, n);
      const value = Object.hasOwn(given, name) ? given[name]! : 1;
      return [name, options === undefined ? value : Math.min(options, Math.max(1, Math.round(value)))];
    }),
  );
});

export const walk = computed((): Walk | undefined => {
  const { shown } = parsed.value;
  return shown && takeWalk(shown, inputs.value);
});

export const isPredicting = computed(() => params.get("predict") !== "");

/** What is asked: another text, or copies, is another exercise. */
const exercise = computed(() => `${copies.value} ${text.value}`);
const answers = signal({ to: "", right: 0, asked: 0 });

/** Predict mode: how many gradients were asked, and how many of them were right at the first try. */
export const score = computed(() => (answers.value.to === exercise.value ? answers.value : { right: 0, asked: 0 }));

/** How many moves may be seen: in predict mode no gradient before it was asked, whatever the URL says. */
export const reach = computed((): number => {
  const { moves, forwardCount } = walk.value ?? { moves: [], forwardCount: 0 };
  return isPredicting.value ? Math.min(moves.length, forwardCount + score.value.asked) : moves.length;
});

/** How many moves have been made. */
export const step = computed((): number => Math.min(Math.max(wantedStep.value, 0), reach.value));

/** The next gradient has been predicted, or given up: it may be seen. */
export function settle(isRight: boolean): void {
  const { right, asked } = score.peek();
  answers.value = { to: exercise.peek(), right: right + (isRight ? 1 : 0), asked: asked + 1 };
  goTo(reach.peek());
}

/** Asks all gradients anew. */
export function startPredicting(): void {
  answers.value = { to: "", right: 0, asked: 0 };
  params.set({ predict: "1" });
  goTo(reach.peek());
}

/** The move that a clicked number asks about, until the next step. */
export const asked = signal<number | undefined>(undefined);

export function goTo(next: number): void {
  asked.value = undefined;
  params.set({ step: String(Math.min(Math.max(next, 0), reach.peek())) });
}

export function setInput(name: string, value: number): void {
  params.set({ at: formatInputs({ ...inputs.peek(), [name]: value }) });
}

export const playing = createPlayer(900, () => {
  if (step.peek() >= reach.peek()) return false;
  goTo(step.peek() + 1);
  return true;
});

/** What the current step does, in words and in numbers; in predict mode, the question. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatNumber } from "../../../src/graph/format-number.ts";
import type { Graph } from "../../../src/graph/graph.ts";
import { hintFor, isRight, readAnswer } from "./predict.ts";
import { score, settle } from "./state.ts";
import { type Move, nodeName, operatorOf, type Walk } from "./walk.ts";

const show = (value: number): string => formatNumber(value, 4).replaceAll("-", "−");
const factor = (value: number): string => (value < 0 ? `(${show(value)})` : show(value));

export function StepCard({ graph, walk, step, move, isAsked }: CardProps) {
  if (!move) {
    if (step > 0) return null;
    return (
      <section class="card" aria-live="polite">
        <h2>Nothing computed yet</h2>
        <p>
          The inputs are given. Press <b>Forward ▶</b>, or the right arrow key, and the first operator computes its
          value.
        </p>
      </section>
    );
  }
  return (
    <section class="card" aria-live="polite">
      <p class="small muted">
        {isAsked ? "Where this number comes from" : `Step ${step} of ${walk.moves.length}`} ·{" "}
        {move.kind === "forward" ? "forward pass" : "backward pass"}
      </p>
      <Explanation graph={graph} walk={walk} move={move} />
      <p class="mono equation">{move.line.text.replaceAll("-", "−")}</p>
    </section>
  );
}

interface CardProps {
  readonly graph: Graph;
  readonly walk: Walk;
  readonly step: number;
  readonly move: Move | undefined;
  readonly isAsked: boolean;
}

function Explanation({ graph, walk, move }: Pick<CardProps, "graph" | "walk"> & { move: Move }) {
  const { structure } = graph;
  const name = nodeName(structure, move.node);
  switch (move.kind) {
    case "forward":
      return (
        <p>
          The operator <b>{operatorOf(structure, move.node)}</b> computes <b>{name}</b> from its operands.
        </p>
      );
    case "seed":
      return (
        <p>
          The backward pass starts at the output: when <b>{name}</b> moves by a little, <b>{name}</b> moves by as much,
          so its gradient is 1.
        </p>
      );
    case "contribution": {
      const through = nodeName(structure, move.through);
      return (
        <>
          <p>
            Back through <b>{operatorOf(structure, move.through)}</b>, from <b>{through}</b> to <b>{name}</b>
            {move.isPart ? ", along one of its uses" : ""}:
          </p>
          <dl class="product">
            <div>
              <dt>local derivative</dt>
              <dd>{show(move.local)}</dd>
            </div>
            <span aria-hidden="true">×</span>
            <div>
              <dt>gradient from above</dt>
              <dd class="grad">{factor(move.above)}</dd>
            </div>
            <span aria-hidden="true">=</span>
            <div>
              <dt>contribution</dt>
              <dd class="grad">{show(move.line.value)}</dd>
            </div>
          </dl>
        </>
      );
    }
    case "sum": {
      if (move.edges.length === 0) return <p>The output does not depend on {name}: its gradient is 0.</p>;
      const parts = move.edges.map((edge) => walk.gradients.edges[edge]!);
      return (
        <p>
          <b>{name}</b> is used {move.edges.length === 1 ? "once, by a copy" : `${move.edges.length} times`}; what comes
          back along every use adds up: <span class="grad mono">{parts.map(factor).join(" + ")}</span>
        </p>
      );
    }
  }
}

/** Asks for the number that the next move computes. */
export function PredictCard({ graph, walk, step, move }: Omit<CardProps, "move" | "isAsked"> & { move: Move }) {
  const answer = useSignal("");
  const hint = useSignal("");
  const tries = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    answer.value = "";
    hint.value = "";
    tries.value = 0;
    input.current?.focus();
  }, [step]);
  const isLast = step + 1 === walk.moves.length;
  const check = (event: Event): void => {
    event.preventDefault();
    const value = readAnswer(answer.value);
    if (value === undefined) {
      hint.value = "Type a number, or a product such as 0.5 × −2.";
      return;
    }
    if (isRight(value, move.line.value)) settle(tries.value === 0);
    else {
      tries.value++;
      hint.value = hintFor(graph, walk, move, value);
    }
  };
  return (
    <section class="card predict">
      <p class="small muted">
        Predict · step {step + 1} of {walk.moves.length} · {score.value.right} of {score.value.asked} right at the first
        try
      </p>
      <form onSubmit={check} class="stack">
        <label>
          <span>
            What is <b class="mono">{move.line.target}</b>
            {move.kind === "contribution" && (
              <>
                , back through <b>{operatorOf(graph.structure, move.through)}</b> from{" "}
                <b>{nodeName(graph.structure, move.through)}</b>
              </>
            )}
            ?
          </span>
          <input
            ref={input}
            type="text"
            inputmode="text"
            autocomplete="off"
            value={answer.value}
            onInput={({ currentTarget }) => (answer.value = currentTarget.value)}
          />
        </label>
        <p class="hint" role="status">
          {hint.value}
        </p>
        <div class="row">
          <button type="submit" class="main">
            Check
          </button>
          <button type="button" onClick={() => settle(false)}>
            {isLast ? "Show the last one" : "Show it"}
          </button>
        </div>
      </form>
    </section>
  );
}

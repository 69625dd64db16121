/** The graph as it is after some moves: what has not been computed yet is empty, what the current move touches is lit. */
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { type Diagram, makeDiagram } from "../../../src/graph/drawing/diagram.ts";
import { type PlacedEdge, placeDiagram } from "../../../src/graph/drawing/layout.ts";
import { between, placeRows } from "../../../src/graph/drawing/rows.ts";
import { arrowhead, linePath, numberPlaces, totalPlace } from "../../../src/graph/drawing/svg.ts";
import type { Graph } from "../../../src/graph/graph.ts";
import type { Structure } from "../../../src/graph/structure.ts";
import { asked } from "./state.ts";
import { isShared, type Move, madeAt, moveThatMade, type Place, type Walk } from "./walk.ts";

const digits = 4;
/** Layouts leave room for numbers like this, so that a slider does not move the drawing. */
const usual = "−0.1234";

/** One number of the drawing: when it is known, and what it is. */
interface Known {
  readonly from: number; // moves made; -1 never
  readonly move: number | undefined; // that made it
}

interface Props {
  readonly graph: Graph;
  readonly walk: Walk;
  readonly step: number;
  readonly lit: Move | undefined;
  /** From top to bottom, if that fits. */
  readonly narrow: boolean;
  /** Pixels of the page: a drawing that would have to shrink a lot to fit is broken into rows. */
  readonly room: number;
  readonly hideNext: boolean;
}

/** Circles and squares: of a larger graph only the surroundings of the current step are drawn. */
const mostShapes = 120;
/** Values in such a part. */
const partLength = 16;

/** How far a drawing may shrink before it is broken into rows. */
const leastScale = 0.8;

export function Drawing({ graph, walk, step, lit, narrow, room, hideNext }: Props) {
  const { structure } = graph;
  const whole = useMemo(
    () => makeDiagram(structure, { values: walk.values, grads: walk.gradients }, digits),
    [structure, walk],
  );
  const isPart = whole.shapes.length > mostShapes;
  const middle = lit ? (sourceOf(lit) ?? lit.node) : structure.inputCount;
  // In jumps of half its length, so that most steps leave the drawing where it is.
  const start = Math.max(0, Math.floor((middle - partLength / 4) / (partLength / 2)) * (partLength / 2));
  const from = isPart ? start : 0;
  const { picture, texts } = useMemo(() => {
    const diagram = isPart ? partOf(structure, whole, from) : whole;
    const widened = (text: string): string => (text.length > usual.length ? text : usual);
    const roomy = {
      shapes: diagram.shapes,
      edges: diagram.edges.map((edge) =>
        edge.numbers ? { ...edge, numbers: [widened(edge.numbers[0]), widened(edge.numbers[1])] as const } : edge,
      ),
    };
    const texts = new Map(diagram.edges.map((edge) => [keyOf(edge), edge.numbers]));
    const most = Math.max(300, room / leastScale);
    const down = narrow ? placeDiagram(roomy, "down") : undefined;
    return { picture: down && down.width <= most ? down : placeRows(roomy, most), texts };
  }, [structure, whole, narrow, room, isPart, from]);
  const { direction } = picture;
  const litEdges = useMemo(() => edgesOf(structure, lit), [structure, lit]);
  const zoom = useZoom(picture.width, picture.height);
  const isKnown = ({ from }: Known): boolean => from >= 0 && from <= step;
  return (
    <div class="canvas">
      <svg
        ref={zoom.ref}
        viewBox={zoom.viewBox}
        role="group"
        aria-label={`The graph of ${graph.output}, after ${step} of ${walk.moves.length} steps`}
        class="graph"
        tabindex={0}
        onKeyDown={zoom.onKeyDown}
        onWheel={zoom.onWheel}
        onPointerDown={zoom.onPointerDown}
        onPointerMove={zoom.onPointerMove}
        onPointerUp={zoom.onPointerUp}
      >
        {picture.edges.map((edge) => {
          const key = keyOf(edge);
          const kind = edge.kind === "into operator" ? "into" : "out";
          return (
            <g key={key} class={`edge ${kind} ${litEdges.has(key) ? "lit" : ""}`}>
              <path class="line" d={linePath(edge, direction)} />
              <path class="head" d={arrowhead(edge, direction)} />
            </g>
          );
        })}
        {picture.shapes.map((shape, i) => {
          const isOperator = shape.kind === "operator";
          const node = Number(shape.id.slice(1));
          const isLit = lit !== undefined && !isOperator && (lit.node === node || sourceOf(lit) === node);
          const place = shape.total === undefined ? undefined : totalPlace(shape, direction);
          const total = known(walk, { node, grad: true });
          return (
            <g key={`${i} ${shape.id}`} class={`shape ${shape.kind} ${isLit ? "lit" : ""}`}>
              <rect
                x={shape.x - shape.width / 2}
                y={shape.y - shape.height / 2}
                width={shape.width}
                height={shape.height}
                rx={isOperator ? 3 : shape.height / 2}
              />
              <text class="name" x={shape.x} y={shape.y + 5.4} text-anchor="middle">
                {shape.text}
              </text>
              {place && isKnown(total) && (
                <Ask known={total} x={place.x} y={place.y} anchor={place.anchor} kind="grad" text={shape.total!} />
              )}
            </g>
          );
        })}
        {picture.edges.map((edge) => {
          const [value, grad] = texts.get(keyOf(edge)) ?? [];
          if (value === undefined || grad === undefined || edge.label === undefined) return null;
          const [forValue, forGrad] = numberPlaces(edge.label, direction);
          const [valueFrom, gradFrom] = knownOn(structure, walk, edge);
          const isNext = gradFrom.from === step + 1;
          return (
            <g key={keyOf(edge)}>
              {isKnown(valueFrom) && <Ask known={valueFrom} {...forValue} kind="value" text={value} />}
              {isKnown(gradFrom) && <Ask known={gradFrom} {...forGrad} kind="grad" text={grad} />}
              {isNext && hideNext && <Ask known={gradFrom} {...forGrad} kind="wanted" text="?" />}
            </g>
          );
        })}
      </svg>
      <div class="row zoom" role="group" aria-label="Zoom">
        {isPart && (
          <p class="part small muted">Around this step: a part of the graph of {structure.nodes.length} values</p>
        )}
        <button type="button" onClick={() => zoom.by(1.25)} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => zoom.by(0.8)} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={zoom.fit}>
          Fit
        </button>
      </div>
    </div>
  );
}

/** A number that can be asked where it comes from; an input's value is simply given. */
function Ask({ known: { move }, x, y, anchor, kind, text }: AskProps) {
  const place = { x, y: y + 4.7, "text-anchor": anchor } as const;
  if (move === undefined || kind === "wanted")
    return (
      <text class={`number ${kind}`} {...place}>
        {text}
      </text>
    );
  const ask = (): void => {
    asked.value = move;
  };
  return (
    <text
      class={`number ${kind} ${asked.value === move ? "asked" : ""}`}
      {...place}
      role="button"
      tabindex={0}
      aria-label={`${text}: where does it come from?`}
      onClick={ask}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault(); // Space would scroll
        ask();
      }}
    >
      {text}
    </text>
  );
}

interface AskProps {
  readonly known: Known;
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "middle" | "end";
  readonly kind: "value" | "grad" | "wanted";
  readonly text: string;
}

function known(walk: Walk, what: Place): Known {
  return { from: madeAt(walk, what), move: moveThatMade(walk, what) };
}

/** When the value and the gradient on an edge of the drawing become known. */
function knownOn(structure: Structure, walk: Walk, edge: PlacedEdge): [value: Known, grad: Known] {
  const node = Number((edge.kind === "into operator" ? edge.from : edge.to).slice(1));
  const value = known(walk, { node, grad: false });
  const isPart = edge.kind === "into operator" && edge.to.startsWith("o") && isShared(structure, node);
  if (!isPart) return [value, known(walk, { node, grad: true })];
  const target = Number(edge.to.slice(1));
  return [value, known(walk, { edge: structure.edgeStart[target]! + edge.operand })];
}

/** The operators of some neighbouring values, with the values that they use. */
function partOf(structure: Structure, whole: Diagram, start: number): Diagram {
  const places = new Map<string, number>();
  for (const { to, from, kind } of whole.edges) {
    const node = Number(to.slice(1));
    if (kind === "out of operator") {
      places.set(to, node);
      places.set(from, node);
    }
  }
  for (const { to, from } of whole.edges) if (!places.has(from)) places.set(from, places.get(to)!);
  for (const { id } of whole.shapes) if (!places.has(id)) places.set(id, Number.POSITIVE_INFINITY); // used nowhere
  const first = Math.max(start, structure.inputCount);
  return between(whole, places, first, first + partLength);
}

function keyOf({ from, to, operand }: Pick<PlacedEdge, "from" | "to" | "operand">): string {
  return `${from} ${to} ${operand}`;
}

/** The operator's value that a contribution comes from. */
function sourceOf(move: Move): number | undefined {
  return move.kind === "contribution" ? move.through : undefined;
}

/** The edges of the drawing that a move runs along, by `from to operand`. */
function edgesOf(structure: Structure, move: Move | undefined): ReadonlySet<string> {
  const { nodes, edgeStart } = structure;
  const squareOf = (n: number): string => {
    const node = nodes[n]!;
    return node.kind === "operator" && node.operator === "copy" ? `c${node.operands[0]}` : `o${n}`;
  };
  const found = new Set<string>();
  const into = (operand: number, target: number): void => {
    const node = nodes[target]!;
    if (node.kind !== "operator") return;
    node.operands.forEach((n, i) => {
      if (n === operand) found.add(`v${operand} ${squareOf(target)} ${i}`);
    });
  };
  const out = (target: number): void => void found.add(`${squareOf(target)} v${target} 0`);
  if (move?.kind === "forward") {
    const node = nodes[move.node]!;
    if (node.kind === "operator") for (const operand of node.operands) into(operand, move.node);
    out(move.node);
  }
  if (move?.kind === "seed") out(move.node);
  if (move?.kind === "contribution") {
    const i = move.edge - edgeStart[move.through]!;
    found.add(`v${move.node} ${squareOf(move.through)} ${i}`);
    out(move.through);
  }
  if (move?.kind === "sum")
    nodes.forEach((node, target) => {
      if (node.kind === "operator" && node.operands.includes(move.node)) into(move.node, target);
    });
  return found;
}

const arrows: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Pan by dragging or by arrow keys, zoom by the wheel with Ctrl or by buttons; the whole drawing at first. */
function useZoom(width: number, height: number) {
  const ref = useRef<SVGSVGElement>(null);
  const view = useSignal<{ x: number; y: number; scale: number } | undefined>(undefined);
  const drag = useRef<{ x: number; y: number; startX: number; startY: number } | undefined>(undefined);
  const now = view.value ?? { x: 0, y: 0, scale: 1 };
  const by = (factor: number, at?: { x: number; y: number }): void => {
    const scale = Math.min(8, Math.max(0.5, now.scale * factor));
    const centre = at ?? { x: now.x + width / now.scale / 2, y: now.y + height / now.scale / 2 };
    const ratio = now.scale / scale;
    view.value = { scale, x: centre.x - (centre.x - now.x) * ratio, y: centre.y - (centre.y - now.y) * ratio };
  };
  /** Never past the edge of the drawing. */
  const panTo = (x: number, y: number): void => {
    const inside = (at: number, length: number): number =>
      Math.min(Math.max(0, at), Math.max(0, length - length / now.scale));
    view.value = { ...now, x: inside(x, width), y: inside(y, height) };
  };
  /** Pixels of the page to units of the drawing. */
  const unit = (): number => {
    const box = ref.current!.getBoundingClientRect();
    return Math.max(width / now.scale / box.width, height / now.scale / box.height);
  };
  return {
    ref,
    viewBox: `${now.x} ${now.y} ${width / now.scale} ${height / now.scale}`,
    by: (factor: number) => by(factor),
    fit: () => {
      view.value = undefined;
    },
    onWheel(event: WheelEvent) {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      by(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    },
    onPointerDown(event: PointerEvent) {
      if (now.scale === 1 || (event.target as Element).classList.contains("number")) return;
      drag.current = { x: event.clientX, y: event.clientY, startX: now.x, startY: now.y };
      ref.current!.setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent) {
      const from = drag.current;
      if (!from) return;
      const u = unit();
      panTo(from.startX - (event.clientX - from.x) * u, from.startY - (event.clientY - from.y) * u);
    },
    /** Only where there is something to pan: else the arrows are steps, as everywhere in the room. */
    onKeyDown(event: KeyboardEvent) {
      const [dx, dy] = arrows[event.key] ?? [0, 0];
      if (now.scale <= 1 || event.target !== ref.current || (dx === 0 && dy === 0)) return;
      event.preventDefault();
      event.stopPropagation();
      panTo(now.x + (dx * width) / now.scale / 8, now.y + (dy * height) / now.scale / 8);
    },
    onPointerUp() {
      drag.current = undefined;
    },
  };
}

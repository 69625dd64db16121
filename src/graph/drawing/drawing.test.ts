import fc from "fast-check";
import { expect, test } from "vitest";
import { expectGoodDrawing } from "../../drawing/drawing.cases.ts";
import { textWidth } from "../../drawing/index.ts";
import { functionTexts } from "../functions/texts.ts";
import { type Graph, graph } from "../graph.ts";
import { runBackward, runForward } from "../interpret.ts";
import { makeDiagram } from "./diagram.ts";
import { numberSize, type Picture, type PlacedEdge, type Point, placeDiagram } from "./layout.ts";

interface Box {
  readonly what: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What must not meet: every shape, every pair of numbers, every sum below an input. */
function boxesOf({ shapes, edges }: Picture): Box[] {
  const box = (what: string, { x, y }: Point, width: number, top: number, bottom: number): Box => {
    return { what, left: x - width / 2, right: x + width / 2, top: y + top, bottom: y + bottom };
  };
  return [
    ...shapes.map((s) => box(`${s.id} ${s.text}`, s, s.width, -s.height / 2, s.height / 2)),
    ...shapes.flatMap((s) =>
      s.total === undefined
        ? []
        : [box(`total of ${s.id}`, s, textWidth(s.total, numberSize), s.height / 2, s.height / 2 + numberSize + 6)],
    ),
    ...edges.flatMap(({ from, to, label, numbers }) =>
      label === undefined || numbers === undefined
        ? []
        : [box(`${from}-${to}`, label, Math.max(...numbers.map((text) => textWidth(text, numberSize))), -16, 16)],
    ),
  ];
}

function overlaps(boxes: readonly Box[]): string[] {
  const sorted = boxes.toSorted((a, b) => a.left - b.left);
  return sorted.flatMap((a, i) => {
    const found: string[] = [];
    for (let j = i + 1; j < sorted.length && sorted[j]!.left < a.right; j++)
      if (sorted[j]!.top < a.bottom && a.top < sorted[j]!.bottom) found.push(`${a.what} meets ${sorted[j]!.what}`);
    return found;
  });
}

/** Points along an edge, straight pieces and bends as the SVG draws them. */
function along({ points }: PlacedEdge): Point[] {
  return points.slice(1).flatMap((to, i) => {
    const from = points[i]!;
    return Array.from({ length: 21 }, (_, s) => {
      const t = s / 20;
      const isBend = i % 2 === 1;
      const ease = isBend ? t * t * (3 - 2 * t) : t; // a cubic with horizontal ends and its handles in the middle
      const x = isBend ? bend(from.x, to.x, t) : from.x + (to.x - from.x) * t;
      return { x, y: from.y + (to.y - from.y) * ease };
    });
  });
}

function bend(a: number, b: number, t: number): number {
  const middle = (a + b) / 2;
  return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * middle + 3 * (1 - t) * t * t * middle + t ** 3 * b;
}

function crossings({ edges }: Picture, boxes: readonly Box[]): string[] {
  return edges.flatMap((edge) => {
    const own = [`${edge.from} `, `${edge.to} `, `${edge.from}-${edge.to}`];
    const others = boxes.filter(({ what }) => !own.some((name) => what.startsWith(name)));
    return along(edge).flatMap(({ x, y }) =>
      others
        .filter((box) => x > box.left + 1 && x < box.right - 1 && y > box.top + 1 && y < box.bottom - 1)
        .map(({ what }) => `${edge.from}-${edge.to} crosses ${what}`),
    );
  });
}

function place(g: Graph, digits: number): Picture {
  const values = runForward(
    g.structure,
    g.inputs.map((_, n) => (g.structure.isDiscrete[n] === 1 ? 1 : -0.1234567890123456 * (n + 1))),
  );
  return placeDiagram(makeDiagram(g.structure, { values, grads: runBackward(g.structure, values, 1) }, digits));
}

/** A graph in which every new value takes its operands from anywhere, mostly from near by. */
function tangled(operators: number, seed: number): Graph {
  const pick = fc.sample(fc.nat(1 << 20), { seed, numRuns: operators * 3 });
  const names = ["x", "weight_of_the_first_unit", "b"];
  const lines = Array.from({ length: operators }, (_, i) => {
    const operand = (k: number): string => {
      const draw = pick[3 * i + k]!;
      return draw % 4 === 0
        ? names[draw % names.length]!
        : names[names.length - 1 - (draw % Math.min(names.length, 5))]!;
    };
    const [a, b] = [operand(0), operand(1)];
    const line = [
      `${a} + ${b}`,
      `${a} * ${b}`,
      `tanh(${a})`,
      `${a} - ${b}`,
      `max(${a}, ${b})`,
      `${a} + 0.12345678901234568`,
    ];
    names.push(`value_${i}`);
    return `value_${i} = ${line[pick[3 * i + 2]! % line.length]}`;
  });
  const ends = names.filter((name) => lines.every((line) => !line.split(" = ")[1]!.match(`\\b${name}\\b`)));
  return graph(`${lines.join("; ")}; L = ${ends.join(" + ")}`);
}

test.each([
  [3, 3],
  [60, 3],
  [60, 17],
  [100, 17],
])("nothing overlaps in a graph of %i operators and more, with %i digits", (operators, digits) => {
  for (const g of [tangled(operators, operators), tangled(operators, operators).withCopies()]) {
    const picture = place(g, digits);
    const boxes = boxesOf(picture);
    expect(overlaps(boxes)).toEqual([]);
    expect(crossings(picture, boxes)).toEqual([]);
    for (const { left, right, top, bottom } of boxes) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(picture.width);
      expect(bottom).toBeLessThanOrEqual(picture.height);
    }
  }
});

test.each(Object.entries(functionTexts))("the drawing of %s", async (name, text) => {
  const g = graph(text);
  const inputs = Object.fromEntries(
    g.inputs.map((input, n) => [input, input === "y" && name > "f2" ? 2 : 0.4 + 0.7 * n]),
  );
  await expect(g.toSvg()).toMatchFileSnapshot(`fixtures/${name}-plain.svg`);
  g.forward(inputs);
  g.backward();
  await expect(g.toSvg()).toMatchFileSnapshot(`fixtures/${name}.svg`);
  await expect(g.toSvg({ theme: "dark" })).toMatchFileSnapshot(`fixtures/${name}-dark.svg`);
  for (const theme of ["light", "dark"] as const) expectGoodDrawing(g.toSvg({ theme }));
  expect(overlaps(boxesOf(place(g, 17)))).toEqual([]);
});

test.each([
  "x * x",
  "x - x",
  "choose(x, x, x, y)",
  "sin(x2 * w2) + x1 * w1",
  "u / (b - a)",
])("operands come from top to bottom and do not cross in %s", (text) => {
  const { edges } = place(graph(text), 3);
  const byTarget = edges.filter(({ kind }) => kind === "into operator");
  byTarget.forEach((edge, i) => {
    const next = byTarget[i + 1];
    if (next?.to !== edge.to || edge.points.length !== next.points.length) return;
    edge.points.forEach(({ y }, p) => {
      expect(y).toBeLessThanOrEqual(next.points[p]!.y);
    });
  });
});

test("squares are operators, circles values; green leads in, blue leads out", () => {
  const { shapes, edges } = makeDiagram(graph("L = x * w + x").withCopies().structure, undefined, 3);
  expect(shapes.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "input x",
    "input w",
    "value x_1",
    "operator copy",
    "value x_2",
    "value a1",
    "operator ×",
    "output L",
    "operator +",
  ]);
  const kindOf = new Map(shapes.map(({ id, kind }) => [id, kind]));
  for (const { from, to, kind } of edges) {
    expect(kindOf.get(to) === "operator").toBe(kind === "into operator");
    expect(kindOf.get(from) === "operator").toBe(kind === "out of operator");
  }
  expect(edges.filter(({ to }) => to === "c0")).toHaveLength(1); // x enters its copy once
});

test("Graphviz keeps the order of operands and the colour of gradients", () => {
  const g = graph("L = (a - b) * choose(p, q, y)");
  expect(g.toDot()).not.toContain("<font");
  g.forward({ a: 3, b: 1, p: 5, q: 6, y: 2 });
  g.backward();
  expect(g.toDot()).toMatchInlineSnapshot(`
    "digraph chainrule {
      graph [rankdir=LR, bgcolor="#ffffff"];
      node [color="#4a5058", fontcolor="#1f2328"];
      edge [fontcolor="#1f2328"];
      v0 [shape=circle, label=<a>];
      v1 [shape=circle, label=<b>];
      v2 [shape=circle, label=<p>];
      v3 [shape=circle, label=<q>];
      v4 [shape=circle, label=<y>];
      v5 [shape=circle, label=<a1>];
      o5 [shape=square, ordering=in, label=<−>];
      v6 [shape=circle, label=<a2>];
      o6 [shape=square, ordering=in, label=<choose>];
      v7 [shape=doublecircle, label=<L>];
      o7 [shape=square, label=<×>];
      v0 -> o5 [color="#1a8f3c", label=<3<br/><font color="#b3261e">6</font>>];
      v1 -> o5 [color="#1a8f3c", label=<1<br/><font color="#b3261e">−6</font>>];
      o5 -> v5 [color="#1f62d6", label=<2<br/><font color="#b3261e">6</font>>];
      v2 -> o6 [color="#1a8f3c", label=<5<br/><font color="#b3261e">0</font>>];
      v3 -> o6 [color="#1a8f3c", label=<6<br/><font color="#b3261e">2</font>>];
      v4 -> o6 [color="#1a8f3c", label=<2<br/><font color="#59636e">none</font>>];
      o6 -> v6 [color="#1f62d6", label=<6<br/><font color="#b3261e">2</font>>];
      v5 -> o7 [color="#1a8f3c"];
      v6 -> o7 [color="#1a8f3c"];
      o7 -> v7 [color="#1f62d6", label=<12<br/><font color="#b3261e">1</font>>];
    }
    "
  `);
});

test("Graphviz gets the theme", () => {
  const dark = graph("x").toDot({ theme: "dark" });
  expect(dark).toContain('bgcolor="#14181d"');
  expect(dark).not.toBe(graph("x").toDot());
  expect(() => graph("x").toDot({ theme: "pink" as "dark" })).toThrow('toDot: unknown theme "pink"');
});

test("a sum stands below an input that is used twice, but not below a selector", () => {
  const g = graph("choose(a, b, y) * choose(b, a, y)");
  g.forward({ a: 3, b: 5, y: 1 });
  g.backward();
  expect([...g.toSvg().matchAll(/>(Σ [^<]*)</g)].map(([, total]) => total)).toEqual(["Σ 5", "Σ 3"]);
});

/** Where each name of a value is written, from the drawing's text. */
function namesIn(svg: string): { name: string; x: number; y: number }[] {
  return [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="15"[^>]*>([^<]*)</g)].map(([, x, y, name]) => ({
    ...{ name: name!, x: Number(x), y: Number(y) },
  }));
}

test.each(
  Object.entries(functionTexts),
)("%s runs down: every value below its operands, nothing overlaps", (_, text) => {
  for (const g of [graph(text), graph(text).withCopies()]) {
    g.forward(Object.fromEntries(g.inputs.map((input, n) => [input, input === "y" ? 2 : 0.4 + 0.7 * n])));
    g.backward();
    for (const theme of ["light", "dark"] as const) expectGoodDrawing(g.toSvg({ direction: "down", theme }));
    const places = new Map(namesIn(g.toSvg({ direction: "down" })).map((place) => [place.name, place]));
    for (const { name, operands } of g.values)
      for (const operand of operands)
        if (places.has(operand)) expect(places.get(operand)!.y).toBeLessThan(places.get(name)!.y);
    const [right, down] = [g.toSvg(), g.toSvg({ direction: "down" })].map(namesIn);
    expect(down!.map(({ name }) => name).sort()).toEqual(right!.map(({ name }) => name).sort());
  }
});

test.each(
  Object.entries(functionTexts),
)("%s in rows of 600 pixels: as wide, every value once, the numbers all there", (_, text) => {
  const g = graph(text);
  g.forward(Object.fromEntries(g.inputs.map((input, n) => [input, input === "y" ? 2 : 0.4 + 0.7 * n])));
  g.backward();
  const rows = g.toSvg({ width: 600 });
  expectGoodDrawing(rows);
  const size = Number(/ width="(\d+)"/.exec(rows)![1]);
  expect(size).toBeLessThanOrEqual(600);
  expect(g.toSvg({ width: 5000 })).toBe(g.toSvg());
  const solid = (svg: string): string[] =>
    [...svg.matchAll(/<rect (?![^>]*dasharray)[^>]*rx="16"[^>]*\/><text[^>]*>([^<]*)</g)]
      .map(([, name]) => name!)
      .sort();
  expect(solid(rows)).toEqual(g.values.map(({ name }) => name).sort());
  const numbers = (svg: string): string[] =>
    [...svg.matchAll(/font-size="13"[^>]*>([^<]*)</g)].map(([, number]) => number!).sort();
  expect(numbers(rows)).toEqual(numbers(g.toSvg()));
});

test("a value that a later row uses again stands at its start, dashed", () => {
  const svg = graph("a = x * w; b = a + 1; c = exp(b); L = c * a").toSvg({ width: 260 });
  const dashed = [...svg.matchAll(/dasharray="4 3"\/><text[^>]*>([^<]*)</g)].map(([, name]) => name);
  expect(dashed).toEqual(["a", "b", "a", "c"]);
  expect(namesIn(svg).filter(({ name }) => name === "a")).toHaveLength(3);
});

test("settings out of range are refused", () => {
  expect(() => graph("x + y").toSvg({ direction: "up" as "down" })).toThrow('toSvg: unknown direction "up"');
  expect(() => graph("x + y").toSvg({ width: 100 })).toThrow("expected width to be a whole number from 200 to 100000");
  expect(() => graph("x + y").toSvg({ width: 300, direction: "down" })).toThrow(
    'expected direction "right" with a width',
  );
  expect(() => graph("x + y").toSvg({ theme: "pink" as "dark" })).toThrow('toSvg: unknown theme "pink"');
  expect(() => graph("x + y").toSvg({ digits: 18 })).toThrow(
    "expected digits to be a whole number from 1 to 17, got 18",
  );
  const chain = (length: number): Graph =>
    graph((x) => Array.from({ length }).reduce<typeof x>((value) => value.sin(), x));
  expect(chain(499).toSvg()).toMatch(/^<svg/);
  expect(() => chain(500).toSvg()).toThrow("too large to draw: expected at most 1000 values and operators, got 1001");
  const sum = (terms: number): string => Array.from({ length: terms }, (_, i) => `x${i}`).join(" + ");
  expect(graph(sum(334)).toSvg()).toMatch(/^<svg/);
  expect(() => graph(sum(1000)).toSvg()).toThrow("got 2998; code and steps have no limit");
});

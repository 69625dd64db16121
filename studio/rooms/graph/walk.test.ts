import { expect, test } from "vitest";
import { graph } from "../../../src/graph/graph.ts";
import { examples } from "./examples.ts";
import { numericGradients } from "./numeric.ts";
import { hintFor, isRight, readAnswer } from "./predict.ts";
import { sourceOf } from "./source-lines.ts";
import { moveThatMade, takeWalk } from "./walk.ts";

const twice = graph("a = x * x; L = a + x"); // L = x² + x

test("the moves of x² + x at 3, worked by hand", () => {
  const walk = takeWalk(twice, { x: 3 });
  expect(walk.forwardCount).toBe(2);
  expect(walk.moves.map(({ kind, line }) => [kind, line.target, line.value])).toEqual([
    ["forward", "a", 9],
    ["forward", "L", 12],
    ["seed", "grad_L", 1],
    ["contribution", "grad_a", 1],
    ["contribution", "grad_x_3", 1],
    ["contribution", "grad_x_1", 3],
    ["contribution", "grad_x_2", 3],
    ["sum", "grad_x", 7],
  ]);
  expect([...walk.valueKnown]).toEqual([0, 1, 2]);
  expect([...walk.gradKnown]).toEqual([8, 4, 3]);
  expect(moveThatMade(walk, { node: 0, grad: true })).toBe(7);
  expect(moveThatMade(walk, { node: 0, grad: false })).toBeUndefined(); // an input is given
});

test.each(
  Object.entries(examples),
)("%s: local derivative × gradient from above is the contribution, for every edge", (_, one) => {
  for (const shown of [graph(one.text), graph(one.text).withCopies()]) {
    const walk = takeWalk(shown, one.inputs);
    shown.forward(one.inputs);
    shown.backward();
    const steps = shown.steps({ digits: 4 });
    expect(walk.moves.map(({ line }) => line.text)).toEqual(steps.map(({ text }) => text));
    for (const move of walk.moves)
      if (move.kind === "contribution") {
        expect(move.local * move.above).toBeCloseTo(move.line.value, 10);
        expect(isRight(move.line.value, walk.gradients.edges[move.edge]!)).toBe(true);
      }
    for (const language of ["typescript", "python", "latex"] as const) {
      const { lines, lineOf } = sourceOf(shown, language, walk.moves.length, walk.forwardCount);
      walk.moves.forEach(({ line }, i) => {
        const text = lines[lineOf[i]!]!;
        expect(text, `${language} ${line.target}`).toMatch(language === "latex" ? /&=/ : / = /);
        if (language === "python") expect(text.trim().startsWith(`${line.target} = `), text).toBe(true);
        if (language === "typescript") expect(text.trim().startsWith(`const ${line.target} = `), text).toBe(true);
      });
    }
  }
});

test.each(Object.entries(examples))("%s: the numeric check agrees with the backward pass", (_, one) => {
  const rows = numericGradients(graph(one.text), one.inputs);
  expect(rows.filter(({ agrees }) => !agrees)).toEqual([]);
  expect(rows.length).toBeGreaterThan(0);
});

test("answers: numbers and products, nothing else", () => {
  expect(["0.5", "-2", "0.5 × −2", "1/4", "(1 + 2) * 3", "1e-3", "2 - 3 - 1"].map(readAnswer)).toEqual([
    ...[0.5, -2, -1, 0.25, 9, 0.001, -2],
  ]);
  for (const text of ["", "x", "1 +", "2 2", "(1", "1/0", "alert(1)"]) expect(readAnswer(text), text).toBeUndefined();
  expect([isRight(1.009, 1), isRight(1.011, 1), isRight(0, 0), isRight(0.001, 0)]).toEqual([true, false, true, false]);
});

test("a wrong answer gets the hint of its mistake", () => {
  const g = graph("a = x * w; s = sigmoid(a); L = s * s"); // s is used twice
  const walk = takeWalk(g, { x: 2, w: 0.5 });
  const s = 1 / (1 + Math.exp(-1));
  const moveTo = (target: string) => walk.moves.find(({ line }) => line.target === target)!;
  const hint = (target: string, answer: number): string => hintFor(g, walk, moveTo(target), answer);
  expect(moveTo("grad_s").line.value).toBeCloseTo(2 * s, 12);
  expect(hint("grad_s", s)).toMatch(/one use only/);
  expect(hint("grad_s", s * s)).toMatch(/add up/);
  expect(hint("grad_s", -2 * s)).toMatch(/sign is not/);
  expect(hint("grad_a", s * (1 - s))).toMatch(/local derivative; multiply/);
  expect(hint("grad_a", 2 * s)).toMatch(/gradient from above; multiply/);
  expect(hint("grad_w", 2 + 2 * s * s * (1 - s))).toMatch(/does not add/);
  expect(hint("grad_L", 5)).toMatch(/output itself/);
  expect(hint("grad_a", 77)).toBe("Local derivative of the operator × gradient from above.");
  const wave = graph("y = sin(x); L = 3 * y");
  const of = takeWalk(wave, { x: 2 });
  const move = of.moves.find(({ line }) => line.target === "grad_x")!;
  expect(hintFor(wave, of, move, 3 * Math.cos(Math.sin(2)))).toMatch(/at the operator's input/);
});

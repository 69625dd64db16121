import { expect, test } from "vitest";
import { graph } from "./graph.ts";
import { GraphTextError } from "./parse.ts";

test.each([
  ["-x^2", -9],
  ["2^3*x", 24],
  ["x**2^1", 9],
  ["1 - x - 1", -3],
  ["12/x/2", 2],
  ["-x*-x", 9],
  ["+x - -1", 4],
  ["(x + 1) * (x - 1)", 8],
  ["max(x, 5) + min(x, 5)", 8],
  ["sqrt(x*12) + pow(x, 2)", 15],
  ["2*pi*x/pi", 6],
  ["a = x; // a comment\nb = a + 1\nb * 2;", 8],
])("%s", (text, expected) => {
  expect(graph(text).forward({ x: 3 })).toBeCloseTo(expected, 12);
});

test("named lines keep their names; a number beside a value becomes part of the operator", () => {
  const g = graph("d = 2*x - y + 1; L = 1 - d / 4");
  expect(g.values.map(({ name, operator }) => `${name}:${operator ?? "input"}`)).toEqual([
    "x:input",
    "y:input",
    "a1:mulConstant",
    "a2:sub",
    "d:addConstant",
    "a3:div",
    "L:constantSub",
  ]);
});

test("lines that lead nowhere are left out", () => {
  const g = graph("a = x * 2; b = x * 3");
  expect(g.toString()).toBe("b = 3 * x");
  expect(g.structure.unused).toEqual(["a"]);
});

test("a sum may have any number of terms", () => {
  const terms = Array.from({ length: 50_000 }, (_, i) => `${i + 2} * x ^ 2`);
  const g = graph(`b - ${terms.join(" - ")}`);
  expect(g.forward({ b: 0, x: 2 })).toBe(-4 * ((50_001 * 50_002) / 2 - 1)); // −x² · (2 + … + 50001)
});

test.each([
  ["e1 = exp(s1; e2 = 3", 1, 12, "unexpected text"],
  ["a = foo(x)", 1, 5, "unknown function foo; expected one of add, "],
  ["a = x*2\nb = a $ 3", 2, 7, "unexpected text"],
  ["a = x*2\n  b = a ^ x", 2, 11, "expected a constant exponent"],
  ["a = x*2; a = 3*x", 1, 10, '"a" already has a value'],
  ["b = 2*a; a = 3*x", 1, 10, '"a" is already an input of a line above'],
  ["x * (y + ", 1, 10, "the text ends too early"],
  ["", 1, 1, "expected an expression, got nothing"],
  [" ; ;", 1, 5, "expected an expression, got nothing"],
  ["3 + 4", 1, 1, "expected an output that depends on an input, got the number 7"],
  ["exp(x, y)", 1, 1, "expected exp to get 1 operand, got 2"],
  ["min(x)", 1, 1, "expected min to get 2 operands, got 1"],
  ["x * log(0)", 1, 5, "expected a finite number, got log(0) = -Infinity"],
  ["choose(a, b, y) * y", 1, 1, '"y" selects in a choose and is an operand'],
  ["choose(a, b, x + 1)", 1, 1, "expected the selector to be an input"],
  ["choose(a, b, 3)", 1, 1, "expected a selector from 1 to 2, got 3"],
  ["if (x) y", 1, 1, "expected `name = expression` or an expression"],
  ["x % 2", 1, 2, "unknown operator %"],
  ["x > 2", 1, 2, "unknown operator >"],
  ['x + "a"', 1, 5, 'expected a number, got "a"'],
  ["x.y", 1, 1, "expected numbers, names"],
  ["Math.exp(x)", 1, 1, "expected the name of a function"],
  ["x * 2; y", 1, 1, "only the last line may be without a name"],
  ["a += x", 1, 1, "expected `name = expression`"],
  ["class = x", 1, 7, ""],
  [`${"sin(".repeat(300)}x${")".repeat(300)}`, 1, 801, "nested more than 200 deep"],
  [`${"- ".repeat(300)}x`, 1, 401, "nested more than 200 deep"],
  [`${"{".repeat(9_000)}x`, 1, 1, "nested more than 200 deep"],
])("%j is refused with its place", (text, line, column, problem) => {
  let error: unknown;
  try {
    graph(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(GraphTextError);
  const { message } = error as GraphTextError;
  expect(message).toContain(problem);
  expect((error as GraphTextError).line).toBe(line);
  if (column !== undefined) expect(message).toContain(`graph: line ${line}, column ${column}: `);
  expect(message).toContain("▸");
  expect(message).not.toContain("\n");
});

import { expect, test } from "vitest";
import { graph } from "./graph.ts";
import { GraphTextError } from "./tokens.ts";

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
  ["2^x^1", "expected a constant exponent"],
  ["x^-2^2 * 81", 1], // 3 to the power −(2²), times 81
  ["2 * -x^2", -18],
  ["x^2^0.5 - x^sqrt(2)", 0],
  ["x--x", 6], // minus a minus, not an operator of its own
  ["--x", 3],
  ["- - +x", 3],
  ["x+010", 13], // ten, not eight
  [".5*x + 5.", 6.5],
  ["1e1*x + 1E-1", 30.1],
  ["2·x", 6],
  ["x·x", 9],
  ["2 × x − x ÷ 3 ⋅ 2", 4],
  ["π * x / pi", 3],
  ["x//2", 3], // the rest is a comment
])("%s", (text, expected) => {
  const value = (): number => graph(text).forward({ x: 3 });
  if (typeof expected === "string") expect(value).toThrow(expected);
  else expect(value()).toBeCloseTo(expected, 12);
});

test("a line break ends a line, unless a bracket is open or an operand is missing", () => {
  const lines = (text: string): string => graph(text).toString();
  expect(lines("a = x\nb = y\n-a")).toBe("x, y; a = copy(x); L = -a");
  expect(graph("a = x\nb = y\n-a").structure.unused).toEqual(["b"]);
  expect(lines("a = 2*x\n+a*y")).toBe("a = 2 * x; L = a * y");
  expect(lines("(x\n  - y\n)")).toBe("L = x - y");
  expect(lines("L =\n  max(x,\n\n y\n)")).toBe("L = max(x, y)");
  expect(lines("L = x -\r\n  y")).toBe("L = x - y");
  for (const lineBreak of ["\r", "\r\n", "\u2028", "\u2029"])
    expect(lines(`a = 2*x${lineBreak}-a`)).toBe("a = 2 * x; L = -a");
  expect(lines("a = x\n(y)")).toBe("x, y; L = copy(y)");
  for (const text of ["a = x\n* y", "a\n= x", "x\n, y", "(x; y)", "a = x\nb y"])
    expect(() => graph(text)).toThrow(GraphTextError);
});

test("any word is a name that is not a number: those of a language and of every object as well", () => {
  const names = "class in new max this eval constructor hasOwnProperty toString __proto__ valueOf".split(" ");
  const g = graph(names.join(" + "));
  expect(g.inputs).toEqual(names);
  const inputs = Object.fromEntries(names.map((name, i) => [name, i]));
  const ones = Object.fromEntries(names.map((name) => [name, 1]));
  expect(g.forward(inputs)).toBe(55);
  expect(g.backward()).toEqual(ones);
  expect(g.evaluate(inputs)).toEqual([55, ones]);
  expect(() => g.forward({})).toThrow('forward: expected a number for input "class", got undefined');
  expect(() => graph("x + constructor").forward({ x: 1 })).toThrow('a number for input "constructor", got undefined');
  expect(graph("__proto__ = 2 * x; toString = __proto__ + 1").toString()).toContain("toString = __proto__ + 1");
});

test("a name is the same name however its accents were typed", () => {
  const g = graph("\u0177 * y\u0302"); // ŷ as one character, and as y with a hat
  expect(g.inputs).toEqual(["\u0177"]);
  expect(graph("élan * λ_2 + 变量").inputs).toEqual(["élan", "λ_2", "变量"]);
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
  ["e1 = exp(s1; e2 = 3", 1, 12, "expected an operator or ), got ;"],
  ["a = foo(x)", 1, 5, "unknown function foo; expected one of add, "],
  ["a = x*2\nb = a $ 3", 2, 7, "expected an operator, got $"],
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
  ["if (x) y", 1, 1, "unknown function if"],
  ["x % 2", 1, 3, "expected an operator, got %"],
  ["x > 2", 1, 3, "expected an operator, got >"],
  ['x + "a"', 1, 5, 'expected a number, a name or a bracket, got "'],
  ["x + `a`", 1, 5, "expected a number, a name or a bracket, got `"],
  ["x.y", 1, 2, "expected an operator, got .y"],
  ["x?.y", 1, 2, "expected an operator, got ?"],
  ["x[1]", 1, 2, "expected an operator, got ["],
  ["x ? 1 : 2", 1, 3, "expected an operator, got ?"],
  ["x => x", 1, 4, "expected a number, a name or a bracket, got >"],
  ["a = b = x", 1, 7, "expected an operator, got ="],
  ["typeof x", 1, 8, "expected an operator, got x"],
  ["!x", 1, 1, "expected a number, a name or a bracket, got !"],
  ["x + /x/", 1, 5, "expected a number, a name or a bracket, got /"],
  ["x /* squared */ + 1", 1, 4, "expected a number, a name or a bracket, got *"],
  ["x ** * 2", 1, 6, "expected a number, a name or a bracket, got *"],
  ["Math.exp(x)", 1, 5, "expected an operator, got .exp"],
  ["constructor(x)", 1, 1, "unknown function constructor"],
  ["(x)(y)", 1, 4, "expected an operator, got ("],
  ["2x", 1, 1, "expected a number such as 2, 0.5 or 1e-3 or a name such as x2, got 2x"],
  ["x + 0x10", 1, 5, "expected a number such as 2, 0.5 or 1e-3 or a name such as x2, got 0x10"],
  ["x + 0b11", 1, 5, "got 0b11"],
  ["x + 0o17", 1, 5, "got 0o17"],
  ["x + 1_000", 1, 5, "got 1_000"],
  ["x + 10n", 1, 5, "got 10n"],
  ["x + 1.2.3", 1, 5, "got 1.2.3"],
  ["x + 2e", 1, 5, "got 2e"],
  ["x + 1e400", 1, 5, "expected 0 or a number from 5e-324 to 1.7e308, got 1e400"],
  ["x + 1e-400", 1, 5, "expected 0 or a number from 5e-324 to 1.7e308, got 1e-400"],
  ["x\\u0031", 1, 2, "expected an operator, got \\"],
  ["x y", 1, 3, "expected an operator, got y"],
  ["max(x, y,)", 1, 10, "expected a number, a name or a bracket, got )"],
  ["max(...x)", 1, 5, "expected a number, a name or a bracket, got ."],
  ["(x, y)", 1, 3, "expected an operator or ), got ,"],
  ["sin()", 1, 5, "expected a number, a name or a bracket, got )"],
  ["x)", 1, 2, "expected an operator, got )"],
  ["(x", 1, 3, "the text ends too early"],
  ["x, y", 1, 5, "expected an expression, got nothing"],
  ["x, 2\ny", 1, 4, "expected a name, got 2"],
  ["pi = x", 1, 1, '"pi" already has a value'],
  ["Infinity * x", 1, 1, "expected a name of letters, digits and _ (but not pi, Infinity or NaN)"],
  ["x * 2; y", 1, 1, "only the last line may be without a name"],
  ["a += x", 1, 4, "expected a number, a name or a bracket, got ="],
  [`${"sin(".repeat(300)}x${")".repeat(300)}`, 1, 801, "nested more than 200 deep"],
  [`${"- ".repeat(300)}x`, 1, 401, "nested more than 200 deep"],
  [`${"(".repeat(9_000)}x`, 1, 201, "nested more than 200 deep"],
  [`${"x^".repeat(9_000)}2`, 1, 401, "nested more than 200 deep"],
  ["x + \u001b[2J", 1, 5, "expected a number, a name or a bracket"],
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

import { expect, test } from "vitest";
import { compileGraph } from "./compile.ts";
import { graph } from "./graph.ts";

const neuron = "a = x * w; z = a + b; L = z ^ 2";

test("a neuron worked by hand", () => {
  const g = graph(neuron);
  expect(g.forward({ x: 2, w: 3, b: 1 })).toBe(49); // (2·3 + 1)²
  expect(g.backward()).toEqual({ x: 42, w: 28, b: 14 }); // dL/dz = 2·7; times w, x and 1
  expect(g.evaluate({ x: 2, w: 3, b: 1 })).toEqual([49, { x: 42, w: 28, b: 14 }]);
});

test("every call starts from zero", () => {
  const g = graph(neuron);
  g.forward({ x: 2, w: 3, b: 1 });
  const first = g.backward();
  expect(g.backward()).toEqual(first);
  g.evaluate({ x: 2, w: 3, b: 1 });
  g.forward({ x: 2, w: 3, b: 1 });
  expect(g.backward()).toEqual(first);
  expect(g.backward(2)).toEqual({ x: 84, w: 56, b: 28 });
});

test("a gradient that has not been computed is none, not 0", () => {
  const g = graph("choose(p1, p2, y)");
  const grads = (): unknown[] => g.values.map(({ grad }) => grad);
  expect(grads()).toEqual(["none", "none", "none", "none"]);
  g.forward({ p1: 5, p2: 6, y: 2 });
  expect(grads()).toEqual(["none", "none", "none", "none"]);
  expect(g.toSvg().match(/>none</g)).toHaveLength(4);
  expect(g.backward()).toEqual({ p1: 0, p2: 1 });
  expect(grads()).toEqual([0, 1, "none", 1]);
  expect(g.toSvg().match(/>none</g)).toHaveLength(1);
  g.forward({ p1: 5, p2: 6, y: 1 });
  expect(grads()).toEqual(["none", "none", "none", "none"]);
});

test("an input that the output does not depend on has gradient 0", () => {
  const g = graph((x, _y) => x.mul(3), ["x", "_y"]);
  expect(g.evaluate({ x: 1, _y: 2 })).toEqual([3, { x: 3, _y: 0 }]);
  expect(g.toSource("python")).toContain("grad__y = 0.0");
});

test("inputs come in the order in which they first appear", () => {
  expect(graph("z * x + y * z").inputs).toEqual(["z", "x", "y"]);
  expect(graph((x, y) => y.add(x), ["left", "right"]).inputs).toEqual(["left", "right"]);
  expect(graph((x, y) => y.add(x), ["x", "y"]).toString()).toBe("x, y; L = y + x");
});

test("names are kept, and values without one get a free one", () => {
  const g = graph((a1, L) => a1.mul(L).exp().named("e").sub(1), ["a1", "L"]);
  expect(g.toString()).toBe("a2 = a1 * L; e = exp(a2); L_ = e - 1");
  expect(graph("x").toString()).toBe("L = copy(x)");
  expect(graph("a = x; b = a; L = a * b").toString()).toBe("a = copy(x); b = copy(a); L = a * b");
});

test("a value that is used several times gets a copy whose backward sums", () => {
  const g = graph("e = exp(x); L = e * e + e").withCopies();
  expect(g.toString()).toBe("e = exp(x); e_1 = copy(e); e_2 = copy(e); e_3 = copy(e); a1 = e_1 * e_2; L = a1 + e_3");
  expect(g.toSource("typescript")).toContain("const grad_e = grad_e_1 + grad_e_2 + grad_e_3;");
  expect(g.evaluate({ x: 0 })).toEqual([2, { x: 3 }]);
});

test("generated code in the form of the lecture", () => {
  const g = graph("p = choose(p1, p2, y); L = -log(p)");
  expect(g.toSource("python")).toMatchInlineSnapshot(`
    "import math


    def f(p1, p2, y):
        # forward
        p = p1 if y == 1 else p2
        a1 = math.log(p)
        L = -a1
        # backward
        grad_L = 1.0
        grad_a1 = -grad_L
        grad_p = grad_a1 / p
        grad_p1 = grad_p if y == 1 else 0
        grad_p2 = grad_p if y == 2 else 0
        return L, (grad_p1, grad_p2)
    "
  `);
  expect(graph("w1 * x_out - alpha ^ -2").toSource("latex")).toMatchInlineSnapshot(`
    "\\begin{align*}
      a_{1} &= w_{1} \\cdot x_{\\mathrm{out}} \\\\
      a_{2} &= {\\alpha}^{-2} \\\\
      L &= a_{1} - a_{2} \\\\[1ex]
      \\frac{\\partial L}{\\partial L} &= 1 \\\\
      \\frac{\\partial L}{\\partial a_{1}} &= \\frac{\\partial L}{\\partial L} \\\\
      \\frac{\\partial L}{\\partial a_{2}} &= -\\frac{\\partial L}{\\partial L} \\\\
      \\frac{\\partial L}{\\partial \\alpha} &= \\frac{\\partial L}{\\partial a_{2}} \\cdot (-2) \\cdot {\\alpha}^{-3} \\\\
      \\frac{\\partial L}{\\partial w_{1}} &= \\frac{\\partial L}{\\partial a_{1}} \\cdot x_{\\mathrm{out}} \\\\
      \\frac{\\partial L}{\\partial x_{\\mathrm{out}}} &= \\frac{\\partial L}{\\partial a_{1}} \\cdot w_{1}
    \\end{align*}
    "
  `);
});

test("names in LaTeX", () => {
  const names = "x1 x_1 y_hat ŷ2 w_out alpha β_3 learning_rate loss _u".split(" ");
  const lines = graph(`L = ${names.join(" + ")}`).toSource("latex");
  const printed = "x_{1} \\mathrm{x\\_1} \\hat{y} \\hat{y}_{2} w_{\\mathrm{out}} \\alpha \\beta_{3}";
  for (const name of [...printed.split(" "), "\\mathrm{learning}_{\\mathrm{rate}}", "\\mathrm{loss}", "\\mathrm{\\_u}"])
    expect(lines).toContain(`\\frac{\\partial L}{\\partial ${name}} &=`);
});

test("words that a language keeps for itself are changed in its code only", () => {
  const g = graph("lambda * max");
  expect(g.toSource("python")).toContain("def f(lambda_, max_):");
  expect(g.toSource("typescript")).toContain("f(lambda: number, max: number)");
});

test("steps show each line in names and in numbers", () => {
  const g = graph("a1 = x1 * w1; L = a1 - 1");
  g.forward({ x1: 0.366, w1: -0.445 });
  g.backward();
  expect(g.steps().map(({ text }) => text)).toEqual([
    "a1 = x1 × w1 = 0.366 × (-0.445) = -0.163",
    "L = a1 - 1 = (-0.163) - 1 = -1.16",
    "grad_L = 1",
    "grad_a1 = grad_L = 1",
    "grad_x1 = grad_a1 × w1 = 1 × (-0.445) = -0.445",
    "grad_w1 = grad_a1 × x1 = 1 × 0.366 = 0.366",
  ]);
});

test("a chain of 300,000 operators", () => {
  const operators = 300_000;
  const g = graph(
    (x) => {
      let value = x;
      for (let i = 0; i < operators; i++) value = i % 2 === 0 ? value.add(1) : value.mul(0.5);
      return value;
    },
    ["x"],
  );
  expect(g.forward({ x: 0 })).toBeCloseTo(1, 12); // the fixed point of (x + 1) / 2
  expect(g.backward()).toEqual({ x: 0 }); // 2 to the power −150000 is below the smallest number
  expect(g.values).toHaveLength(operators + 1);
});

test("without `new Function` the interpreter steps in", () => {
  const before = globalThis.Function;
  const g = graph("exp(x) * y");
  try {
    globalThis.Function = class {
      constructor() {
        throw new EvalError("unsafe-eval is not allowed");
      }
    } as unknown as FunctionConstructor;
    expect(compileGraph(g.structure)(0, 3)).toEqual([3, [3, 1]]);
  } finally {
    globalThis.Function = before;
  }
});

test("mistakes in a call say what was expected", () => {
  const g = graph("choose(a, b, y)");
  expect(() => g.backward()).toThrow("backward: expected a call of forward first");
  expect(() => g.steps()).toThrow("steps: expected a call of forward first");
  expect(() => g.forward({ a: 1, b: 2 })).toThrow('forward: expected a number for input "y", got undefined');
  expect(() => g.forward({ a: 1, b: 2, y: 3 })).toThrow(
    'forward: expected the selector "y" to be a whole number from 1 to 2, got 3',
  );
  expect(() => g.evaluate({ a: 1, b: 2, y: 1, c: 4 })).toThrow('evaluate: unknown input "c"; expected a, b, y');
  expect(() => g.toSource("rust" as "python")).toThrow(
    'toSource: unknown language "rust"; expected one of typescript, python, latex',
  );
});

test("mistakes in a traced function say what was expected", () => {
  expect(() => graph((x) => x.mul(Number.NaN))).toThrow("graph: expected a finite number, got NaN = NaN");
  expect(() => graph(() => 3 as never)).toThrow("expected one name per parameter");
  expect(() => graph((_x) => 3 as never)).toThrow("expected the function to return a value of the graph, got number");
  expect(() => graph((x) => x.exp().named("x1"))).toThrow('the name "x1" is taken by another value');
  expect(() => graph((x) => x.exp().named("not a name"))).toThrow('got "not a name"');
  expect(() =>
    graph((x, y) =>
      x
        .mul(graph.length as never)
        .add(y as never)
        .choose("one" as never),
    ),
  ).toThrow("expected an operand that is a number or a value of the same graph");
});

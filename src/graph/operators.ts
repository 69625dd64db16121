/**
 * The operator table: one row per operator, with everything that the rest of the folder needs to know about it.
 * Running, differentiating, parsing, printing, drawing and code generation are all driven by these rows; a new operator
 * is a new name in {@link OperatorName} and a new row, and the tests apply to every row.
 *
 * Letters in a formula: `$1 … $n` the operands, `$k` the row's constant (`$j` is k − 1), `$out` the operator's own
 * value, `$g` the gradient of the output with respect to that value.
 */

import { formatConstant } from "./format-number.ts";

export type UnaryName =
  | "neg"
  | "square"
  | "sqrt"
  | "exp"
  | "log"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "relu"
  | "abs"
  | "copy";
export type BinaryName = "add" | "sub" | "mul" | "div" | "min" | "max";
/** Operators with one operand and a constant: x + k, k − x, k × x, x to the power k. */
export type ConstantName = "addConstant" | "constantSub" | "mulConstant" | "pow";
export type OperatorName = UnaryName | BinaryName | ConstantName | "choose";

/** One right-hand side: how to compute it here, and how to write it. */
export interface Formula {
  /** Forward: `run(...operands, k)`. Backward: `run(g, out, ...operands, k)`. */
  readonly run: (...numbers: number[]) => number;
  /** What {@link run} computes, with `c ? a : b`, `a ** b` and functions called by their bare names. */
  readonly code: string;
  /** The formula as it is written on paper. */
  readonly latex: string;
  /** For Python, where its `math` module would raise an error for numbers that are harmless here. */
  readonly python?: string;
}

export interface Operator {
  readonly kind: "unary" | "binary" | "constant" | "choose";
  /** Inside the square of a drawing; `$k` stands for the constant. */
  readonly symbol: string;
  /** In the text that {@link parseGraph} reads. */
  readonly text: string;
  readonly forward: (operands: number) => Formula;
  /**
   * What flows back along edge `i` (from 0) of `operands` edges, for the constant `k` if there is one; `undefined` for an
   * edge that carries no gradient.
   *
   * The order of the factors matters: `-g * a / (b * b)` is the same on paper as `-(g / b) * (a / b)`, but its square
   * overflows, and the result is 0 where it should be 1. No factor here is out of range unless a value or a gradient of
   * the graph is.
   */
  readonly backward: (i: number, operands: number, k?: number) => Formula | undefined;
}

/** @param latex - by default the code in the notation of LaTeX */
function formula(code: string, run: Formula["run"], latex?: string, python?: string): Formula {
  const calls = code.replaceAll(/\b(exp|log|sin|cos|tanh|min|max)\(/g, "\\$1(");
  return {
    run,
    code,
    latex: latex ?? calls.replaceAll(" * ", " \\cdot "),
    ...(python === undefined ? {} : { python }),
  };
}

/** @param text - by default the code */
function row(
  kind: Operator["kind"],
  symbol: string,
  forward: Formula,
  backward: Formula[],
  text: string = forward.code,
): Operator {
  return { kind, symbol, text, forward: () => forward, backward: (i) => backward[i] };
}

function unary(symbol: string, forward: Formula, backward: Formula, text?: string): Operator {
  return row("unary", symbol, forward, [backward], text);
}

function binary(symbol: string, forward: Formula, first: Formula, second: Formula): Operator {
  return row("binary", symbol, forward, [first, second]);
}

const pass = formula("$g", (g) => g!);
const negate = formula("-$g", (g) => -g!);
const power = formula("$1 ** $k", (a, k) => a! ** k!, "{$1}^{$k}");
const powerGradLatex = "$g \\cdot $k \\cdot {$1}^{$j}";
const powerGrad = formula("$g * ($k * $1 ** $j)", (g, _, a, k) => g! * (k! * a! ** (k! - 1)), powerGradLatex);
/** For k < 0, where a to the power k − 1 is out of range sooner than a to the power k. */
const reciprocalGrad = formula("$g / $1 * $out * $k", (g, out, a, k) => (g! / a!) * out! * k!, powerGradLatex);

export const operators: Readonly<Record<OperatorName, Operator>> = {
  add: binary(
    "+",
    formula("$1 + $2", (a, b) => a! + b!),
    pass,
    pass,
  ),
  sub: binary(
    "−",
    formula("$1 - $2", (a, b) => a! - b!),
    pass,
    negate,
  ),
  mul: binary(
    "×",
    formula("$1 * $2", (a, b) => a! * b!),
    formula("$g * $2", (g, _, _a, b) => g! * b!),
    formula("$g * $1", (g, _, a) => g! * a!),
  ),
  div: binary(
    "÷",
    formula("$1 / $2", (a, b) => a! / b!, "\\frac{$1}{$2}"),
    formula("$g / $2", (g, _, _a, b) => g! / b!, "$g \\cdot \\frac{1}{$2}"),
    formula(
      "-($g / $2) * ($1 / $2)",
      (g, _, a, b) => -(g! / b!) * (a! / b!),
      "-$g \\cdot \\frac{1}{$2} \\cdot \\frac{$1}{$2}",
    ),
  ),
  // Of two equal operands, the first gets the whole gradient.
  min: binary(
    "min",
    formula("min($1, $2)", (a, b) => Math.min(a!, b!)),
    formula("$1 <= $2 ? $g : 0", (g, _, a, b) => (a! <= b! ? g! : 0), "$g \\cdot [$1 \\le $2]"),
    formula("$1 <= $2 ? 0 : $g", (g, _, a, b) => (a! <= b! ? 0 : g!), "$g \\cdot [$1 > $2]"),
  ),
  max: binary(
    "max",
    formula("max($1, $2)", (a, b) => Math.max(a!, b!)),
    formula("$1 >= $2 ? $g : 0", (g, _, a, b) => (a! >= b! ? g! : 0), "$g \\cdot [$1 \\ge $2]"),
    formula("$1 >= $2 ? 0 : $g", (g, _, a, b) => (a! >= b! ? 0 : g!), "$g \\cdot [$1 < $2]"),
  ),
  neg: unary(
    "−",
    formula("-$1", (a) => -a!),
    negate,
  ),
  square: unary(
    "^2",
    formula("$1 * $1", (a) => a! * a!, "{$1}^2"),
    formula("$g * (2 * $1)", (g, _, a) => g! * (2 * a!), "$g \\cdot 2 \\, $1"),
    "$1 ^ 2",
  ),
  sqrt: unary(
    "√",
    formula("sqrt($1)", (a) => Math.sqrt(a!), "\\sqrt{$1}"),
    formula("$g / (2 * $out)", (g, out) => g! / (2 * out!), "$g \\cdot \\frac{1}{2 \\, $out}"),
  ),
  exp: unary(
    "exp",
    formula("exp($1)", (a) => Math.exp(a!)),
    formula("$g * $out", (g, out) => g! * out!),
  ),
  log: unary(
    "log",
    formula("log($1)", (a) => Math.log(a!)),
    formula("$g / $1", (g, _, a) => g! / a!, "$g \\cdot \\frac{1}{$1}"),
  ),
  sin: unary(
    "sin",
    formula("sin($1)", (a) => Math.sin(a!)),
    formula("$g * cos($1)", (g, _, a) => g! * Math.cos(a!)),
  ),
  cos: unary(
    "cos",
    formula("cos($1)", (a) => Math.cos(a!)),
    formula("-$g * sin($1)", (g, _, a) => -g! * Math.sin(a!)),
  ),
  // On paper the derivative is 1 − out², but this is 0 from 20 on, where out rounds to 1.
  tanh: unary(
    "tanh",
    formula("tanh($1)", (a) => Math.tanh(a!)),
    formula(
      "$g / cosh($1) / cosh($1)",
      (g, _, a) => g! / Math.cosh(a!) / Math.cosh(a!),
      "$g \\cdot (1 - {$out}^2)",
      "$g / math.cosh($1) / math.cosh($1) if abs($1) < 710 else 0.0",
    ),
  ),
  // On paper the derivative is out · (1 − out), but this is 0 from 37 on, where out rounds to 1.
  sigmoid: unary(
    "σ",
    formula(
      "$1 < 0 ? exp($1) / (1 + exp($1)) : 1 / (1 + exp(-$1))",
      (a) => (a! < 0 ? Math.exp(a!) / (1 + Math.exp(a!)) : 1 / (1 + Math.exp(-a!))),
      "\\sigma($1)",
    ),
    formula(
      "$g / 4 / cosh($1 / 2) / cosh($1 / 2)",
      (g, _, a) => g! / 4 / Math.cosh(a! / 2) / Math.cosh(a! / 2),
      "$g \\cdot $out \\, (1 - $out)",
      "$g / 4 / math.cosh($1 / 2) / math.cosh($1 / 2) if abs($1) < 1420 else 0.0",
    ),
    "sigmoid($1)",
  ),
  // At 0, the gradients of relu and abs are 0.
  relu: unary(
    "relu",
    formula("max($1, 0)", (a) => Math.max(a!, 0)),
    formula("$1 > 0 ? $g : 0", (g, _, a) => (a! > 0 ? g! : 0), "$g \\cdot [$1 > 0]"),
    "relu($1)",
  ),
  abs: unary(
    "abs",
    formula("abs($1)", (a) => Math.abs(a!), "|$1|"),
    formula(
      "$1 > 0 ? $g : $1 < 0 ? -$g : 0",
      (g, _, a) => (a! > 0 ? g! : a! < 0 ? -g! : 0),
      "$g \\cdot \\operatorname{sign}($1)",
    ),
  ),
  copy: unary(
    "copy",
    formula("$1", (a) => a!),
    pass,
    "copy($1)",
  ),
  addConstant: row(
    "constant",
    "+$k",
    formula("$1 + $k", (a, k) => a! + k!),
    [pass],
  ),
  constantSub: row(
    "constant",
    "$k−",
    formula("$k - $1", (a, k) => k! - a!),
    [negate],
  ),
  mulConstant: row(
    "constant",
    "×$k",
    formula("$k * $1", (a, k) => k! * a!),
    [formula("$k * $g", (g, _, _a, k) => k! * g!)],
  ),
  pow: {
    ...row("constant", "^$k", power, [], "$1 ^ $k"),
    backward: (_i, _operands, k) => (k! < 0 ? reciprocalGrad : powerGrad),
  },
  choose: {
    kind: "choose",
    symbol: "choose",
    text: "choose($*)",
    forward: chooseForward,
    backward: chooseBackward,
  },
};

/** The options are operands 1 … n−1; the last operand says which of them, counted from 1. */
function chooseForward(operands: number): Formula {
  const y = `$${operands}`;
  const options = Array.from({ length: operands - 1 }, (_, i) => i + 1);
  const code = options.map((i) => (i < operands - 1 ? `${y} === ${i} ? $${i} : ` : `$${i}`)).join("");
  const cases = options.map((i) => `$${i} & ${y} = ${i}`).join(" \\\\ ");
  return formula(code, (...args) => args[args[operands - 1]! - 1]!, `\\begin{cases} ${cases} \\end{cases}`);
}

function chooseBackward(i: number, operands: number): Formula | undefined {
  if (i === operands - 1) return undefined; // the selector is a whole number: nothing flows back
  const y = `$${operands}`;
  return formula(
    `${y} === ${i + 1} ? $g : 0`,
    (g, _out, ...args) => (args[operands - 1] === i + 1 ? g! : 0),
    `$g \\cdot [${y} = ${i + 1}]`,
  );
}

/** The text in the square of a drawing: `×`, `exp`, `×2`, `1−`. */
export function symbolOf(operator: OperatorName, constant?: number, digits?: number): string {
  const k = constant === undefined ? "" : formatConstant(constant, digits);
  return operators[operator].symbol.replace("$k", k).replace("+-", "−").replaceAll("-", "−");
}

/** Substitutes names or numbers for `$1`, `$k`, `$out` and `$g`; `x + -1` becomes `x - 1`. */
export function fill(
  template: string,
  operands: readonly string[],
  others: { k?: string; j?: string; out?: string; g?: string } = {},
): string {
  const minus = /^\(?-(.*?)\)?$/.exec(others.k ?? "")?.[1];
  const signed = minus === undefined ? template : template.replace("+ $k", `- ${minus}`);
  return signed.replaceAll(/\$(\d+|k|j|out|g)/g, (_, key: string) =>
    /\d/.test(key) ? operands[Number(key) - 1]! : others[key as "k"]!,
  );
}

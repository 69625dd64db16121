/**
 * The operator table: one row per operator with everything the rest of the folder needs to know about it.
 * Running, differentiating, reading, printing, drawing and code generation are all driven by these rows;
 * a new operator is a new name in {@link OperatorName} and a new row, and the tests try every row everywhere.
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
  /** For Python, where the functions of its `math` module raise an error on numbers that are harmless here. */
  readonly python?: string;
  /** The same as on paper. */
  readonly latex: string;
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

function formula(run: (...numbers: number[]) => number, code: string, latex: string, python?: string): Formula {
  return { run, code, latex, ...(python === undefined ? {} : { python }) };
}

function row(kind: Operator["kind"], symbol: string, text: string, forward: Formula, backward: Formula[]): Operator {
  return { kind, symbol, text, forward: () => forward, backward: (i) => backward[i] };
}

function unary(symbol: string, text: string, forward: Formula, backward: Formula): Operator {
  return row("unary", symbol, text, forward, [backward]);
}

function binary(symbol: string, text: string, forward: Formula, first: Formula, second: Formula): Operator {
  return row("binary", symbol, text, forward, [first, second]);
}

const pass = formula((g) => g!, "$g", "$g");
const negate = formula((g) => -g!, "-$g", "-$g");

export const operators: Readonly<Record<OperatorName, Operator>> = {
  add: binary(
    "+",
    "$1 + $2",
    formula((a, b) => a! + b!, "$1 + $2", "$1 + $2"),
    pass,
    pass,
  ),
  sub: binary(
    "−",
    "$1 - $2",
    formula((a, b) => a! - b!, "$1 - $2", "$1 - $2"),
    pass,
    negate,
  ),
  mul: binary(
    "×",
    "$1 * $2",
    formula((a, b) => a! * b!, "$1 * $2", "$1 \\cdot $2"),
    formula((g, _, _a, b) => g! * b!, "$g * $2", "$g \\cdot $2"),
    formula((g, _, a) => g! * a!, "$g * $1", "$g \\cdot $1"),
  ),
  div: binary(
    "÷",
    "$1 / $2",
    formula((a, b) => a! / b!, "$1 / $2", "\\frac{$1}{$2}"),
    formula((g, _, _a, b) => g! / b!, "$g / $2", "$g \\cdot \\frac{1}{$2}"),
    formula(
      (g, _, a, b) => -(g! / b!) * (a! / b!),
      "-($g / $2) * ($1 / $2)",
      "-$g \\cdot \\frac{1}{$2} \\cdot \\frac{$1}{$2}",
    ),
  ),
  min: binary(
    "min",
    "min($1, $2)",
    formula((a, b) => Math.min(a!, b!), "min($1, $2)", "\\min($1, $2)"),
    formula((g, _, a, b) => (a! <= b! ? g! : 0), "$1 <= $2 ? $g : 0", "$g \\cdot [$1 \\le $2]"),
    formula((g, _, a, b) => (a! <= b! ? 0 : g!), "$1 <= $2 ? 0 : $g", "$g \\cdot [$1 > $2]"),
  ),
  max: binary(
    "max",
    "max($1, $2)",
    formula((a, b) => Math.max(a!, b!), "max($1, $2)", "\\max($1, $2)"),
    formula((g, _, a, b) => (a! >= b! ? g! : 0), "$1 >= $2 ? $g : 0", "$g \\cdot [$1 \\ge $2]"),
    formula((g, _, a, b) => (a! >= b! ? 0 : g!), "$1 >= $2 ? 0 : $g", "$g \\cdot [$1 < $2]"),
  ),
  neg: unary(
    "−",
    "-$1",
    formula((a) => -a!, "-$1", "-$1"),
    negate,
  ),
  square: unary(
    "^2",
    "$1 ^ 2",
    formula((a) => a! * a!, "$1 * $1", "{$1}^2"),
    formula((g, _, a) => g! * (2 * a!), "$g * (2 * $1)", "$g \\cdot 2 \\, $1"),
  ),
  sqrt: unary(
    "√",
    "sqrt($1)",
    formula((a) => Math.sqrt(a!), "sqrt($1)", "\\sqrt{$1}"),
    formula((g, out) => g! / (2 * out!), "$g / (2 * $out)", "$g \\cdot \\frac{1}{2 \\, $out}"),
  ),
  exp: unary(
    "exp",
    "exp($1)",
    formula((a) => Math.exp(a!), "exp($1)", "\\exp($1)"),
    formula((g, out) => g! * out!, "$g * $out", "$g \\cdot $out"),
  ),
  log: unary(
    "log",
    "log($1)",
    formula((a) => Math.log(a!), "log($1)", "\\log($1)"),
    formula((g, _, a) => g! / a!, "$g / $1", "$g \\cdot \\frac{1}{$1}"),
  ),
  sin: unary(
    "sin",
    "sin($1)",
    formula((a) => Math.sin(a!), "sin($1)", "\\sin($1)"),
    formula((g, _, a) => g! * Math.cos(a!), "$g * cos($1)", "$g \\cdot \\cos($1)"),
  ),
  cos: unary(
    "cos",
    "cos($1)",
    formula((a) => Math.cos(a!), "cos($1)", "\\cos($1)"),
    formula((g, _, a) => -g! * Math.sin(a!), "-$g * sin($1)", "-$g \\cdot \\sin($1)"),
  ),
  tanh: unary(
    "tanh",
    "tanh($1)",
    formula((a) => Math.tanh(a!), "tanh($1)", "\\tanh($1)"),
    // 1 / cosh² is 1 − out² on paper, which is 0 from 20 on, where out rounds to 1.
    formula(
      (g, _, a) => g! / Math.cosh(a!) / Math.cosh(a!),
      "$g / cosh($1) / cosh($1)",
      "$g \\cdot (1 - {$out}^2)",
      "$g / math.cosh($1) / math.cosh($1) if abs($1) < 710 else 0.0",
    ),
  ),
  sigmoid: unary(
    "σ",
    "sigmoid($1)",
    formula(
      (a) => (a! < 0 ? Math.exp(a!) / (1 + Math.exp(a!)) : 1 / (1 + Math.exp(-a!))),
      "$1 < 0 ? exp($1) / (1 + exp($1)) : 1 / (1 + exp(-$1))",
      "\\sigma($1)",
    ),
    // 1 / (4 cosh²(a / 2)) is out · (1 − out) on paper, which is 0 from 37 on, where out rounds to 1.
    formula(
      (g, _, a) => g! / 4 / Math.cosh(a! / 2) / Math.cosh(a! / 2),
      "$g / 4 / cosh($1 / 2) / cosh($1 / 2)",
      "$g \\cdot $out \\, (1 - $out)",
      "$g / 4 / math.cosh($1 / 2) / math.cosh($1 / 2) if abs($1) < 1420 else 0.0",
    ),
  ),
  relu: unary(
    "relu",
    "relu($1)",
    formula((a) => Math.max(a!, 0), "max($1, 0)", "\\max($1, 0)"),
    formula((g, _, a) => (a! > 0 ? g! : 0), "$1 > 0 ? $g : 0", "$g \\cdot [$1 > 0]"),
  ),
  abs: unary(
    "abs",
    "abs($1)",
    formula((a) => Math.abs(a!), "abs($1)", "|$1|"),
    formula(
      (g, _, a) => (a! > 0 ? g! : a! < 0 ? -g! : 0),
      "$1 > 0 ? $g : $1 < 0 ? -$g : 0",
      "$g \\cdot \\operatorname{sign}($1)",
    ),
  ),
  copy: unary(
    "copy",
    "copy($1)",
    formula((a) => a!, "$1", "$1"),
    pass,
  ),
  addConstant: row(
    "constant",
    "+$k",
    "$1 + $k",
    formula((a, k) => a! + k!, "$1 + $k", "$1 + $k"),
    [pass],
  ),
  constantSub: row(
    "constant",
    "$k−",
    "$k - $1",
    formula((a, k) => k! - a!, "$k - $1", "$k - $1"),
    [negate],
  ),
  mulConstant: row(
    "constant",
    "×$k",
    "$k * $1",
    formula((a, k) => k! * a!, "$k * $1", "$k \\cdot $1"),
    [formula((g, _, _a, k) => k! * g!, "$k * $g", "$k \\cdot $g")],
  ),
  pow: {
    kind: "constant",
    symbol: "^$k",
    text: "$1 ^ $k",
    forward: () => power,
    backward: (_i, _operands, k) => (k! < 0 ? reciprocalPowerGrad : powerGrad),
  },
  choose: {
    kind: "choose",
    symbol: "choose",
    text: "choose($*)",
    forward: chooseForward,
    backward: chooseBackward,
  },
};

const power = formula((a, k) => a! ** k!, "$1 ** $k", "{$1}^{$k}");
const powerGrad = formula(
  (g, _, a, k) => g! * (k! * a! ** (k! - 1)),
  "$g * ($k * $1 ** $j)",
  "$g \\cdot $k \\cdot {$1}^{$j}",
);
/** For k < 0, where a to the power k − 1 is sooner out of range than a to the power k. */
const reciprocalPowerGrad = formula(
  (g, out, a, k) => (g! / a!) * out! * k!,
  "$g / $1 * $out * $k",
  "$g \\cdot $k \\cdot {$1}^{$j}",
);

/** The options are operands 1 … n−1; the last operand says which of them, counted from 1. */
function chooseForward(operands: number): Formula {
  const y = `$${operands}`;
  const options = Array.from({ length: operands - 1 }, (_, i) => i + 1);
  const code = options.map((i) => (i < operands - 1 ? `${y} === ${i} ? $${i} : ` : `$${i}`)).join("");
  const cases = options.map((i) => `$${i} & ${y} = ${i}`).join(" \\\\ ");
  const run = (...args: number[]): number => args[args[operands - 1]! - 1]!;
  return { ...formula(run, code, `\\begin{cases} ${cases} \\end{cases}`), run };
}

function chooseBackward(i: number, operands: number): Formula | undefined {
  if (i === operands - 1) return undefined; // the selector is a whole number: nothing flows back
  const y = `$${operands}`;
  return formula(
    (g, _out, ...args) => (args[operands - 1] === i + 1 ? g! : 0),
    `${y} === ${i + 1} ? $g : 0`,
    `$g \\cdot [${y} = ${i + 1}]`,
  );
}

/** What stands in the square of a drawing: `×`, `exp`, `×2`, `1−`. */
export function symbolOf(operator: OperatorName, constant?: number, digits?: number): string {
  const k = constant === undefined ? "" : formatConstant(constant, digits);
  return operators[operator].symbol.replace("$k", k).replace("+-", "−").replaceAll("-", "−");
}

/** Puts names or numbers in the places of `$1`, `$k`, `$out`, `$g`; `x + -1` becomes `x - 1`. */
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

/**
 * The operator table: one row per operator with everything the rest of the folder needs to know about it.
 * Running, differentiating, reading, printing, drawing and code generation are all driven by these rows;
 * a new operator is a new name in {@link OperatorName} and a new row, and the tests try every row everywhere.
 *
 * Letters in a formula: `$1 … $n` the operands, `$k` the row's constant (`$j` is k − 1), `$out` the operator's own
 * value, `$g` the gradient of the output with respect to that value.
 */

import { formatNumber } from "./format-number.ts";

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

export type Language = "typescript" | "python" | "latex";

/** One right-hand side: how to compute it here, and how to write it in each language. */
export interface Formula extends Readonly<Record<Language, string>> {
  /** Forward: `run(...operands, k)`. Backward: `run(g, out, ...operands, k)`. */
  readonly run: (...numbers: number[]) => number;
}

export interface Operator {
  readonly kind: "unary" | "binary" | "constant" | "choose";
  /** Inside the square of a drawing; `$k` stands for the constant. */
  readonly symbol: string;
  /** In the text that {@link parseGraph} reads. */
  readonly text: string;
  readonly forward: (operands: number) => Formula;
  /** What flows back along edge `i` (from 0) of `operands` edges; `undefined` for an edge that carries no gradient. */
  readonly backward: (i: number, operands: number) => Formula | undefined;
}

/** `code` is written once; the names of functions and the form of `c ? a : b` follow from the language. */
function formula(run: (...numbers: number[]) => number, code: string, latex: string): Formula {
  const typescript = code.replaceAll(/\b(exp|log|sin|cos|tanh|sqrt|abs|min|max)\(/g, "Math.$1(");
  const python = conditional(code.replaceAll(/\b(exp|log|sin|cos|tanh|sqrt)\(/g, "math.$1(").replaceAll("===", "=="));
  return { run, typescript, python, latex };
}

function conditional(code: string): string {
  const [, test, yes, no] = /^(.*?) \? (.*?) : (.*)$/.exec(code) ?? [];
  return no === undefined ? code : `${yes} if ${test} else ${conditional(no)}`;
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
    formula((g, _, a, b) => (-g! * a!) / (b! * b!), "-$g * $1 / ($2 * $2)", "-$g \\cdot \\frac{$1}{{$2}^2}"),
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
    formula((g) => -g!, "-$g", "-$g"),
  ),
  square: unary(
    "^2",
    "$1 ^ 2",
    formula((a) => a! * a!, "$1 * $1", "{$1}^2"),
    formula((g, _, a) => g! * 2 * a!, "$g * 2 * $1", "$g \\cdot 2 \\, $1"),
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
    formula((g, out) => g! * (1 - out! * out!), "$g * (1 - $out * $out)", "$g \\cdot (1 - {$out}^2)"),
  ),
  sigmoid: unary(
    "σ",
    "sigmoid($1)",
    {
      ...formula((a) => 1 / (1 + Math.exp(-a!)), "1 / (1 + exp(-$1))", "\\sigma($1)"),
      // Python's exp raises an error above 709, where ours is Infinity.
      python: "1 / (1 + math.exp(-$1)) if $1 >= 0 else math.exp($1) / (1 + math.exp($1))",
    },
    formula((g, out) => g! * out! * (1 - out!), "$g * $out * (1 - $out)", "$g \\cdot $out \\, (1 - $out)"),
  ),
  relu: unary(
    "relu",
    "relu($1)",
    formula((a) => Math.max(0, a!), "max(0, $1)", "\\max(0, $1)"),
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
  pow: row(
    "constant",
    "^$k",
    "$1 ^ $k",
    formula((a, k) => a! ** k!, "$1 ** $k", "{$1}^{$k}"),
    [formula((g, _, a, k) => g! * k! * a! ** (k! - 1), "$g * $k * $1 ** $j", "$g \\cdot $k \\cdot {$1}^{$j}")],
  ),
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
export function symbolOf(operator: OperatorName, constant?: number): string {
  const k = constant === undefined ? "" : formatNumber(constant, 17);
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

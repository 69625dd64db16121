/** Generated code: a function `f` of the graph's inputs that returns the output and a tuple of their gradients. */

import { toLatex } from "./latex.ts";
import { Namer, pythonWords, typescriptWords } from "./names.ts";
import type { Formula } from "./operators.ts";
import { type Line, type Notation, writeBackward, writeForward } from "./program.ts";
import { nameOf, type Structure, useCount } from "./structure.ts";

export const languages = ["typescript", "python", "latex"] as const;
export type Language = (typeof languages)[number];

/** @returns the source text, with a line break at the end */
export function toSource(graph: Structure, language: Language): string {
  return { typescript: toTypescript, python: toPython, latex: toLatex }[language](graph);
}

function toTypescript(graph: Structure): string {
  const notation = codeNotation(graph, "typescript", typescriptWords);
  const { parameters, output, grads } = signature(graph, notation);
  const types = grads.map(() => "number").join(", ");
  return [
    `export function f(${parameters.map((name) => `${name}: number`).join(", ")}): [output: number, grads: [${types}]] {`,
    ...scriptBody(graph, notation).map((line) => `  ${line}`),
    `  return [${output}, [${grads.join(", ")}]];`,
    "}",
    "",
  ].join("\n");
}

/** The same code as {@link toSource} writes, for `new Function(...parameters, body)`. */
export function toScript(graph: Structure): { parameters: string[]; body: string } {
  const notation = codeNotation(graph, "typescript", typescriptWords);
  const { parameters, output, grads } = signature(graph, notation);
  const lines = ['"use strict";', ...scriptBody(graph, notation), `return [${output}, [${grads.join(", ")}]];`];
  return { parameters, body: lines.join("\n") };
}

function scriptBody(graph: Structure, notation: Notation): string[] {
  const declare = ({ target, text }: Line): string => `const ${target} = ${text};`;
  const backward = writeBackward(graph, notation).map(declare);
  return ["// forward", ...writeForward(graph, notation).map(declare), "// backward", ...backward];
}

function toPython(graph: Structure): string {
  const notation = codeNotation(graph, "python", pythonWords);
  const { parameters, output, grads } = signature(graph, notation);
  const assign = ({ target, text }: Line): string => `    ${target} = ${text}`;
  const lines = [
    `def f(${parameters.join(", ")}):`,
    "    # forward",
    ...writeForward(graph, notation).map(assign),
    "    # backward",
    ...writeBackward(graph, notation).map(assign),
    `    return ${output}, (${grads.join(", ")}${grads.length === 1 ? "," : ""})`,
    "",
  ];
  const needsMath = lines.some((line) => line.includes("math."));
  return [...(needsMath ? ["import math", "", ""] : []), ...lines].join("\n");
}

function signature(graph: Structure, notation: Notation): { parameters: string[]; output: string; grads: string[] } {
  const inputs = Array.from({ length: graph.inputCount }, (_, n) => n);
  return {
    parameters: inputs.map(notation.value),
    output: notation.value(graph.output),
    grads: inputs.filter((n) => graph.isDiscrete[n] === 0).map(notation.grad),
  };
}

const functionCall = /\b(exp|log|sin|cos|tanh|cosh|sqrt|abs|min|max)\(/g;

function typescript({ code }: Formula): string {
  return code.replaceAll(functionCall, "Math.$1(");
}

/** `math.pow` raises an error for a negative number to the power 0.5; `**` would return a complex number. */
function python(formula: Formula): string {
  if (formula.python !== undefined) return formula.python;
  const code = formula.code.replaceAll("===", "==").replace(/(\S+) \*\* ([^\s)]+)/, "math.pow($1, $2)");
  return pythonConditional(code.replaceAll(functionCall, (call) => (/abs|min|max/.test(call) ? call : `math.${call}`)));
}

/** `c ? a : b` as `a if c else b`. */
export function pythonConditional(code: string): string {
  const [, test, yes, no] = /^(.*?) \? (.*?) : (.*)$/.exec(code) ?? [];
  return no === undefined ? code : `${yes} if ${test} else ${pythonConditional(no)}`;
}

/** Names as they are, `grad_x`, `grad_x_1`; with `_` appended to a name that the language or another value uses. */
function codeNotation(graph: Structure, language: "typescript" | "python", words: ReadonlySet<string>): Notation {
  const namer = new Namer(words);
  const values = graph.nodes.map((node, n) => {
    if (node.kind === "constant") return nameOf(node);
    const isUnused = n < graph.inputCount && useCount(graph, n) === 0;
    const wish = isUnused && language === "typescript" ? `_${node.name}` : node.name;
    return namer.take(language === "python" ? wish.normalize("NFKC") : wish);
  });
  const grads = graph.nodes.map((node, n) => (node.kind === "constant" ? "" : namer.take(`grad_${values[n]}`)));
  const parts = new Map<string, string>();
  return {
    formula: language === "python" ? python : typescript,
    value: (n) => values[n]!,
    grad: (n) => grads[n]!,
    part: (n, i) => {
      const key = `${n} ${i}`;
      const name = parts.get(key) ?? namer.take(`${grads[n]}_${i}`);
      parts.set(key, name);
      return name;
    },
    constant: String,
    one: "1.0",
    zero: "0.0",
  };
}

/** Generated code: a function `f` of the graph's inputs that returns the output and a tuple of their gradients. */

import { toLatex } from "./latex.ts";
import { Namer, pythonWords, reservedWords } from "./names.ts";
import type { Language } from "./operators.ts";
import { type Line, type Notation, writeBackward, writeForward } from "./program.ts";
import { nameOf, type Structure, useCount } from "./structure.ts";

/** @returns the source text, with a line break at the end */
export function toSource(graph: Structure, language: Language): string {
  return { typescript: toTypescript, python: toPython, latex: toLatex }[language](graph);
}

function toTypescript(graph: Structure): string {
  const notation = codeNotation(graph, "typescript", reservedWords);
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
  const notation = codeNotation(graph, "typescript", reservedWords);
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

/** Names as they are, `grad_x`, `grad_x_1`; with `_` behind a name that the language or another value has. */
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
    formula: (formula) => formula[language],
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

/** The derivation as LaTeX: the forward lines, then one line per partial derivative. */
import { type Line, type Notation, writeBackward, writeForward } from "./program.ts";
import { nameOf, type Structure } from "./structure.ts";

/** An `align*` environment; a superscript (i) on a value stands for its i-th use. */
export function toLatex(graph: Structure): string {
  const output = latexName(nameOf(graph.nodes[graph.output]!));
  const value = (n: number): string => {
    const node = graph.nodes[n]!;
    return node.kind === "constant" ? constant(node.value) : latexName(node.name);
  };
  const notation: Notation = {
    formula: (formula) => formula.latex,
    value,
    grad: (n) => partial(output, value(n)),
    part: (n, i) => partial(output, `${value(n)}^{(${i})}`),
    constant,
    one: "1",
    zero: "0",
  };
  const write = ({ target, text }: Line): string => `  ${target} &= ${text.replaceAll(/\^\{\((-.*?)\)\}/g, "^{$1}")}`;
  const forward = writeForward(graph, notation).map(write);
  const backward = writeBackward(graph, notation).map(write);
  const derivation = [forward, backward].map((lines) => lines.join(" \\\\\n")).filter((lines) => lines !== "");
  return `\\begin{align*}\n${derivation.join(" \\\\[1ex]\n")}\n\\end{align*}\n`;
}

function partial(output: string, of: string): string {
  return `\\frac{\\partial ${output}}{\\partial ${of}}`;
}

function constant(k: number): string {
  const [digits, exponent] = String(k).split("e");
  const text = exponent === undefined ? digits! : `${digits} \\cdot 10^{${Number(exponent)}}`;
  return k < 0 ? `(${text})` : text;
}

const greek: ReadonlySet<string> = new Set(
  (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi " +
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
  ).split(" "),
);

/** `x1` is x₁, `w_out` is w with the word out below, `alpha` is α, and a long word stands upright. */
function latexName(name: string): string {
  const [, stem = name, digits = "", tail = ""] = /^([^\d_]+)_?(\d*)_*(.*)$/u.exec(name) ?? [];
  const base = greek.has(stem) ? `\\${stem}` : [...stem].length === 1 ? stem : `\\mathrm{${word(stem)}}`;
  const below = [digits, tail === "" ? "" : /^\d+$/.test(tail) ? tail : `\\mathrm{${word(tail)}}`];
  const subscript = below.filter((part) => part !== "").join(",");
  return subscript === "" ? base : `${base}_{${subscript}}`;
}

function word(text: string): string {
  return text.replaceAll("_", "\\_");
}

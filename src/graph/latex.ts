/** The derivation as LaTeX: the forward lines, then one line per partial derivative. */
import { type Line, type Notation, writeBackward, writeForward } from "./program.ts";
import type { Structure } from "./structure.ts";

/** An `align*` environment; a superscript (i) on a value stands for its i-th use. */
export function toLatex(graph: Structure): string {
  const names = latexNames(graph);
  const output = names[graph.output]!;
  const value = (n: number): string => names[n]!;
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
  if (Math.abs(k) === Math.PI) return k < 0 ? "(-\\pi)" : "\\pi";
  const [digits, exponent] = String(k).split("e");
  const text = exponent === undefined ? digits! : `${digits} \\cdot 10^{${Number(exponent)}}`;
  return k < 0 ? `(${text})` : text;
}

const greekWords =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega " +
  "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega";
const greekLetters = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ";
const greek: ReadonlyMap<string, string> = new Map(
  greekWords.split(" ").flatMap((word, i) => [word, [...greekLetters][i]!].map((name) => [name, `\\${word}`] as const)),
);
const accents: Readonly<Record<string, string>> = {
  "\u0302": "hat",
  "\u0304": "bar",
  "\u0303": "tilde",
  "\u0307": "dot",
};

/** A name for every node; two that would look the same (`x1` and `x_1`) are told apart by spelling the second out. */
function latexNames(graph: Structure): string[] {
  const taken = new Set<string>();
  return graph.nodes.map((node) => {
    if (node.kind === "constant") return constant(node.value);
    const pretty = latexName(node.name);
    const name = taken.has(pretty) ? `\\mathrm{${word(node.name)}}` : pretty;
    taken.add(name);
    return name;
  });
}

/** `x1` is x₁, `y_hat` and `ŷ` are y with a hat, `w_out` is w with the word out below, `alpha` is α. */
export function latexName(name: string): string {
  const [, stem = name, digits = "", tail = ""] = /^([^\d_]+)_?(\d*)_*(.*)$/u.exec(name) ?? [];
  const [letter = "", mark = ""] = stem.normalize("NFD").split(/(?=\p{M})/u);
  const isAccent = Object.values(accents).includes(tail);
  const accent = accents[mark] ?? (isAccent ? tail : undefined);
  const bare = accents[mark] === undefined ? stem : letter;
  const base = greek.get(bare) ?? ([...bare].length === 1 ? bare : `\\mathrm{${word(bare)}}`);
  const rest = isAccent && accents[mark] === undefined ? "" : tail;
  const below = [digits, rest === "" || /^\d+$/.test(rest) ? rest : `\\mathrm{${word(rest)}}`];
  const subscript = below.filter((part) => part !== "").join(",");
  return (accent === undefined ? base : `\\${accent}{${base}}`) + (subscript === "" ? "" : `_{${subscript}}`);
}

function word(text: string): string {
  return text.replaceAll("_", "\\_");
}

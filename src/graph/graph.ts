/** Computational graphs: one object that runs, differentiates, draws itself and writes itself as code. */
import { checkName, SettingError } from "../errors.ts";
import { compileGraph, type Evaluator } from "./compile.ts";
import { insertCopies } from "./copies.ts";
import { writeDot } from "./drawing/dot.ts";
import { drawGraph, type SvgOptions } from "./drawing/svg.ts";
import { type Gradient, type Gradients, orderInputs, runBackward, runForward } from "./interpret.ts";
import type { OperatorName } from "./operators.ts";
import { parseGraph } from "./parse.ts";
import { printGraph } from "./print.ts";
import { type Language, languages, toSource } from "./source.ts";
import { type Step, writeSteps } from "./steps.ts";
import { inputNames, nameOf, type Structure } from "./structure.ts";
import { type Traceable, traceGraph } from "./trace.ts";

/** One value of a graph: the operator that computes it, and its results from the last passes. */
export interface GraphValue {
  readonly name: string;
  /** `undefined` for an input. */
  readonly operator: OperatorName | undefined;
  /** For `x + k`, `k − x`, `k × x` and `x ^ k`. */
  readonly constant?: number;
  /** Names of the operands; a constant is given by its digits. */
  readonly operands: readonly string[];
  /** "none" until {@link Graph.forward} has run. */
  readonly value: Gradient;
  /** "none" until {@link Graph.backward} has run, and always for a selector. */
  readonly grad: Gradient;
}

/** Numbers for the inputs, by name. */
export type GraphInputs = Readonly<Record<string, number>>;

export class Graph {
  readonly structure: Structure;
  #values: Float64Array | undefined;
  #grads: Gradients | undefined;
  #evaluator: Evaluator | undefined;

  /** Made by {@link graph}. */
  constructor(structure: Structure) {
    this.structure = structure;
  }

  /** Names of the inputs, in the order in which they first appear. */
  get inputs(): string[] {
    return inputNames(this.structure);
  }

  /** Names of the inputs that have a gradient: all but the selectors. */
  get differentiable(): string[] {
    return this.inputs.filter((_, n) => this.structure.isDiscrete[n] === 0);
  }

  /** Name of the output. */
  get output(): string {
    return nameOf(this.structure.nodes[this.structure.output]!);
  }

  /** Every input and every result of an operator in order, with the results of the last {@link forward} and {@link backward}. */
  get values(): GraphValue[] {
    const { nodes, isDiscrete } = this.structure;
    return nodes.flatMap((node, n) => {
      if (node.kind === "constant") return [];
      const operands = node.kind === "operator" ? node.operands.map((operand) => nameOf(nodes[operand]!)) : [];
      const operator = node.kind === "operator" ? node.operator : undefined;
      const grad = this.#grads === undefined || isDiscrete[n] === 1 ? "none" : this.#grads.values[n]!;
      const constant = node.kind === "operator" && node.constant !== undefined ? { constant: node.constant } : {};
      return [{ name: node.name, operator, ...constant, operands, value: this.#values?.[n] ?? "none", grad }];
    });
  }

  /**
   * Computes every value and discards the gradients of earlier calls.
   * @returns the output
   * @throws {SettingError} for a missing or unknown input, or a selector that is not the number of an option
   */
  forward(inputs: GraphInputs): number {
    this.#grads = undefined;
    this.#values = undefined;
    this.#values = runForward(this.structure, orderInputs("forward", this.structure, inputs));
    return this.#values[this.structure.output]!;
  }

  /**
   * Computes the gradient of every value in one pass, starting from zero.
   * @param gradOut - gradient with respect to the output; the others are multiples of it
   * @returns the gradients of the inputs, by name; selectors are left out
   * @throws {SettingError} before the first {@link forward}
   */
  backward(gradOut = 1): Record<string, number> {
    if (this.#values === undefined) throw new SettingError("backward: expected a call of forward first");
    this.#grads = runBackward(this.structure, this.#values, gradOut);
    const grads = this.#grads.values;
    const { isDiscrete } = this.structure;
    return Object.fromEntries(
      this.inputs.flatMap((name, n) => (isDiscrete[n] === 1 ? [] : [[name, grads[n]!] as const])),
    );
  }

  /**
   * Output and gradients of the inputs in one call of compiled code. Leaves {@link values} as they are.
   * @returns `[output, grads]`, the gradients by name
   */
  evaluate(inputs: GraphInputs): [output: number, grads: Record<string, number>] {
    const numbers = orderInputs("evaluate", this.structure, inputs);
    this.#evaluator ??= this.compile();
    const [output, grads] = this.#evaluator(...numbers);
    return [output, Object.fromEntries(this.differentiable.map((name, i) => [name, grads[i]!]))];
  }

  /**
   * A function of the inputs in order, `(…inputs) => [output, grads]`, as fast as code written by hand; it checks nothing.
   * @param options.interpret - do not use `new Function`; the default where the runtime forbids it
   */
  compile(options: { interpret?: boolean } = {}): Evaluator {
    return compileGraph(this.structure, options);
  }

  /** The same graph with an explicit copy operator, whose backward pass is a sum, after every value that is used several times. */
  withCopies(): Graph {
    return new Graph(insertCopies(this.structure));
  }

  /**
   * Straight-line code, one line per operator forward and one per edge backward.
   * TypeScript and Python: a function `f` of the inputs that returns the output and a tuple of their gradients, without
   * the selectors. LaTeX: the derivation as an `align*` environment.
   */
  toSource(language: Language): string {
    return toSource(this.structure, checkName("toSource", "language", language, languages));
  }

  /**
   * The lines of the last {@link forward} and, if it has run, of the last {@link backward}, with their numbers.
   * @param options.digits - significant digits, 1 … 17, default 3
   */
  steps({ digits }: { digits?: number } = {}): Step[] {
    if (this.#values === undefined) throw new SettingError("steps: expected a call of forward first");
    return writeSteps(this.structure, this.#values, this.#grads, digits);
  }

  /**
   * The drawing as an SVG string: circles for values, squares for operators (operands enter from top to bottom, those of
   * + and × in any order), green edges into operators, blue edges out of them; on the edges the values of the last
   * {@link forward} and below them the gradients of the last {@link backward}, when there are any.
   * @throws {SettingError} for more than 1000 values and operators together
   */
  toSvg(options: SvgOptions = {}): string {
    return drawGraph(this.structure, this.#numbers, options);
  }

  /** The same in Graphviz' language, of any size. */
  toDot(options: SvgOptions = {}): string {
    return writeDot(this.structure, this.#numbers, options);
  }

  get #numbers(): { values: Float64Array; grads: Gradients | undefined } | undefined {
    return this.#values === undefined ? undefined : { values: this.#values, grads: this.#grads };
  }

  /** Text that {@link graph} reads back as the same graph. */
  toString(): string {
    return printGraph(this.structure).join("; ");
  }
}

/**
 * A graph from text (an expression, or named lines of which the last is the output) or from a function of graph values.
 *
 *     graph("a = x * w; L = tanh(a + b)")
 *     graph((x, w, b) => x.mul(w).named("a").add(b).tanh(), ["x", "w", "b"])
 *
 * @param names - for a function: the names of its inputs; x1, x2, … by default
 * @throws {FormatError} for text that is not a graph, with line and column
 * @throws {SettingError} for a function that does not build one
 */
export function graph(source: string | Traceable, names?: readonly string[]): Graph {
  return new Graph(typeof source === "string" ? parseGraph(source) : traceGraph(source, names));
}

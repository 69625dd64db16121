/** Builds a graph value by value, for the text parser and the tracer. */
import { SettingError } from "../errors.ts";
import { isName, Namer } from "./names.ts";
import { type OperatorName, operators } from "./operators.ts";
import { connect, type GraphNode, isSelector, type OperatorNode, type Structure } from "./structure.ts";

/** An operand while the graph is being built: the position of a value in the builder, or a plain number. */
export type Operand = number | { readonly value: number };

interface Draft {
  readonly operator?: OperatorName;
  readonly operands: readonly Operand[];
  readonly constant?: number;
  name?: string;
}

export class GraphBuilder {
  readonly #drafts: Draft[] = [];
  readonly #names = new Set<string>();
  readonly #inputs: number[] = [];

  /** Adds an input. @throws {SettingError} when the name is taken or invalid */
  input(name: string): number {
    const id = this.#drafts.push({ operands: [] }) - 1;
    this.#inputs.push(id);
    this.name(id, name);
    return id;
  }

  /** Names a value; without it, values are called a1, a2, … and the output L. */
  name(id: number, name: string): void {
    const draft = this.#drafts[id]!;
    if (!isName(name))
      throw new SettingError(
        `graph: expected a name of letters, digits and _ (but not pi, Infinity or NaN), got "${name}"`,
      );
    if (this.#names.has(name)) throw new SettingError(`graph: the name "${name}" is taken by another value`);
    if (draft.name !== undefined) throw new SettingError(`graph: "${draft.name}" cannot be renamed "${name}"`);
    draft.name = name;
    this.#names.add(name);
  }

  /** Whether the value came from {@link input} or has a name already: a second name needs a copy. */
  hasName(id: number): boolean {
    return this.#drafts[id]!.name !== undefined;
  }

  /**
   * Applies an operator. With numbers alone it is computed at once; a number beside a value becomes the constant of
   * `+ k`, `k −` or `× k`.
   */
  apply(operator: OperatorName, operands: readonly Operand[], constant?: number): Operand {
    if (operator === "choose") return this.#choose(operands);
    const numbers = operands.map((operand) => (typeof operand === "number" ? undefined : operand.value));
    if (!numbers.includes(undefined)) {
      const all = [...(numbers as number[]), ...(constant === undefined ? [] : [constant])];
      return fixed(operators[operator].forward(operands.length).run(...all), `${operator}(${all.join(", ")})`);
    }
    const [a, b] = numbers;
    if (operator === "mul" && a !== undefined) return this.#apply("mulConstant", [operands[1]!], a);
    if (operator === "mul" && b !== undefined) return this.#apply("mulConstant", [operands[0]!], b);
    if (operator === "add" && a !== undefined) return this.#apply("addConstant", [operands[1]!], a);
    if (operator === "add" && b !== undefined) return this.#apply("addConstant", [operands[0]!], b);
    if (operator === "sub" && b !== undefined) return this.#apply("addConstant", [operands[0]!], -b);
    if (operator === "sub" && a !== undefined) return this.#apply("constantSub", [operands[1]!], a);
    if (operator === "pow" && constant === 1) return operands[0]!;
    if (operator === "pow" && constant === 0) return { value: 1 };
    if (operator === "pow" && constant === 2) return this.#apply("square", operands);
    return this.#apply(operator, operands, constant);
  }

  #apply(operator: OperatorName, operands: readonly Operand[], constant?: number): number {
    const k = constant === undefined ? {} : { constant: fixed(constant, String(constant)).value };
    return this.#drafts.push({ operator, operands, ...k }) - 1;
  }

  #choose(operands: readonly Operand[]): Operand {
    const selector = operands.at(-1);
    const count = operands.length - 1;
    if (selector === undefined || count < 1)
      throw new SettingError(
        `choose: expected one or more options and then a selector, got ${operands.length} of them`,
      );
    if (typeof selector === "object") {
      if (Number.isInteger(selector.value) && selector.value >= 1 && selector.value <= count)
        return operands[selector.value - 1]!;
      throw new SettingError(`choose: expected a selector from 1 to ${count}, got ${selector.value}`);
    }
    if (this.#drafts[selector]!.operator !== undefined)
      throw new SettingError("choose: expected the selector to be an input, got the result of an operator");
    return this.#apply("choose", operands);
  }

  /**
   * Keeps the values that `output` depends on, names those without a name, and puts the inputs first.
   * @throws {SettingError} when the output is a plain number
   */
  finish(output: Operand): Structure {
    if (typeof output === "object")
      throw new SettingError(`graph: expected an output that depends on an input, got the number ${output.value}`);
    const last = this.#drafts[output]!.operator === undefined ? this.#apply("copy", [output]) : output;
    const needed = this.#needed(last);
    const namer = new Namer(this.#names);
    const outputName = this.#drafts[last]!.name ?? namer.take("L");
    const position = new Int32Array(this.#drafts.length);
    const nodes: GraphNode[] = this.#inputs.map((id, n) => {
      position[id] = n;
      return { kind: "input", name: this.#drafts[id]!.name! };
    });
    const unused: string[] = [];
    for (const [id, draft] of this.#drafts.entries()) {
      if (draft.operator === undefined) continue;
      if (needed[id] === 0) {
        if (draft.name !== undefined) unused.push(draft.name);
        continue;
      }
      const operands = draft.operands.map((operand) =>
        typeof operand === "number" ? position[operand]! : nodes.push({ kind: "constant", value: operand.value }) - 1,
      );
      const name = draft.name ?? (id === last ? outputName : namer.numbered("a"));
      const constant = draft.constant === undefined ? {} : { constant: draft.constant };
      position[id] = nodes.push({ kind: "operator", name, operator: draft.operator, operands, ...constant }) - 1;
    }
    checkSelectors(nodes);
    return connect(nodes, this.#inputs.length, position[last]!, unused);
  }

  #needed(output: number): Uint8Array {
    const needed = new Uint8Array(this.#drafts.length);
    needed[output] = 1;
    for (let id = output; id >= 0; id--) {
      if (needed[id] === 0) continue;
      for (const operand of this.#drafts[id]!.operands) if (typeof operand === "number") needed[operand] = 1;
    }
    return needed;
  }
}

/** One input may select in several places, but cannot also be an operand of another operator. */
function checkSelectors(nodes: readonly GraphNode[]): void {
  const role = new Map<number, "selector" | "number">();
  for (const node of nodes) {
    if (node.kind !== "operator") continue;
    node.operands.forEach((operand, i) => {
      const now = isSelector(node as OperatorNode, i) ? "selector" : "number";
      const input = nodes[operand]!;
      if (input.kind !== "input") return;
      if ((role.get(operand) ?? now) !== now)
        throw new SettingError(
          `graph: "${input.name}" selects in a choose and is an operand of another operator; expected one or the other`,
        );
      role.set(operand, now);
    });
  }
}

function fixed(value: number, what: string): { readonly value: number } {
  if (!Number.isFinite(value)) throw new SettingError(`graph: expected a finite number, got ${what} = ${value}`);
  return { value: value === 0 ? 0 : value }; // no −0
}

/** Graphs from a function: it is called once, with values that record the operators applied to them. */
import { SettingError } from "../errors.ts";
import { GraphBuilder, type Operand } from "./builder.ts";
import { type BinaryName, type OperatorName, operators, type UnaryName } from "./operators.ts";
import type { Structure } from "./structure.ts";

/**
 * A value of the graph that is being traced: `x.mul(w).add(b).tanh()`. One method per operator of the table; the other
 * operand may be a number.
 */
export type Value = Readonly<Record<UnaryName, () => Value>> &
  Readonly<Record<BinaryName, (other: Value | number) => Value>> & {
    /** x to a constant power. */
    pow(exponent: number): Value;
    /** This value is a selector y, 1 … k: `y.choose(p1, …, pk)`. It must be an input and gets no gradient. */
    choose(...options: (Value | number)[]): Value;
    /** Gives the value a name in drawings and code; without one it is called a1, a2, … (the output: L). */
    named(name: string): Value;
  };

export type Traceable = (...values: Value[]) => Value;

class TracedValue {
  readonly builder: GraphBuilder;
  readonly id: Operand;

  constructor(builder: GraphBuilder, id: Operand) {
    this.builder = builder;
    this.id = id;
  }

  operand(other: unknown): Operand {
    if (typeof other === "number") return { value: other };
    if (other instanceof TracedValue && other.builder === this.builder) return other.id;
    throw new SettingError("graph: expected an operand that is a number or a value of the same graph");
  }

  apply(operator: OperatorName, others: readonly unknown[], constant?: number): TracedValue {
    const operands = [this.id, ...others.map((other) => this.operand(other))];
    return new TracedValue(this.builder, this.builder.apply(operator, operands, constant));
  }

  named(name: string): TracedValue {
    const { builder, id } = this;
    if (typeof id === "object") return this; // a plain number has no place in the graph
    const own = builder.hasName(id) ? builder.apply("copy", [id]) : id;
    if (typeof own === "number") builder.name(own, name);
    return new TracedValue(builder, own);
  }

  pow(exponent: number): TracedValue {
    return this.apply("pow", [], exponent);
  }

  choose(...options: unknown[]): TracedValue {
    const operands = [...options.map((option) => this.operand(option)), this.id];
    return new TracedValue(this.builder, this.builder.apply("choose", operands));
  }
}

for (const [name, { kind }] of Object.entries(operators))
  if (kind === "unary" || kind === "binary")
    Object.defineProperty(TracedValue.prototype, name, {
      value(this: TracedValue, ...others: unknown[]) {
        return this.apply(name as OperatorName, kind === "unary" ? [] : [others[0]]);
      },
    });

/**
 * @param f - called once, with one value per input
 * @param names - of the inputs; x1, x2, … by default; the names of the parameters of `f` are not used, because minifiers change them
 * @throws {SettingError} when the names do not fit, or `f` does not return a value
 */
export function traceGraph(
  f: Traceable,
  names: readonly string[] = Array.from({ length: f.length }, (_, i) => `x${i + 1}`),
): Structure {
  if (names.length < f.length || names.length === 0)
    throw new SettingError(
      `graph: expected one name per parameter of the function, which has ${f.length}, got ${names.length} names`,
    );
  const builder = new GraphBuilder();
  const inputs = names.map((name) => new TracedValue(builder, builder.input(name)));
  const output: unknown = f(...(inputs as unknown as Value[]));
  if (!(output instanceof TracedValue))
    throw new SettingError(`graph: expected the function to return a value of the graph, got ${typeof output}`);
  return builder.finish(output.id);
}

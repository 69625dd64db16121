/**
 * Graphs from text: one expression, or named lines of which the last is the output.
 *
 *     e1 = exp(s1); e2 = exp(s2); p = choose(e1, e2, y) / (e1 + e2); L = -log(p)
 *
 * Numbers, names, `+ - * /`, `^` (or `**`), brackets and the functions of the operator table; `pi`; `//` comments. `^`
 * binds tighter than a minus sign before it, as on paper, and goes from right to left. A line ends at a `;` or a line
 * break, unless a bracket is open or an operand is missing. A line of bare names (`x, y`) fixes the order of the inputs.
 */
import { SettingError } from "../errors.ts";
import { GraphBuilder, type Operand } from "./builder.ts";
import { type OperatorName, operators } from "./operators.ts";
import type { Structure } from "./structure.ts";
import { GraphTextError, readNumber, readTokens, type Token } from "./tokens.ts";

const functions: readonly string[] = Object.keys(operators).filter((name) => !/constant/i.test(name));

/** What stands between two operands, and how tight it binds. */
const binary: ReadonlyMap<string, { readonly name: OperatorName; readonly binds: number }> = new Map([
  ["+", { name: "add", binds: 1 }],
  ["-", { name: "sub", binds: 1 }],
  ["*", { name: "mul", binds: 2 }],
  ["/", { name: "div", binds: 2 }],
  ["^", { name: "pow", binds: 4 }],
]);
const signBinds = 3;

/** How many brackets, functions, powers and signs may stand inside each other. */
const deepest = 200;

interface Placed {
  readonly operand: Operand;
  readonly start: number;
}

/**
 * @param text - see the top of this file
 * @throws {GraphTextError} for anything that is not a graph, with line and column
 */
export function parseGraph(text: string): Structure {
  return new Reader(text.normalize("NFC")).read(); // the same letter is the same name however it was typed
}

/** Reads line by line. Only brackets, powers and signs are read by recursion: a sum may have a million terms. */
class Reader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #builder = new GraphBuilder();
  readonly #names = new Map<string, Operand>(["pi", "π"].map((name) => [name, { value: Math.PI }]));
  readonly #inputs = new Set<string>();
  #at = 0;
  #depth = 0;
  #brackets = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = readTokens(text);
  }

  read(): Structure {
    let last: { output: Operand | undefined; start: number; mayBeFollowed: boolean } | undefined;
    for (;;) {
      while (this.#token.kind === "break") this.#at++;
      if (this.#token.kind === "end") break;
      if (last?.mayBeFollowed === false)
        this.#fail(last.start, "only the last line may be without a name; expected `name = expression`");
      const { start } = this.#token;
      last = { start, ...this.#line() };
    }
    if (last?.output === undefined) this.#fail(this.#text.length, "expected an expression, got nothing");
    const { output, start } = last;
    return this.#place(start, () => this.#builder.finish(output));
  }

  /** The token that is read next; inside brackets, line breaks count for nothing. */
  get #token(): Token {
    if (this.#brackets > 0) this.#skipLineBreaks();
    return this.#tokens[this.#at]!;
  }

  #skipLineBreaks(): void {
    while (this.#tokens[this.#at]!.kind === "break" && this.#tokens[this.#at]!.text !== ";") this.#at++;
  }

  #line(): { output: Operand | undefined; mayBeFollowed: boolean } {
    const [first, next] = [this.#token, this.#tokens[this.#at + 1]!];
    if (first.kind === "name" && next.text === "=") {
      this.#at += 2;
      return { output: this.#assign(first, this.#wholeLine()), mayBeFollowed: true };
    }
    if (first.kind === "name" && next.text === ",") {
      this.#list(() => this.#name());
      this.#endLine();
      return { output: undefined, mayBeFollowed: true };
    }
    const isName = first.kind === "name" && (next.kind === "break" || next.kind === "end");
    return { output: this.#wholeLine(), mayBeFollowed: isName };
  }

  #wholeLine(): Operand {
    const { operand } = this.#expression(0);
    this.#endLine();
    return operand;
  }

  #endLine(): void {
    if (this.#token.kind !== "break" && this.#token.kind !== "end") this.#unexpected("an operator");
  }

  #list<T>(read: () => T): T[] {
    const all = [read()];
    while (this.#token.text === ",") {
      this.#at++;
      all.push(read());
    }
    return all;
  }

  #name(): void {
    if (this.#token.kind !== "name") this.#unexpected("a name");
    this.#identifier(this.#token);
    this.#at++;
  }

  #assign({ text: name, start }: Token, value: Operand): Operand {
    if (this.#inputs.has(name)) this.#fail(start, `"${name}" is already an input of a line above; choose another name`);
    if (this.#names.has(name)) this.#fail(start, `"${name}" already has a value; choose another name`);
    const own =
      typeof value === "number" && this.#builder.hasName(value)
        ? this.#place(start, () => this.#builder.apply("copy", [value]))
        : value;
    if (typeof own === "number") this.#place(start, () => this.#builder.name(own, name));
    this.#names.set(name, own);
    return own;
  }

  /** Reads operands and the operators between them, as long as these bind tighter than `binds`. */
  #expression(binds: number): Placed {
    if (++this.#depth > deepest)
      this.#fail(this.#token.start, `nested more than ${deepest} deep; split it into named lines`);
    let left = this.#operand();
    for (;;) {
      const operator = binary.get(this.#token.text);
      if (operator === undefined || operator.binds <= binds) break;
      this.#at++;
      const right = this.#expression(operator.name === "pow" ? operator.binds - 1 : operator.binds); // x^2^3 is x^(2^3)
      left = { operand: this.#apply(operator.name, left.start, [left, right]), start: left.start };
    }
    this.#depth--;
    return left;
  }

  #operand(): Placed {
    this.#skipLineBreaks(); // the line continues where an operand is missing
    const token = this.#token;
    const { kind, text, start } = token;
    this.#at++;
    if (kind === "number") return { operand: this.#number(token), start };
    if (kind === "name" && this.#token.text === "(") return { operand: this.#call(token), start };
    if (kind === "name") return { operand: this.#identifier(token), start };
    if (text === "+") return this.#expression(signBinds);
    if (text === "-") return { operand: this.#apply("neg", start, [this.#expression(signBinds)]), start };
    this.#at--;
    if (text === "(") return this.#inBrackets(() => this.#expression(0));
    return this.#unexpected("a number, a name or a bracket");
  }

  #inBrackets<T>(read: () => T): T {
    this.#brackets++;
    this.#at++;
    const inside = read();
    if (this.#token.text !== ")") this.#unexpected("an operator or )");
    this.#brackets--;
    this.#at++;
    return inside;
  }

  #call({ text, start }: Token): Operand {
    if (!functions.includes(text))
      this.#fail(start, `unknown function ${text}; expected one of ${functions.join(", ")}`);
    const operands = this.#inBrackets(() => this.#list(() => this.#expression(0)));
    const name = text as OperatorName;
    const { kind } = operators[name];
    const count = kind === "unary" ? 1 : kind === "choose" ? operands.length : 2;
    if (operands.length !== count)
      this.#fail(start, `expected ${name} to get ${count} operand${count === 1 ? "" : "s"}, got ${operands.length}`);
    return this.#apply(name, start, operands);
  }

  #apply(name: OperatorName, start: number, operands: readonly Placed[]): Operand {
    const values = operands.map(({ operand }) => operand);
    if (name !== "pow") return this.#place(start, () => this.#builder.apply(name, values));
    const [base, exponent] = values as [Operand, Operand];
    if (typeof exponent === "number")
      this.#fail(operands[1]!.start, "expected a constant exponent; write a power of two values as exp(b * log(a))");
    return this.#place(start, () => this.#builder.apply("pow", [base], exponent.value));
  }

  #number({ text, start }: Token): Operand {
    const value = readNumber(text);
    if (value === undefined) this.#fail(start, `expected 0 or a number from 5e-324 to 1.7e308, got ${text}`);
    return { value };
  }

  #identifier({ text: name, start }: Token): Operand {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const id = this.#place(start, () => this.#builder.input(name));
    this.#inputs.add(name);
    this.#names.set(name, id);
    return id;
  }

  /** Runs a step of the builder and adds the place to its errors. */
  #place<T>(start: number, step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      return this.#fail(start, error.message.replace(/^graph: /, ""));
    }
  }

  #unexpected(expected: string): never {
    const { kind, text, start } = this.#token;
    if (kind === "end") this.#fail(start, "the text ends too early");
    if (kind === "unknown" && /\d/.test(text))
      this.#fail(start, `expected a number such as 2, 0.5 or 1e-3 or a name such as x2, got ${text}`);
    this.#fail(start, `expected ${expected}, got ${kind === "break" && text !== ";" ? "a line break" : text}`);
  }

  #fail(start: number, problem: string): never {
    throw new GraphTextError(this.#text, start, problem);
  }
}

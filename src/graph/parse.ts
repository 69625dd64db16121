/**
 * Graphs from text: one expression, or named lines of which the last is the output.
 *
 *     e1 = exp(s1); e2 = exp(s2); p = choose(e1, e2, y) / (e1 + e2); L = -log(p)
 *
 * Numbers, names, `+ - * / ^` (or `**`), brackets and the functions of the operator table; `pi`; `//` comments. `^`
 * binds tighter than a minus sign before it, as on paper. A line of bare names (`x, y`) fixes the order of the inputs.
 * The grammar is JavaScript's, read by acorn; rules of its parser are bent for `^`, and so that a long sum is no recursion.
 */
import { type Expression, Parser, type Program, type TokenType, tokTypes } from "acorn";
import { FormatError, SettingError } from "../errors.ts";
import { GraphBuilder, type Operand } from "./builder.ts";
import { type OperatorName, operators } from "./operators.ts";
import type { Structure } from "./structure.ts";

/** A mistake in the text of a graph, with the place: lines and columns count from 1. */
export class GraphTextError extends FormatError {
  override name = "GraphTextError";
  readonly line: number;
  readonly column: number;

  /** @param position - where in `text`, in characters from 0 */
  constructor(text: string, position: number, problem: string) {
    const before = text.slice(0, position).split("\n");
    const rest = text.slice(position).split("\n")[0]!;
    const shown = `${before.at(-1)!.slice(-30)}▸${rest.slice(0, 30)}`.trim();
    const column = before.at(-1)!.length + 1;
    super(`graph: line ${before.length}, column ${column}: ${problem}, at "${shown}"`);
    this.line = before.length;
    this.column = column;
  }
}

/** The parts of acorn's parser that the bent rules touch; acorn documents them for plugins, its types do not. */
interface ParserInside {
  readonly type: TokenType & { readonly binop: number | null };
  readonly value: unknown;
  readonly start: number;
  readonly startLoc: unknown;
  next(): void;
  raise(position: number, message: string): never;
  finishOp(type: TokenType, size: number): void;
  parseMaybeUnary(errors: unknown, sawUnary: boolean, incDec: boolean, forInit: unknown): unknown;
  parseExprOp(left: unknown, start: number, loc: unknown, minPrecedence: number, forInit: unknown): unknown;
  buildBinary(start: number, loc: unknown, left: unknown, right: unknown, op: unknown, logical: boolean): unknown;
}

/** How many brackets, functions, powers and signs may stand inside each other. */
const deepest = 200;
const tooDeep = `nested more than ${deepest} deep; split it into named lines`;

const starStar = (tokTypes as unknown as Record<"starstar", TokenType>).starstar;

function graphGrammar(base: typeof Parser): typeof Parser {
  const inside = base.prototype as unknown as ParserInside;
  const Extended = class extends (base as unknown as { new (...args: never[]): ParserInside }) {
    #depth = 0;
    readToken_caret(): void {
      inside.finishOp.call(this, starStar, 1); // `^` is `**`
    }
    override parseMaybeUnary(errors: unknown, _sawUnary: boolean, incDec: boolean, forInit: unknown): unknown {
      if (++this.#depth > deepest) this.raise(this.start, tooDeep);
      const operand = inside.parseMaybeUnary.call(this, errors, false, incDec, forInit); // `-x ^ 2` is −(x²), no error
      this.#depth--;
      return operand;
    }
    /** Takes the operators of one level in a loop: a sum may have a million terms. */
    override parseExprOp(first: unknown, start: number, loc: unknown, minimum: number, forInit: unknown): unknown {
      let left = first;
      for (let binds = this.type.binop; binds !== null && binds > minimum; binds = this.type.binop) {
        const operator = this.value;
        this.next();
        const { start: rightStart, startLoc } = this;
        const operand = this.parseMaybeUnary(null, false, false, forInit);
        const right = this.parseExprOp(operand, rightStart, startLoc, binds, forInit);
        left = this.buildBinary(start, loc, left, right, operator, false);
      }
      return left;
    }
  };
  return Extended as unknown as typeof Parser;
}

const TextParser = Parser.extend(graphGrammar);

/**
 * @param text - see the top of this file
 * @throws {GraphTextError} for anything that is not a graph, with line and column
 */
export function parseGraph(text: string): Structure {
  const program = read(text);
  if (program.body.length === 0) throw new GraphTextError(text, text.length, "expected an expression, got nothing");
  return new Reader(text).read(program);
}

function read(text: string): Program {
  try {
    return TextParser.parse(text, { ecmaVersion: 2023 });
  } catch (error) {
    if (!(error instanceof SyntaxError) || !("pos" in error)) throw error;
    const isTooDeep = error.message.startsWith("Not enough stack space");
    if (isTooDeep) throw new GraphTextError(text, 0, tooDeep); // blocks and the like, which are no expressions anyway
    const problem = error.message.replace(/ \(\d+:\d+\)$/, "").replace(/^Unexpected token$/, "unexpected text");
    const atEnd = Number(error.pos) >= text.trimEnd().length;
    throw new GraphTextError(
      text,
      Number(error.pos),
      atEnd ? "the text ends too early" : problem[0]!.toLowerCase() + problem.slice(1),
    );
  }
}

const functions: readonly string[] = Object.keys(operators).filter((name) => !/constant/i.test(name));

/** Reads line by line, each expression from its leaves up without recursion. */
class Reader {
  readonly #text: string;
  readonly #builder = new GraphBuilder();
  readonly #names = new Map<string, Operand>([["pi", { value: Math.PI }]]);
  readonly #inputs = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  read(program: Program): Structure {
    let output: Operand | undefined;
    for (const statement of program.body) {
      if (statement.type === "EmptyStatement") continue;
      if (statement.type !== "ExpressionStatement")
        this.#fail(statement.start, "expected `name = expression` or an expression");
      const isLast = statement === program.body.findLast(({ type }) => type !== "EmptyStatement");
      output = this.#statement(statement.expression, isLast);
    }
    if (output === undefined) this.#fail(this.#text.length, "expected an expression, got nothing");
    return this.#at(program.body.at(-1)!.start, () => this.#builder.finish(output));
  }

  #statement(expression: Expression, isLast: boolean): Operand | undefined {
    if (expression.type === "AssignmentExpression") {
      if (expression.operator !== "=" || expression.left.type !== "Identifier")
        this.#fail(expression.left.start, "expected `name = expression`");
      return this.#assign(expression.left.name, expression.left.start, this.#expression(expression.right));
    }
    if (isLast) return this.#expression(expression);
    const names = expression.type === "SequenceExpression" ? expression.expressions : [expression];
    for (const name of names) {
      if (name.type !== "Identifier")
        this.#fail(name.start, "only the last line may be without a name; expected `name = expression`");
      this.#identifier(name.name, name.start);
    }
    return undefined;
  }

  #assign(name: string, start: number, value: Operand): Operand {
    if (this.#inputs.has(name)) this.#fail(start, `"${name}" is already an input of a line above; choose another name`);
    if (this.#names.has(name)) this.#fail(start, `"${name}" already has a value; choose another name`);
    const own =
      typeof value === "number" && this.#builder.hasName(value)
        ? this.#at(start, () => this.#builder.apply("copy", [value]))
        : value;
    if (typeof own === "number") this.#at(start, () => this.#builder.name(own, name));
    this.#names.set(name, own);
    return own;
  }

  #expression(root: Expression): Operand {
    const order: Expression[] = [];
    const stack = [root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      order.push(node);
      stack.push(...this.#children(node));
    }
    const done = new Map<Expression, Operand>();
    for (const node of order.reverse())
      done.set(
        node,
        this.#at(node.start, () => this.#node(node, (child) => done.get(child)!)),
      );
    return done.get(root)!;
  }

  #children(node: Expression): Expression[] {
    switch (node.type) {
      case "Literal":
      case "Identifier":
        return [];
      case "UnaryExpression":
        return [node.argument];
      case "BinaryExpression":
        return [node.left as Expression, node.right];
      case "CallExpression":
        if (node.callee.type !== "Identifier")
          this.#fail(node.callee.start, "expected the name of a function before the bracket");
        return node.arguments as Expression[];
      default:
        return this.#fail(node.start, "expected numbers, names, + - * / ^ and functions");
    }
  }

  #node(node: Expression, value: (child: Expression) => Operand): Operand {
    if (node.type === "Literal") {
      if (typeof node.value === "number") return { value: node.value };
      this.#fail(node.start, `expected a number, got ${node.raw}`);
    }
    if (node.type === "Identifier") return this.#identifier(node.name, node.start);
    if (node.type === "UnaryExpression") {
      if (node.operator === "+") return value(node.argument);
      if (node.operator === "-") return this.#builder.apply("neg", [value(node.argument)]);
      this.#fail(node.start, `unknown operator ${node.operator}`);
    }
    if (node.type === "BinaryExpression") {
      const [left, right] = [value(node.left as Expression), value(node.right)];
      if (node.operator === "**") return this.#power(left, right, node.right.start);
      const names: Partial<Record<string, OperatorName>> = { "+": "add", "-": "sub", "*": "mul", "/": "div" };
      const name = names[node.operator];
      if (name === undefined) this.#fail(node.left.end, `unknown operator ${node.operator}; expected + - * / ^`);
      return this.#builder.apply(name, [left, right]);
    }
    if (node.type === "CallExpression" && node.callee.type === "Identifier")
      return this.#call(node.callee.name, node.start, (node.arguments as Expression[]).map(value), node.arguments);
    return this.#fail(node.start, "expected an expression");
  }

  #call(name: string, start: number, operands: Operand[], places: readonly { start: number }[]): Operand {
    if (!functions.includes(name))
      this.#fail(start, `unknown function ${name}; expected one of ${functions.join(", ")}`);
    const { kind } = operators[name as OperatorName];
    const count = kind === "unary" ? 1 : kind === "choose" ? Math.max(operands.length, 2) : 2;
    if (operands.length !== count)
      this.#fail(start, `expected ${name} to get ${count} operand${count === 1 ? "" : "s"}, got ${operands.length}`);
    if (name === "pow") return this.#power(operands[0]!, operands[1]!, places[1]!.start);
    return this.#builder.apply(name as OperatorName, operands);
  }

  #power(base: Operand, exponent: Operand, start: number): Operand {
    if (typeof exponent === "number")
      this.#fail(start, "expected a constant exponent; write a power of two values as exp(b * log(a))");
    return this.#builder.apply("pow", [base], exponent.value);
  }

  #identifier(name: string, start: number): Operand {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const id = this.#at(start, () => this.#builder.input(name));
    this.#inputs.add(name);
    this.#names.set(name, id);
    return id;
  }

  /** Runs a step of the builder and adds the place to what it complains about. */
  #at<T>(start: number, step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      return this.#fail(start, error.message.replace(/^graph: /, ""));
    }
  }

  #fail(start: number, problem: string): never {
    throw new GraphTextError(this.#text, start, problem);
  }
}

/** Evaluates the LaTeX of a graph, so that a wrong sign or a fraction upside down is a wrong number. */

type Scope = Map<string, number>;

/** @returns the left-hand sides of the lines with their numbers: `x` and `\frac{\partial L}{\partial x}` */
export function evaluateLatex(latex: string, inputs: Readonly<Record<string, number>>): Scope {
  const scope: Scope = new Map(Object.entries(inputs));
  const body = /^\\begin\{align\*\}\n([\s\S]*)\n\\end\{align\*\}\n$/.exec(latex)![1]!;
  for (const line of body.split(/ \\\\(?:\[1ex\])?\n/)) {
    const [, left, right] = /^ {2}(.*?) &= (.*)$/.exec(line)!;
    const reader = new Reader(right!, scope);
    scope.set(left!, reader.sum());
    if (reader.rest !== "") throw new Error(`cannot read "${reader.rest}" in ${line}`);
  }
  return scope;
}

/** Reads as a mathematician does: fractions and brackets, powers, products (also without a sign), sums. */
class Reader {
  rest: string;
  readonly scope: Scope;

  constructor(text: string, scope: Scope) {
    this.rest = text;
    this.scope = scope;
  }

  sum(): number {
    let sum = this.takes("-") ? -this.product() : this.product();
    for (;;) {
      if (this.takes("+")) sum += this.product();
      else if (this.takes("-")) sum -= this.product();
      else return sum;
    }
  }

  product(): number {
    let product = this.power();
    for (;;) {
      const hasSign = this.takes("\\cdot") || this.takes("\\,");
      if (!hasSign && (this.rest === "" || /^([-+)}\]|,=<>&]|\\le|\\ge|\\\\|\\end)/.test(this.rest))) return product;
      product *= this.power();
    }
  }

  power(): number {
    const base = this.factor();
    if (!this.takes("^")) return base;
    return base ** (this.takes("{") ? this.until("}") : this.number());
  }

  factor(): number {
    const name = this.name();
    if (name !== undefined) return this.scope.get(name)!;
    if (this.takes("\\frac{")) {
      const top = this.until("}");
      this.takes("{");
      return top / this.until("}");
    }
    if (this.takes("\\sqrt{")) return Math.sqrt(this.until("}"));
    if (this.takes("\\pi")) return Math.PI;
    if (this.takes("\\begin{cases}")) return this.cases();
    if (this.takes("[")) return this.condition();
    if (this.takes("{")) return this.until("}");
    if (this.takes("(")) return this.until(")");
    if (this.takes("|")) return Math.abs(this.until("|"));
    for (const [call, f] of Object.entries(functions))
      if (this.takes(`${call}(`)) {
        const operands = [this.sum()];
        while (this.takes(",")) operands.push(this.sum());
        if (!this.takes(")")) throw new Error(`expected ) before "${this.rest}"`);
        return f(...operands);
      }
    return this.number();
  }

  /** The longest name or derivative that has a number. */
  name(): string | undefined {
    const found = [...this.scope.keys()]
      .filter((key) => this.rest.startsWith(key))
      .sort((a, b) => b.length - a.length)[0];
    if (found !== undefined) this.takes(found);
    return found;
  }

  cases(): number {
    let chosen: number | undefined;
    while (!this.takes("\\end{cases}")) {
      const value = this.sum();
      this.takes("&");
      const [left] = [this.sum(), this.takes("=")];
      if (left === this.sum()) chosen = value;
      this.takes("\\\\");
    }
    return chosen!;
  }

  /** Iverson's bracket: 1 where it holds, else 0. */
  condition(): number {
    const left = this.sum();
    const relation = ["=", ">", "<", "\\le", "\\ge"].find((sign) => this.takes(sign))!;
    const right = this.until("]");
    return { "=": left === right, ">": left > right, "<": left < right, "\\le": left <= right, "\\ge": left >= right }[
      relation
    ]
      ? 1
      : 0;
  }

  until(end: string): number {
    const value = this.sum();
    if (!this.takes(end)) throw new Error(`expected ${end} before "${this.rest}"`);
    return value;
  }

  number(): number {
    const digits = /^-?[\d.]+/.exec(this.rest)?.[0];
    if (digits === undefined) throw new Error(`expected a number, got "${this.rest}"`);
    this.takes(digits);
    return Number(digits);
  }

  takes(text: string): boolean {
    if (!this.rest.startsWith(text)) return false;
    this.rest = this.rest.slice(text.length).trimStart();
    return true;
  }
}

const functions: Readonly<Record<string, (...x: number[]) => number>> = {
  "\\exp": Math.exp,
  "\\log": Math.log,
  "\\sin": Math.sin,
  "\\cos": Math.cos,
  "\\tanh": Math.tanh,
  "\\sigma": (a) => 1 / (1 + Math.exp(-a!)),
  "\\min": Math.min,
  "\\max": Math.max,
  "\\operatorname{sign}": Math.sign,
};

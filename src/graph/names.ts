/** Names of values: which are valid, and how to find new ones that are not taken. */

/** What may follow in a name: letters, digits, marks and `_` of any alphabet, but not the multiplication dot. */
export const nameCharacter: string = String.raw`(?:(?![·\u0387])\p{XID_Continue})`;
/** A name starts with a letter or `_`. */
export const namePattern: string = String.raw`[\p{XID_Start}_]${nameCharacter}*`;

const wholeName = new RegExp(`^${namePattern}$`, "u");

export function isName(text: string): boolean {
  return wholeName.test(text) && !["pi", "π", "Infinity", "NaN"].includes(text);
}

/** Words that TypeScript reserves, or that generated TypeScript needs. */
export const typescriptWords: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield Math"
  ).split(" "),
);

/** Words that Python reserves, or that generated Python needs. */
export const pythonWords: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield abs math max min"
  ).split(" "),
);

/** Hands out names, each once: `_` is appended to one that is taken. */
export class Namer {
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  take(wish: string): string {
    let name = wish;
    while (this.#taken.has(name)) name += "_";
    this.#taken.add(name);
    return name;
  }

  /** The first free one of `stem1`, `stem2`, …, counting on from the last call. */
  numbered(stem: string): string {
    let count = this.#counts.get(stem) ?? 0;
    do count++;
    while (this.#taken.has(`${stem}${count}`));
    this.#counts.set(stem, count);
    return this.take(`${stem}${count}`);
  }
}

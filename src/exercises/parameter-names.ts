/** The names of a function's first parameters as they stand in its code; x1, x2, … where they cannot be read. */
export function parameterNames(code: string, count: number): string[] {
  const [, list, single] = /^(?:[^(=]*\(([^)]*)|(?:async )?([^\s(]+) *=>)/.exec(withoutComments(code)) ?? [];
  const names = (single ?? list ?? "").split(",").map((name) => name.trim());
  const first = names.slice(0, count);
  const isName = (name: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name);
  return first.length === count && first.every(isName) ? first : Array.from({ length: count }, (_, i) => `x${i + 1}`);
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
}

import { formatShape, ShapeError } from "../errors.ts";

/**
 * @param pattern - the shape in size letters, for instance `(N, D)`
 * @param expected - the same in numbers; -1 where any length will do
 * @param hint - what to say after the pattern, for instance ` with D=3072`
 * @throws {ShapeError} when `x` has another shape
 */
export function checkShape(
  who: string,
  what: string,
  x: { readonly shape: readonly number[] },
  pattern: string,
  expected: readonly number[],
  hint = "",
): void {
  const fits = x.shape.length === expected.length && expected.every((n, axis) => n === -1 || n === x.shape[axis]);
  if (fits) return;
  const flatten =
    expected.length === 2 && x.shape.length > 2
      ? `; flatten to (${x.shape[0]}, ${product(x.shape.slice(1))}) first`
      : "";
  throw new ShapeError(`${who}: expected ${what} of shape ${pattern}${hint}, got ${formatShape(x.shape)}${flatten}`);
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((a, b) => a * b, 1);
}

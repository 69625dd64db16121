/** The quadratic loss of an affine fit in 120-digit arithmetic: what the float64 code must come close to. */
import { Decimal } from "decimal.js";

const Exact = Decimal.clone({ precision: 120 });
/** All digits of the float64; `new Decimal(0.1)` would be a tenth, which it is not. */
function exact(value: number): Decimal {
  return new Exact(Number.isInteger(value) ? BigInt(value).toString() : value.toPrecision(100));
}
const sum = (values: readonly Decimal[]): Decimal => values.reduce((a, b) => a.plus(b), new Exact(0));

/** `Σ qᵢqᵢᵀ / N` and `Σ qᵢ·targetᵢ / N` with `qᵢ = (xᵢ, yᵢ, 1)`. */
function normalEquations(from: Float64Array, to: Float64Array): { h: Decimal[][]; g: Decimal[][] } {
  const N = from.length / 2;
  const mean = (product: (i: number) => Decimal): Decimal =>
    sum(Array.from({ length: N }, (_, i) => product(i))).div(N);
  const q = (i: number, k: number): Decimal => exact(k === 2 ? 1 : from[2 * i + k]!);
  const [three, two] = [
    [0, 1, 2],
    [0, 1],
  ];
  return {
    h: three!.map((j) => three!.map((k) => mean((i) => q(i, j).times(q(i, k))))),
    g: three!.map((j) => two!.map((axis) => mean((i) => q(i, j).times(exact(to[2 * i + axis]!))))),
  };
}

function determinant([a, b, c]: Decimal[][]): Decimal {
  const minor = (i: number, j: number): Decimal => b![i]!.times(c![j]!).minus(b![j]!.times(c![i]!));
  return sum([a![0]!.times(minor(1, 2)), a![1]!.times(minor(2, 0)), a![2]!.times(minor(0, 1))]);
}

/** Largest and smallest eigenvalue of H, from its characteristic polynomial: Newton's method from beyond all roots. */
export function exactEigenvalues(from: Float64Array): { largest: number; smallest: number } {
  const h = normalEquations(from, from).h.map((row) => row.map((value) => value.times(2)));
  const e1 = sum([0, 1, 2].map((i) => h[i]![i]!));
  const e2 = sum(
    [
      [0, 1],
      [0, 2],
      [1, 2],
    ].map(([i, j]) => h[i!]![i!]!.times(h[j!]![j!]!).minus(h[i!]![j!]!.pow(2))),
  );
  const e3 = determinant(h);
  const largestRoot = (a: Decimal, b: Decimal, c: Decimal): Decimal => {
    let x = a; // of x³ − a·x² + b·x − c
    for (let k = 0; k < 1000; k++) {
      const value = x.minus(a).times(x).plus(b).times(x).minus(c);
      const slope = x.times(3).minus(a.times(2)).times(x).plus(b);
      const step = value.div(slope);
      x = x.minus(step);
      if (step.abs().lt(x.times("1e-60"))) break;
    }
    return x;
  };
  const inverse = largestRoot(e2.div(e3), e1.div(e3), new Exact(1).div(e3)); // the polynomial of 1/λ
  return { largest: largestRoot(e1, e2, e3).toNumber(), smallest: new Exact(1).div(inverse).toNumber() };
}

/** The mean squared distance at the given six numbers, and the smallest one there is. */
export function exactLoss(from: Float64Array, to: Float64Array, six: Float64Array): { loss: Decimal; least: Decimal } {
  const { h, g } = normalEquations(from, to);
  const solve = (axis: number): Decimal[] =>
    [0, 1, 2].map((k) =>
      determinant(h.map((row, j) => row.map((value, c) => (c === k ? g[j]![axis]! : value)))).div(determinant(h)),
    );
  const loss = (rows: readonly (readonly Decimal[])[]): Decimal =>
    sum(
      Array.from(from, (_, i) => {
        const [a, b, c] = rows[i & 1]!;
        const [x, y] = [from[i & ~1]!, from[i | 1]!];
        return a!
          .times(exact(x))
          .plus(b!.times(exact(y)))
          .plus(c!)
          .minus(exact(to[i]!))
          .pow(2);
      }),
    ).div(from.length / 2);
  const given = [0, 1].map((axis) => [six[2 * axis]!, six[2 * axis + 1]!, six[4 + axis]!].map(exact));
  return { loss: loss(given), least: loss([solve(0), solve(1)]) };
}

/**
 * The hyperbolic tangent from one exponential; e is used twice, so its gradient is a sum. From x = 355 on, exp(2x) is
 * Infinity and the output NaN.
 *
 *     L = (exp(2x) − 1) / (exp(2x) + 1)
 *
 * @returns `[L, [grad_x]]`
 */
export function f2(x: number): [output: number, grads: [x: number]] {
  // forward
  const a = 2 * x;
  const e = Math.exp(a);
  const t = e - 1;
  const b = e + 1;
  const L = t / b;
  // backward
  const gradL = 1;
  const gradT = gradL / b;
  const gradB = -(gradL / b) * (t / b); // -gradL * t / (b * b) overflows from x = 178 on
  const gradE1 = gradT;
  const gradE2 = gradB;
  const gradE = gradE1 + gradE2;
  const gradA = gradE * e;
  const gradX = 2 * gradA;
  return [L, [gradX]];
}

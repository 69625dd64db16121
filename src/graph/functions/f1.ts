/**
 * Squared error of a linear model with two inputs, forward and backward by hand.
 *
 *     L = (x1·w1 + x2·w2 + b − y)²
 *
 * @returns `[L, [grad_x1, grad_w1, grad_x2, grad_w2, grad_b, grad_y]]`
 */
export function f1(
  x1: number,
  w1: number,
  x2: number,
  w2: number,
  b: number,
  y: number,
): [output: number, grads: [x1: number, w1: number, x2: number, w2: number, b: number, y: number]] {
  // forward
  const a1 = x1 * w1;
  const a2 = x2 * w2;
  const s = a1 + a2;
  const p = s + b;
  const d = p - y;
  const L = d * d;
  // backward
  const gradL = 1;
  const gradD = gradL * (2 * d);
  const gradP = gradD;
  const gradY = -gradD;
  const gradS = gradP;
  const gradB = gradP;
  const gradA1 = gradS;
  const gradA2 = gradS;
  const gradX2 = gradA2 * w2;
  const gradW2 = gradA2 * x2;
  const gradX1 = gradA1 * w1;
  const gradW1 = gradA1 * x1;
  return [L, [gradX1, gradW1, gradX2, gradW2, gradB, gradY]];
}

/**
 * Softmax loss of two scores: the probability of the right class y (1 or 2), and minus its logarithm.
 *
 *     p1 = exp(s1) / (exp(s1) + exp(s2)),  p2 = 1 − p1,  L = −log(p_y)
 *
 * @param y - the right class, 1 or 2; a whole number, so it has no gradient
 * @returns `[L, [grad_s1, grad_s2]]`
 */
export function f3(s1: number, s2: number, y: number): [output: number, grads: [s1: number, s2: number]] {
  // forward
  const e1 = Math.exp(s1);
  const e2 = Math.exp(s2);
  const d = e1 + e2;
  const p1 = e1 / d;
  const p2 = e2 / d;
  const p = y === 1 ? p1 : p2;
  const l = Math.log(p);
  const L = -l;
  // backward
  const gradL = 1;
  const gradl = -gradL;
  const gradP = gradl / p;
  const gradP1 = y === 1 ? gradP : 0;
  const gradP2 = y === 2 ? gradP : 0;
  const gradE2a = gradP2 / d;
  const gradD2 = -(gradP2 / d) * (e2 / d);
  const gradE1a = gradP1 / d;
  const gradD1 = -(gradP1 / d) * (e1 / d);
  const gradD = gradD1 + gradD2;
  const gradE1 = gradD + gradE1a;
  const gradE2 = gradD + gradE2a;
  const gradS2 = gradE2 * e2;
  const gradS1 = gradE1 * e1;
  return [L, [gradS1, gradS2]];
}

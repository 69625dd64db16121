/**
 * Focal loss of a logistic neuron (Lin et al. 2017, https://arxiv.org/abs/1708.02002, with exponent 2).
 *
 *     q = σ(x·w + b) for class 1 and σ(−(x·w + b)), which is 1 − σ(x·w + b), for class 2;  L = −(1 − q)² · log(q)
 *
 * The factor (1 − q)² is why it is worth knowing: an example that is right already (q near 1) adds almost nothing to
 * the loss and less to the gradient, so rare hard examples are not drowned by many easy ones.
 *
 * Subtracting would leave nothing of 1 − σ(z) from z = 37 on, where σ(z) rounds to 1. For the same reason the derivative
 * q·(1 − q) of σ is computed as 1 / (4 cosh²(s/2)).
 *
 * @param y - the class, 1 or 2; a whole number, so it has no gradient
 * @returns `[L, [grad_x, grad_w, grad_b]]`
 */
export function f4(
  x: number,
  w: number,
  b: number,
  y: number,
): [output: number, grads: [x: number, w: number, b: number]] {
  // forward
  const a = x * w;
  const z = a + b;
  const n = -z;
  const s = y === 1 ? z : n;
  const q = s < 0 ? Math.exp(s) / (1 + Math.exp(s)) : 1 / (1 + Math.exp(-s));
  const m = 1 - q;
  const m2 = m * m;
  const l = Math.log(q);
  const t = m2 * l;
  const L = -t;
  // backward
  const gradL = 1;
  const gradT = -gradL;
  const gradM2 = gradT * l;
  const gradl = gradT * m2;
  const gradQ2 = gradl / q;
  const gradM = gradM2 * (2 * m);
  const gradQ1 = -gradM;
  const gradQ = gradQ1 + gradQ2;
  const gradS = gradQ / 4 / Math.cosh(s / 2) / Math.cosh(s / 2);
  const gradZ2 = y === 1 ? gradS : 0;
  const gradN = y === 2 ? gradS : 0;
  const gradZ1 = -gradN;
  const gradZ = gradZ1 + gradZ2;
  const gradA = gradZ;
  const gradB = gradZ;
  const gradX = gradA * w;
  const gradW = gradA * x;
  return [L, [gradX, gradW, gradB]];
}

/**
 * Focal loss of a logistic neuron (Lin et al. 2017, https://arxiv.org/abs/1708.02002, with exponent 2).
 *
 *     p = σ(x·w + b),  q = p for class 1 and 1 − p for class 2,  L = −(1 − q)² · log(q)
 *
 * The factor (1 − q)² is why it is worth knowing: an example that is right already (q near 1) adds almost nothing to
 * the loss and less to the gradient, so rare hard examples are not drowned by many easy ones.
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
  const p = 1 / (1 + Math.exp(-z));
  const r = 1 - p;
  const q = y === 1 ? p : r;
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
  const gradM = gradM2 * 2 * m;
  const gradQ1 = -gradM;
  const gradQ = gradQ1 + gradQ2;
  const gradP2 = y === 1 ? gradQ : 0;
  const gradR = y === 2 ? gradQ : 0;
  const gradP1 = -gradR;
  const gradP = gradP1 + gradP2;
  const gradZ = gradP * p * (1 - p);
  const gradA = gradZ;
  const gradB = gradZ;
  const gradX = gradA * w;
  const gradW = gradA * x;
  return [L, [gradX, gradW, gradB]];
}

/**
 * Focal loss of a logistic neuron (Lin et al. 2017, https://arxiv.org/abs/1708.02002, with exponent 2).
 *
 *     p = σ(x·w + b),  q = p for class 1 and 1 − p for class 2,  L = −(1 − q)² · log(q)
 *
 * The factor (1 − q)² is why it is worth knowing: an example that is right already (q near 1) adds almost nothing to
 * the loss and less to the gradient, so rare hard examples are not drowned by many easy ones.
 *
 * Where p rounds to 1, from z = 37 on, subtracting it from 1 would leave nothing: 1 − p is computed as r = σ(−z), and the
 * derivative p·(1 − p) of σ as 1 / (4 cosh²(z/2)).
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
  const p = sigmoid(z);
  const r = sigmoid(n);
  const q = y === 1 ? p : r;
  const m = y === 1 ? r : p;
  const m2 = m * m;
  const l = Math.log(q);
  const t = m2 * l;
  const L = -t;
  // backward
  const gradL = 1;
  const gradT = -gradL;
  const gradM2 = gradT * l;
  const gradl = gradT * m2;
  const gradQ = gradl / q;
  const gradM = gradM2 * (2 * m);
  const gradR = y === 1 ? gradM : gradQ;
  const gradP = y === 1 ? gradQ : gradM;
  const gradN = gradR / 4 / Math.cosh(n / 2) / Math.cosh(n / 2);
  const gradZ = gradP / 4 / Math.cosh(z / 2) / Math.cosh(z / 2) - gradN;
  const gradA = gradZ;
  const gradB = gradZ;
  const gradX = gradA * w;
  const gradW = gradA * x;
  return [L, [gradX, gradW, gradB]];
}

function sigmoid(z: number): number {
  return z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z));
}

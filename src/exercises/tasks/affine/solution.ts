import { type Tensor, tensor, zeros } from "chainrule";

type Points = Tensor<"float64">;

export function affineTransformLoss(p: Points, pPrime: Points, s: Points, t: Points) {
  const N = p.shape[0]!;
  const prediction = zeros([N, 2], { dtype: "float64" });
  const gradS = zeros([2, 2], { dtype: "float64" });
  const gradT = zeros([2], { dtype: "float64" });
  let loss = 0;
  for (let i = 0; i < N; i++)
    for (let k = 0; k < 2; k++) {
      const out = s.at(k, 0) * p.at(i, 0) + s.at(k, 1) * p.at(i, 1) + t.at(k);
      const r = out - pPrime.at(i, k);
      prediction.data[2 * i + k] = out;
      loss += (r * r) / N;
      gradS.data[2 * k] += (2 / N) * r * p.at(i, 0);
      gradS.data[2 * k + 1] += (2 / N) * r * p.at(i, 1);
      gradT.data[k] += (2 / N) * r;
    }
  return { loss, prediction, gradS, gradT };
}

export function fitByDescent(p: Points, pPrime: Points, settings: { learningRate: number; steps: number }) {
  const { learningRate, steps } = settings;
  const s = tensor(
    [
      [1, 0],
      [0, 1],
    ],
    { dtype: "float64" },
  );
  const t = zeros([2], { dtype: "float64" });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss, gradS, gradT } = affineTransformLoss(p, pPrime, s, t);
    losses.push(loss);
    for (let i = 0; i < 4; i++) s.data[i] -= learningRate * gradS.data[i];
    for (let i = 0; i < 2; i++) t.data[i] -= learningRate * gradT.data[i];
  }
  losses.push(affineTransformLoss(p, pPrime, s, t).loss);
  return { s, t, losses };
}

export function fitByRansac(p: Points, pPrime: Points, triples: readonly (readonly number[])[], threshold: number) {
  let best = { s: p, t: p, inliers: -1 };
  for (const [a = 0, b = 0, c = 0] of triples) {
    const [x1, y1] = [p.at(b, 0) - p.at(a, 0), p.at(b, 1) - p.at(a, 1)];
    const [x2, y2] = [p.at(c, 0) - p.at(a, 0), p.at(c, 1) - p.at(a, 1)];
    const det = x1 * y2 - x2 * y1;
    const s = zeros([2, 2], { dtype: "float64" });
    const t = zeros([2], { dtype: "float64" });
    for (let k = 0; k < 2; k++) {
      const [u1, u2] = [pPrime.at(b, k) - pPrime.at(a, k), pPrime.at(c, k) - pPrime.at(a, k)];
      s.data[2 * k] = (u1 * y2 - u2 * y1) / det;
      s.data[2 * k + 1] = (x1 * u2 - x2 * u1) / det;
      t.data[k] = pPrime.at(a, k) - s.at(k, 0) * p.at(a, 0) - s.at(k, 1) * p.at(a, 1);
    }
    const { prediction } = affineTransformLoss(p, pPrime, s, t);
    let inliers = 0;
    for (let i = 0; i < p.shape[0]!; i++) {
      const squared = (prediction.at(i, 0) - pPrime.at(i, 0)) ** 2 + (prediction.at(i, 1) - pPrime.at(i, 1)) ** 2;
      if (squared <= threshold ** 2) inliers++;
    }
    if (inliers > best.inliers) best = { s, t, inliers };
  }
  return best;
}

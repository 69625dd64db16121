import { matmul, type Tensor, zeros } from "chainrule";

type T = Tensor<"float64">;
const like = (x: T): T => zeros(x.shape, { dtype: "float64" });

export function fcForward(x: T, w: T, b: T): [T, { x: T; w: T }] {
  const out = matmul(x, w);
  const M = w.shape[1]!;
  for (let i = 0; i < out.size; i++) out.data[i]! += b.data[i % M]!;
  return [out, { x, w }];
}

export function fcBackward(gradOut: T, { x, w }: { x: T; w: T }): [T, T, T] {
  const [N = 0, M = 0] = gradOut.shape;
  const gradX = matmul(gradOut, w, { transposeB: true });
  const gradW = matmul(x, gradOut, { transposeA: true });
  const gradB = zeros([M], { dtype: "float64" });
  for (let i = 0; i < N; i++) for (let j = 0; j < M; j++) gradB.data[j]! += gradOut.at(i, j);
  return [gradX, gradW, gradB];
}

export function reluForward(x: T): [T, { x: T }] {
  const out = like(x);
  for (let i = 0; i < x.size; i++) out.data[i] = Math.max(0, x.data[i]!);
  return [out, { x }];
}

export function reluBackward(gradOut: T, { x }: { x: T }): T {
  const gradX = like(x);
  for (let i = 0; i < x.size; i++) gradX.data[i] = x.data[i]! > 0 ? gradOut.data[i]! : 0;
  return gradX;
}

export function softmaxLoss(scores: T, labels: Int32Array): [number, T] {
  const [N = 0, C = 0] = scores.shape;
  const grad = like(scores);
  let loss = 0;
  for (let i = 0; i < N; i++) {
    const row = scores.data.subarray(i * C, (i + 1) * C);
    const max = Math.max(...row);
    let sum = 0;
    for (let j = 0; j < C; j++) sum += Math.exp(row[j]! - max);
    const y = labels[i]!;
    loss += (Math.log(sum) - (row[y]! - max)) / N;
    for (let j = 0; j < C; j++) grad.data[i * C + j] = (Math.exp(row[j]! - max) / sum - (j === y ? 1 : 0)) / N;
  }
  return [loss, grad];
}

export function l2Regularization(w: T, reg: number): [number, T] {
  const gradW = like(w);
  let sum = 0;
  for (let i = 0; i < w.size; i++) {
    sum += w.data[i]! ** 2;
    gradW.data[i] = reg * w.data[i]!;
  }
  return [(reg / 2) * sum, gradW];
}

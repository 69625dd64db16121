// Softmax cross-entropy by rows, in float64 whatever the scores are.
import { FIELDS, SCRATCH, SCRATCH_SIZE } from "./job";

@unmanaged class SoftmaxLoss {
  rows: i32; columns: i32;
  scores: usize; labels: usize; gradScores: usize;
  sums: usize; margins: usize; // f64 per row: the row's loss is log(sum) - margin
  rowsPerTile: i32;
}

// sum = Σ exp(score - max), margin = score of the label - max.
export function softmaxLoss<T>(tile: i32, thread: i32): void {
  const S: usize = sizeof<T>();
  const job = changetype<SoftmaxLoss>(FIELDS);
  const columns = <usize>job.columns, sums = job.sums, margins = job.margins;
  const exps = SCRATCH + <usize>thread * SCRATCH_SIZE;
  const first = tile * job.rowsPerTile, end = min(first + job.rowsPerTile, job.rows);
  for (let i: usize = first; i < <usize>end; i++) {
    const scores = job.scores + i * columns * S, grad = job.gradScores + i * columns * S;
    const label = <usize>load<i32>(job.labels + (i << 2));
    let max: f64 = -Infinity;
    for (let j: usize = 0; j < columns; j++) max = Math.max(max, <f64>load<T>(scores + j * S));
    for (let j: usize = 0; j < columns; j++) store<f64>(exps + (j << 3), <f64>load<T>(scores + j * S) - max);
    store<f64>(margins + (i << 3), load<f64>(exps + (label << 3)));
    let sum: f64 = 0;
    for (let j: usize = 0; j < columns; j += 2) { // beyond an odd end the pair's second number is left unread
      v128.store(exps + (j << 3), exp(v128.load(exps + (j << 3))));
      sum += load<f64>(exps + (j << 3));
      if (j + 1 < columns) sum += load<f64>(exps + (j << 3), 8);
    }
    store<f64>(sums + (i << 3), sum);
    for (let j: usize = 0; j < columns; j++) {
      const prob = load<f64>(exps + (j << 3)) / sum;
      store<T>(grad + j * S, <T>((prob - (j == label ? 1 : 0)) / <f64>job.rows));
    }
  }
}

// exp of two numbers <= 0 (NaN stays NaN): x = n ln 2 + r with |r| <= ln 2 / 2, then the rational approximation of
// fdlibm's e_exp.c, good to one unit in the last place. Below -708, where results would be subnormal, 0.
function exp(x: v128): v128 {
  const n = f64x2.nearest(f64x2.mul(x, f64x2.splat(1.4426950408889634)));
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(6.93147180369123816490e-01))),
    f64x2.mul(n, f64x2.splat(1.90821492927058770002e-10)),
  );
  const t = f64x2.mul(r, r);
  let p = f64x2.splat(4.13813679705723846039e-08);
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-1.65339022054652515390e-06));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(6.61375632143793436117e-05));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-2.77777777770155933842e-03));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.66666666666666019037e-01));
  const c = f64x2.sub(r, f64x2.mul(t, p));
  const y = f64x2.add(f64x2.splat(1), f64x2.add(r, f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c))));
  const exponent = i64x2.shl(i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n)), 52);
  return v128.andnot(i64x2.add(y, exponent), f64x2.lt(x, f64x2.splat(-708)));
}

// Sums of the offsets (dx, dy) of points and (du, dv) of targets from the first pair, and of their products: what
// loopMoments in ../moments.ts defines. Points lie at 0 as x y x y …, targets behind them, the 13 sums before and after at `sums`.
export function sumMoments(count: i32, targets: i32, sums: i32, x0: f64, y0: f64, u0: f64, v0: f64): void {
  let x = 0.0, y = 0.0, u = 0.0, v = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;
  let xu = 0.0, yu = 0.0, xv = 0.0, yv = 0.0, uu = 0.0, vv = 0.0;
  for (let i = 0; i < count; i++) {
    const dx = load<f64>(i << 4) - x0, dy = load<f64>(i << 4, 8) - y0;
    const du = load<f64>(targets + (i << 4)) - u0, dv = load<f64>(targets + (i << 4), 8) - v0;
    x += dx; y += dy; u += du; v += dv;
    xx += dx * dx; xy += dx * dy; yy += dy * dy;
    xu += dx * du; yu += dy * du; xv += dx * dv; yv += dy * dv;
    uu += du * du; vv += dv * dv;
  }
  add(sums, x); add(sums + 8, y); add(sums + 16, u); add(sums + 24, v);
  add(sums + 32, xx); add(sums + 40, xy); add(sums + 48, yy);
  add(sums + 56, xu); add(sums + 64, yu); add(sums + 72, xv); add(sums + 80, yv);
  add(sums + 88, uu); add(sums + 96, vv);
}

function add(at: i32, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

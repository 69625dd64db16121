// The arithmetic of optimizers, a vector at a time; ../../loops/update.ts is the definition.
import { FIELDS, madd } from "./job";
import { PER_TILE } from "./rows";

// What every rule is told; what p0 … p4 are is said beside each rule. In the order of ../operations.ts.
@unmanaged class Rates {
  learningRate: f64; weightDecay: f64; scale: f64;
  p0: f64; p1: f64; p2: f64; p3: f64; p4: f64;
}

@unmanaged class Update {
  length: i32;
  w: usize; grad: usize; first: usize; second: usize; // slots; 0 for none
  rule: i32;
  learningRate: f64; weightDecay: f64; scale: f64;
  p0: f64; p1: f64; p2: f64; p3: f64; p4: f64;
}

export function update<T>(tile: i32): void {
  const job = changetype<Update>(FIELDS);
  const start = <usize>tile * PER_TILE * sizeof<T>(), end = min(start + PER_TILE * sizeof<T>(), <usize>job.length * sizeof<T>());
  const first = job.first ? job.first + start : 0, second = job.second ? job.second + start : 0;
  const rates = FIELDS + offsetof<Update>("learningRate");
  updateTo<T>(job.rule, job.w + start, job.grad + start, first, second, end - start, rates);
}

// Over `length` bytes of the weights, the gradient and the slots.
export function updateTo<T>(
  rule: i32, w: usize, grad: usize, first: usize, second: usize, length: usize, rates: usize,
): void {
  if (rule == 6) adam<T>(w, grad, first, second, length, changetype<Rates>(rates));
  else if (rule <= 2) sgd<T>(rule, w, grad, first, length, changetype<Rates>(rates));
  else divided<T>(rule, w, grad, first, second, length, changetype<Rates>(rates));
}

// What a rule does to one vector is an inlined function, asked for whole vectors first: no branch is left in that loop. What is
// the same for all of them is in local variables, since the compiler would read it from memory again after every store.

// The gradient as a rule sees it: scaled, with its share of the weights.
// @ts-ignore: decorator
@inline
function gradient<T>(grad: v128, old: v128, scale: v128, decay: v128, decays: v128): v128 {
  return v128.add<T>(v128.mul<T>(grad, scale), v128.and(decays, v128.mul<T>(decay, old)));
}

// All bits set where weights decay: 0 times infinity would not be 0.
// @ts-ignore: decorator
@inline
function decaying(rates: Rates): v128 {
  return i32x4.splat(rates.weightDecay != 0 ? -1 : 0);
}

// Rules 0, 1, 2: plain, heavy ball, Nesterov. p0 is momentum.
function sgd<T>(rule: i32, w: usize, grad: usize, velocity: usize, length: usize, rates: Rates): void {
  const down = v128.splat<T>(<T>-rates.learningRate), momentum = v128.splat<T>(<T>rates.p0);
  const scale = v128.splat<T>(<T>rates.scale), decay = v128.splat<T>(<T>rates.weightDecay), decays = decaying(rates);
  const whole = length & ~15;
  let i: usize = 0;
  if (rule == 0) for (; i < whole; i += 16) sgdPart<T>(0, w + i, grad + i, 0, 16, down, momentum, scale, decay, decays);
  else if (rule == 1)
    for (; i < whole; i += 16) sgdPart<T>(1, w + i, grad + i, velocity + i, 16, down, momentum, scale, decay, decays);
  else for (; i < whole; i += 16) sgdPart<T>(2, w + i, grad + i, velocity + i, 16, down, momentum, scale, decay, decays);
  if (i < length) sgdPart<T>(rule, w + i, grad + i, velocity + i, length - i, down, momentum, scale, decay, decays);
}

// @ts-ignore: decorator
@inline
function sgdPart<T>(
  rule: i32, w: usize, grad: usize, velocity: usize, rest: usize,
  down: v128, momentum: v128, scale: v128, decay: v128, decays: v128,
): void {
  const old = part<T>(w, rest), g = gradient<T>(part<T>(grad, rest), old, scale, decay, decays);
  let move = g;
  if (rule != 0) {
    move = madd<T>(momentum, part<T>(velocity, rest), g);
    setPart<T>(velocity, move, rest);
    if (rule == 2) move = madd<T>(momentum, move, g);
  }
  setPart<T>(w, madd<T>(down, move, old), rest);
}

// Rules 3, 4, 5: RMSProp, RMSProp with momentum, Adagrad. p0 is alpha, p1 eps, p2 momentum.
function divided<T>(
  rule: i32, w: usize, grad: usize, first: usize, second: usize, length: usize, rates: Rates,
): void {
  const rate = v128.splat<T>(<T>rates.learningRate), scale = v128.splat<T>(<T>rates.scale);
  const decay = v128.splat<T>(<T>rates.weightDecay), decays = decaying(rates);
  const keep = v128.splat<T>(rule == 5 ? 1 : <T>rates.p0), take = v128.splat<T>(rule == 5 ? 1 : <T>(1 - rates.p0));
  const eps = v128.splat<T>(<T>rates.p1), momentum = v128.splat<T>(<T>rates.p2);
  for (let i: usize = 0; i < length; i += 16) {
    const rest = length - i, old = part<T>(w + i, rest);
    const g = gradient<T>(part<T>(grad + i, rest), old, scale, decay, decays);
    const square = madd<T>(keep, part<T>(first + i, rest), v128.mul<T>(take, v128.mul<T>(g, g)));
    setPart<T>(first + i, square, rest);
    let move = v128.div<T>(g, v128.add<T>(v128.sqrt<T>(square), eps));
    if (rule == 4) {
      move = madd<T>(momentum, part<T>(second + i, rest), move);
      setPart<T>(second + i, move, rest);
    }
    setPart<T>(w + i, v128.sub<T>(old, v128.mul<T>(rate, move)), rest);
  }
}

// Rule 6: Adam and AdamW. p0 and p1 are the betas, p2 eps, p3 what squares are multiplied by, p4 the share of w that stays;
// the learning rate has been divided by 1 - beta1^step.
function adam<T>(w: usize, grad: usize, mean: usize, square: usize, length: usize, rates: Rates): void {
  const rate = v128.splat<T>(<T>rates.learningRate), scale = v128.splat<T>(<T>rates.scale);
  const decay = v128.splat<T>(<T>rates.weightDecay), decays = decaying(rates);
  const beta1 = v128.splat<T>(<T>rates.p0), take1 = v128.splat<T>(<T>(1 - rates.p0));
  const beta2 = v128.splat<T>(<T>rates.p1), take2 = v128.splat<T>(<T>(1 - rates.p1));
  const eps = v128.splat<T>(<T>rates.p2), squareScale = v128.splat<T>(<T>rates.p3), stays = v128.splat<T>(<T>rates.p4);
  const whole = length & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16)
    adamPart<T>(
      w + i, grad + i, mean + i, square + i, 16,
      rate, scale, decay, decays, beta1, take1, beta2, take2, eps, squareScale, stays,
    );
  if (i < length)
    adamPart<T>(
      w + i, grad + i, mean + i, square + i, length - i,
      rate, scale, decay, decays, beta1, take1, beta2, take2, eps, squareScale, stays,
    );
}

// @ts-ignore: decorator
@inline
function adamPart<T>(
  w: usize, grad: usize, mean: usize, square: usize, rest: usize,
  rate: v128, scale: v128, decay: v128, decays: v128,
  beta1: v128, take1: v128, beta2: v128, take2: v128, eps: v128, squareScale: v128, stays: v128,
): void {
  const old = part<T>(w, rest), g = gradient<T>(part<T>(grad, rest), old, scale, decay, decays);
  const m = madd<T>(beta1, part<T>(mean, rest), v128.mul<T>(take1, g));
  const s = madd<T>(beta2, part<T>(square, rest), v128.mul<T>(take2, v128.mul<T>(g, g)));
  setPart<T>(mean, m, rest);
  setPart<T>(square, s, rest);
  const root = v128.add<T>(v128.sqrt<T>(v128.mul<T>(squareScale, s)), eps);
  setPart<T>(w, v128.sub<T>(v128.mul<T>(old, stays), v128.div<T>(v128.mul<T>(rate, m), root)), rest);
}

// A vector, or what is left of the array: `rest` bytes, zeros beyond.
// @ts-ignore: decorator
@inline
function part<T>(at: usize, rest: usize): v128 {
  return rest >= 16 ? v128.load(at) : shortPart<T>(at, rest);
}

// @ts-ignore: decorator
@inline
function setPart<T>(at: usize, x: v128, rest: usize): void {
  if (rest >= 16) v128.store(at, x);
  else setShortPart<T>(at, x, rest);
}

function shortPart<T>(at: usize, rest: usize): v128 {
  if (sizeof<T>() == 8) return v128.load64_zero(at);
  let x = v128.load32_zero(at);
  if (rest > 4) x = f32x4.replace_lane(x, 1, load<f32>(at, 4));
  if (rest > 8) x = f32x4.replace_lane(x, 2, load<f32>(at, 8));
  return x;
}

function setShortPart<T>(at: usize, x: v128, rest: usize): void {
  if (sizeof<T>() == 8) {
    store<f64>(at, f64x2.extract_lane(x, 0));
    return;
  }
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (rest > 4) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (rest > 8) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}

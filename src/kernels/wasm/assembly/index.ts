// Threads and jobs. The caller publishes a job and works on it together with the worker threads, if there are any.
import { addParts, foreignGemm, foreignParts, gemm } from "./gemm";
import { CLAIM, DONE, OPERATION, SLEEPERS } from "./job";
import { batchNormBackward, batchNormForward, dropout } from "./norm";
import { addScaled, gatherBytes, relu, reluBackward, sumRows, sumSquares } from "./rows";
import { softmaxLoss } from "./softmax";
import { update } from "./update";

const SPINS: i32 = 100_000; // about 0.2 ms: a step's next job mostly comes sooner, and idle threads soon sleep

// Operations by number, as listed in ../operations.ts; odd numbers are float64.
function execute(operation: i32, tile: i32, thread: i32): void {
  switch (operation) {
    case 0: return gemm<f32>(tile, thread);
    case 1: return gemm<f64>(tile, thread);
    case 2: return foreignGemm<f32>(tile, thread);
    case 3: return foreignGemm<f64>(tile, thread);
    case 4: return foreignParts<f32>(tile);
    case 5: return foreignParts<f64>(tile);
    case 6: return addParts<f32>(tile);
    case 7: return addParts<f64>(tile);
    case 8: return softmaxLoss<f32>(tile, thread);
    case 9: return softmaxLoss<f64>(tile, thread);
    case 10: return relu<f32>(tile);
    case 11: return relu<f64>(tile);
    case 12: return reluBackward<f32>(tile);
    case 13: return reluBackward<f64>(tile);
    case 14: return addScaled<f32>(tile);
    case 15: return addScaled<f64>(tile);
    case 16: return update<f32>(tile);
    case 17: return update<f64>(tile);
    case 18: return sumSquares<f32>(tile);
    case 19: return sumSquares<f64>(tile);
    case 20: return sumRows<f32>(tile);
    case 21: return sumRows<f64>(tile);
    case 22: return gatherBytes(tile);
    case 24: return batchNormForward<f32>(tile, thread);
    case 25: return batchNormForward<f64>(tile, thread);
    case 26: return batchNormBackward<f32>(tile, thread);
    case 27: return batchNormBackward<f64>(tile, thread);
    case 28: return dropout<f32>(tile);
    case 29: return dropout<f64>(tile);
  }
}

// The whole job on the calling thread.
export function runAlone(operation: i32, tiles: i32): void {
  for (let tile = 0; tile < tiles; tile++) execute(operation, tile, 0);
}

// Opens the job to all threads and works on it until no tile is left to claim; then ask `finished`.
export function runTogether(operation: i32, tiles: i32): void {
  store<i32>(OPERATION, operation);
  atomic.store<i32>(DONE, 0);
  const epoch = (atomic.load<i64>(CLAIM) >> 32) + 1;
  atomic.store<i64>(CLAIM, (epoch << 32) | (<i64>tiles << 16));
  if (atomic.load<i32>(SLEEPERS) > 0) atomic.notify(CLAIM + 4, -1);
  claimTiles(0);
}

// Whether all tiles are done, after waiting a little.
export function finished(tiles: i32): bool {
  for (let i = 0; i < SPINS; i++) if (atomic.load<i32>(DONE) == tiles) return true;
  return false;
}

// The life of a worker thread, until it is terminated.
export function work(thread: i32): void {
  for (;;) {
    claimTiles(thread);
    const idle = atomic.load<i64>(CLAIM);
    if (isOpen(idle)) continue;
    let spins = SPINS;
    while (spins > 0 && atomic.load<i64>(CLAIM) == idle) spins--;
    if (spins > 0) continue;
    atomic.add<i32>(SLEEPERS, 1);
    atomic.wait<i32>(CLAIM + 4, <i32>(idle >> 32), -1); // returns at once when the epoch has moved on
    atomic.sub<i32>(SLEEPERS, 1);
  }
}

function claimTiles(thread: i32): void {
  for (;;) {
    const claim = atomic.load<i64>(CLAIM);
    if (!isOpen(claim)) return;
    if (atomic.cmpxchg<i64>(CLAIM, claim, claim + 1) != claim) continue;
    execute(load<i32>(OPERATION), <i32>(claim & 0xffff), thread);
    const done = atomic.add<i32>(DONE, 1) + 1;
    if (thread != 0 && done == <i32>((claim >> 16) & 0xffff)) atomic.notify(DONE, 1);
  }
}

// @ts-ignore: decorator
@inline
function isOpen(claim: i64): bool {
  return (claim & 0xffff) < ((claim >> 16) & 0xffff);
}

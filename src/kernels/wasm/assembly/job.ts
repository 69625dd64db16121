// What a job is: an operation, its arguments, and a number of tiles that any thread may claim.
//
// The control block at the start of memory (byte offsets, each hot word on a cache line of its own):
//   64   claim: i64 = epoch << 32 | tiles << 16 | next tile. One compare-and-swap claims a tile, and can only succeed
//        while the job it was read from still runs, because that tile was still open.
//   128  done: i32, tiles finished
//   192  sleepers: i32, threads waiting for the epoch to change
//   252  operation: i32, which one
//   256  the fields of the job: each operation has a class that names them, in the order of ../operations.ts
//   4096 a partial result per tile, f64 each, for operations that end in one sum
export const CLAIM: usize = 64;
export const DONE: usize = 128;
export const SLEEPERS: usize = 192;
export const OPERATION: usize = 252;
export const FIELDS: usize = 256;
export const PARTIALS: usize = 4096;

// Room of its own for each thread, to pack in.
export const SCRATCH: usize = 65536;
export const SCRATCH_SIZE: usize = 3 << 19;

// a * b + c, in one rounding where this module may use that.
// @ts-ignore: decorator
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

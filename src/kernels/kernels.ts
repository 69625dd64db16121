/**
 * The numeric engine behind every layer: matrix products and row operations over typed arrays and sizes.
 * `loops/` is the definition; any other implementation must agree with it (see `kernels.cases.ts`).
 *
 * Matrices are row-major and dense. Element operations may write onto an input (`out === x`); matrix products may not.
 */
export type FloatArray = Float32Array | Float64Array;
export type KernelsName = "loops" | "wasm" | "blas";

/**
 * `out = act(alpha · op(a)·op(b) + beta · out + bias)`.
 *
 * With `beta` 0 the old `out` is not read, so it may hold anything, NaN included; with `alpha` 0 neither are `a` and `b`.
 */
export interface Gemm<A extends FloatArray = FloatArray> {
  readonly m: number; // rows of out
  readonly n: number; // columns of out
  readonly k: number; // the length summed over
  readonly a: A; // (m, k), or (k, m) with transposeA
  readonly b: A; // (k, n), or (n, k) with transposeB
  readonly out: A; // (m, n)
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly alpha?: number; // default 1
  readonly beta?: number; // default 0
  readonly bias?: A; // (n), added to every row; default none
  readonly relu?: boolean; // max(0, ·) after that; default false
  readonly mask?: A; // (m, n), last: 0 where the mask is not > 0, as in the gradient of relu; default none
}

/**
 * Plain or heavy-ball gradient descent for weights whose gradient is a product, which need never be an array:
 *
 *     velocity ← momentum · velocity + op(a)·op(b) + weightDecay · w,    w ← w − learningRate · velocity
 *     w ← w − learningRate · (op(a)·op(b) + weightDecay · w)             without velocity
 */
export interface WeightStep<A extends FloatArray = FloatArray>
  extends Pick<Gemm<A>, "m" | "n" | "k" | "a" | "b" | "transposeA" | "transposeB"> {
  readonly w: A; // (m, n)
  readonly velocity?: A | undefined; // (m, n); left out without momentum
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Rows of a table of bytes, scaled per channel: `out[i] = bytes[indices[i]] · scale + shift`. */
export interface GatherBytes {
  readonly bytes: Uint8Array; // (any, channels · plane)
  readonly indices: Int32Array; // (N)
  readonly channels: number;
  readonly plane: number; // numbers per channel
  readonly scale: Float32Array; // (channels)
  readonly shift: Float32Array; // (channels)
  readonly out: Float32Array; // (N, channels · plane)
}

/** Plain, heavy-ball or Nesterov gradient descent; see `optim/sgd.ts` for the formulas. */
export interface SgdUpdate<A extends FloatArray = FloatArray> {
  readonly w: A;
  readonly grad?: A; // left out when it has been added to momentum · velocity already
  readonly velocity?: A; // present when momentum is used
  readonly learningRate: number;
  readonly weightDecay?: number; // default 0; this much of w is added to the gradient first
  readonly momentum?: number; // default 0
  readonly nesterov?: boolean;
}

export interface Kernels {
  readonly name: KernelsName;
  /** One line for people: library, version, threads. */
  readonly description: string;
  /**
   * Zeroed memory in which this implementation works fastest. It is used again once the array itself is garbage, so a part of
   * it (`subarray`) must not outlive it; a part of a Tensor (`rows`, `reshape`) may.
   */
  allocate(dtype: "float32", length: number): Float32Array;
  allocate(dtype: "float64", length: number): Float64Array;
  gemm<A extends FloatArray>(product: Gemm<A>): void;
  /**
   * {@link Kernels.gemm}, and the sum of the squares of `b` in float64: what a layer and the penalty on its weights need,
   * computed together because reading large weights takes as long as squaring them.
   */
  gemmWithSquares<A extends FloatArray>(product: Gemm<A>): number;
  /** `out[j] = Σᵢ x[i, j]`; with no rows, zeros. */
  sumRows<A extends FloatArray>(x: A, out: A): void;
  /** `out = max(0, x)`; NaN stays NaN. */
  relu<A extends FloatArray>(x: A, out: A): void;
  /** `gradX = gradOut where out > 0, else 0`; `out` is what {@link Kernels.relu} wrote. */
  reluBackward<A extends FloatArray>(gradOut: A, out: A, gradX: A): void;
  /**
   * Mean cross-entropy of softmax over rows of `columns` scores, and its gradient.
   * @returns the loss, summed in float64
   */
  softmaxLoss<A extends FloatArray>(scores: A, labels: Int32Array, columns: number, gradScores: A): number;
  /** `Σ x²` in float64. */
  sumSquares(x: FloatArray): number;
  /** `out = keep · out + scale · x`; `keep` is 1 when left out. */
  addScaled<A extends FloatArray>(x: A, scale: number, out: A, keep?: number): void;
  sgdUpdate<A extends FloatArray>(update: SgdUpdate<A>): void;
  /** A product and the update it is for, while each part of it is in the cache. */
  weightStep<A extends FloatArray>(step: WeightStep<A>): void;
  gatherBytes(gather: GatherBytes): void;
}

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
  readonly bias?: A | undefined; // (n), added to every row; default none
  readonly relu?: boolean; // max(0, ·) after that; default false
  readonly mask?: A | undefined; // (m, n), last: 0 where the mask is not > 0, as in the gradient of relu; default none
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

/** A product whose result need never be an array. */
export type Product<A extends FloatArray = FloatArray> = Pick<
  Gemm<A>,
  "m" | "n" | "k" | "a" | "b" | "transposeA" | "transposeB"
>;

/** An optimizer's arithmetic on every element, with what it remembers per element (`slots`); formulas in `optim/`. */
export type UpdateRule =
  /** Slots: velocity; none without momentum. */
  | { readonly name: "sgd"; readonly momentum: number; readonly nesterov: boolean }
  /** Slots: square; with momentum velocity too. */
  | { readonly name: "rmsprop"; readonly alpha: number; readonly eps: number; readonly momentum: number }
  /** Slots: sum. */
  | { readonly name: "adagrad"; readonly eps: number }
  /** Slots: mean, square. AdamW where `decoupledDecay` > 0. */
  | {
      readonly name: "adam";
      readonly beta1: number;
      readonly beta2: number;
      readonly eps: number;
      readonly step: number; // 1, 2, …
      readonly decoupledDecay: number;
    };

/** One step of an optimizer for one parameter. */
export interface Update<A extends FloatArray = FloatArray> {
  readonly w: A;
  readonly slots: readonly A[]; // as long as w
  readonly rule: UpdateRule;
  readonly learningRate: number;
  readonly gradient: A | Product<A>;
  readonly scale?: number; // of the gradient; default 1
  readonly weightDecay?: number; // this much of w is added to the scaled gradient; default 0
}

/** Elements that are set to 0 at random; the others grow by 1 / (1 − rate). Which ones is a matter of `key` alone. */
export interface Dropout {
  readonly rate: number; // 0 … <1
  readonly key: number; // 0 … 2³² − 1
}

/** `out = dropout(relu(gamma · (x − mean) / √(variance + eps) + beta))`, mean and variance being those of each column of x. */
export interface BatchNormForward<A extends FloatArray = FloatArray> {
  readonly rows: number;
  readonly columns: number;
  readonly x: A; // (rows, columns)
  readonly gamma: A; // (columns), like all that follow but out
  readonly beta: A;
  readonly eps: number;
  readonly mean: A; // written
  readonly variance: A; // written: the biased one, Σ (x − mean)² / rows
  readonly out: A; // (rows, columns), written; not x
  readonly relu?: boolean; // default false
  readonly dropout?: Dropout; // default none
}

/** The gradients of {@link BatchNormForward}, whose results it takes. */
export interface BatchNormBackward<A extends FloatArray = FloatArray> extends BatchNormForward<A> {
  readonly gradOut: A; // (rows, columns)
  readonly gradX: A; // (rows, columns), written; may be gradOut
  readonly gradGamma: A; // (columns), written
  readonly gradBeta: A; // (columns), written
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
  /** An optimizer's step for one parameter; where the gradient is a product, each part of it is used while it is in the cache. */
  update<A extends FloatArray>(update: Update<A>): void;
  batchNormForward<A extends FloatArray>(job: BatchNormForward<A>): void;
  batchNormBackward<A extends FloatArray>(job: BatchNormBackward<A>): void;
  /** `out = x / (1 − rate)` where an element is kept, else 0; `out` may be `x`. The gradient goes the same way. */
  dropout<A extends FloatArray>(x: A, out: A, dropout: Dropout): void;
  gatherBytes(gather: GatherBytes): void;
}

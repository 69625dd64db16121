/**
 * Fully-connected layer: `out = x·w + b`.
 *
 * Sizes: N examples in the batch, D numbers per example, M outputs per example.
 * Source: CS231n notes, https://cs231n.github.io/optimization-2/ (gradients of matrix products).
 */
import { kernels } from "../kernels/index.ts";
import { checkShape, type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { type Layer, type LayerGradients, type LayerSettings, readSize, type Tensors } from "./layer.ts";
import { type FloatTensor, matmul, newLike } from "./matmul.ts";

export interface FcCache<F extends FloatDType = "float32"> {
  readonly x: Tensor<F>; // (N, D)
  readonly w: Tensor<F>; // (D, M)
}

/**
 * @param x - inputs, (N, D)
 * @param w - weights, (D, M)
 * @param b - biases, (M)
 * @returns `[out, cache]`: out (N, M), and what {@link fcBackward} needs
 * @throws {ShapeError} when the sizes disagree
 */
export function fcForward<F extends FloatDType>(
  x: Tensor<F>,
  w: Tensor<F>,
  b: Tensor<F>,
): [out: Tensor<F>, cache: FcCache<F>] {
  checkShape("fcForward", "w", w, "(D, M)", [-1, -1]);
  const [D = 0, M = 0] = w.shape;
  checkShape("fcForward", "x", x, "(N, D)", [-1, D], ` with D=${D}`);
  checkShape("fcForward", "b", b, "(M)", [M], ` with M=${M}`);
  return [matmul(x, w, { bias: b }), { x, w }];
}

/**
 * `gradX = gradOut·wᵀ`, `gradW = xᵀ·gradOut`, `gradB = Σ over rows of gradOut`.
 *
 * @param gradOut - gradient of the loss with respect to `out`, (N, M)
 * @throws {ShapeError} when `gradOut` is not of the shape of `out`
 */
export function fcBackward<F extends FloatDType>(
  gradOut: Tensor<F>,
  cache: FcCache<F>,
): [gradX: Tensor<F>, gradW: Tensor<F>, gradB: Tensor<F>] {
  const [gradW, gradB] = fcBackwardParameters(gradOut, cache);
  return [matmul(gradOut, cache.w, { transposeB: true }), gradW, gradB]; // (N, M)·(M, D)
}

/** {@link fcBackward} for a first layer, where nobody asks for the gradient of the input. */
export function fcBackwardParameters<F extends FloatDType>(
  gradOut: Tensor<F>,
  { x, w }: FcCache<F>,
): [gradW: Tensor<F>, gradB: Tensor<F>] {
  const [N = 0] = x.shape;
  const [, M = 0] = w.shape;
  checkShape("fcBackward", "gradOut", gradOut, "(N, M)", [N, M], ` with N=${N}, M=${M}`);
  const gradW = matmul(x, gradOut, { transposeA: true }); // (D, N)·(N, M)
  const gradB = newLike(gradOut, [M]);
  kernels().sumRows<FloatTensor["data"]>(gradOut.data, gradB.data); // each bias feeds every row
  return [gradW, gradB];
}

export interface FcLayerOptions<F extends FloatDType = "float32"> {
  readonly w: Tensor<F>; // (D, M)
  readonly b?: Tensor<F> | undefined; // (M); default none
}

/** {@link fcForward} as a part of a network. Weights are decayed, biases are not. */
export class FcLayer<F extends FloatDType = "float32"> implements Layer<F, FcCache<F>> {
  readonly settings: LayerSettings;
  readonly decayed: readonly string[] = ["w"];
  readonly w: Tensor<F>;
  readonly b: Tensor<F> | undefined;

  /** @throws {ShapeError} when the sizes disagree */
  constructor({ w, b }: FcLayerOptions<F>) {
    checkShape("FcLayer", "w", w, "(D, M)", [-1, -1]);
    const [inputDim = 0, outputDim = 0] = w.shape;
    if (b) checkShape("FcLayer", "b", b, "(M)", [outputDim], ` with M=${outputDim}`);
    this.settings = { kind: "fc", inputDim, outputDim, bias: b !== undefined };
    this.w = w;
    this.b = b;
  }

  parameters(): Tensors<F> {
    return { w: this.w, ...(this.b && { b: this.b }) };
  }

  buffers(): Tensors<F> {
    return {};
  }

  forward(x: Tensor<F>): [out: Tensor<F>, cache: FcCache<F>] {
    const b = this.b ?? newLike(this.w, [this.w.shape[1]!]); // zeros
    return fcForward(x, this.w, b);
  }

  backward(gradOut: Tensor<F>, cache: FcCache<F>, wantsGradX: boolean): LayerGradients<F> {
    const [gradX, w, b] = wantsGradX
      ? fcBackward(gradOut, cache)
      : [undefined, ...fcBackwardParameters(gradOut, cache)];
    return { gradX, grads: { w, ...(this.b && { b }) } };
  }
}

/** An empty layer of these settings. */
export function createFcLayer<F extends FloatDType>(settings: LayerSettings, dtype: F): FcLayer<F> {
  const [D, M] = [readSize(settings, "inputDim"), readSize(settings, "outputDim")];
  const empty = (...shape: number[]): Tensor<F> => toKernelMemory(zeros(shape, { dtype }));
  return new FcLayer({ w: empty(D, M), b: settings.bias === false ? undefined : empty(M) });
}

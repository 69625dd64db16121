/**
 * The step of a two-layer net under SGD with nothing in it that the maths does not need: it is what `plainStepper` does
 * (the test says so), in four products. With A the hidden units, S the scores and G a gradient of the loss:
 *
 *     A  = relu(x·W1 + b1)          S  = A·W2 + b2             bias and relu ride in the products
 *     G_A = (G_S·W2ᵀ) where A > 0                              and so does the gradient of relu
 *     velocity ← momentum·velocity + inputᵀ·G + reg·W          and so do penalty and update: there is no array of gradients
 *     W ← W − rate·velocity
 *
 * Nobody asks for the gradient of x, so it is not computed. Buffers are made once per batch size.
 */
import { type FloatArray, type Gemm, kernels } from "../kernels/index.ts";
import type { TwoLayerNet } from "../models/index.ts";
import type { SGD } from "../optim/index.ts";
import { checkShape, type FloatDType, toKernelMemory, zeros } from "../tensor/index.ts";
import type { Stepper } from "./stepper.ts";

interface Buffers {
  readonly hidden: FloatArray; // (N, H)
  readonly gradHidden: FloatArray; // (N, H)
  readonly gradScores: FloatArray; // (N, C), first the scores
  readonly gradB1: FloatArray; // (H)
  readonly gradB2: FloatArray; // (C)
}

/** @param optimizer - heavy-ball or plain, over the parameters of `model` */
export function fusedStepper<F extends FloatDType>(model: TwoLayerNet<F>, optimizer: SGD<F>, reg: number): Stepper<F> {
  const { inputDim: D, numClasses: C, dtype } = model.settings;
  const H = model.b1.size;
  const [W1, b1, W2, b2] = [model.W1, model.b1, model.W2, model.b2].map((w) => w.data as FloatArray) as Four;
  const bySize = new Map<number, Buffers>(); // by N: at most the usual one and a smaller last one
  let pending: { x: FloatArray; N: number } | undefined;

  function buffersFor(N: number): Buffers {
    let buffers = bySize.get(N);
    if (!buffers) {
      if (bySize.size >= 2) bySize.clear();
      const make = (...shape: number[]): FloatArray => toKernelMemory(zeros(shape, { dtype })).data;
      buffers = {
        ...{ hidden: make(N, H), gradHidden: make(N, H), gradScores: make(N, C) },
        ...{ gradB1: make(H), gradB2: make(C) },
      };
      bySize.set(N, buffers);
    }
    return buffers;
  }

  /** A product with weights; @returns the sum of their squares if there is a penalty on it. */
  function layer(product: Gemm): number {
    if (reg > 0) return kernels().gemmWithSquares<FloatArray>(product);
    kernels().gemm<FloatArray>(product);
    return 0;
  }

  /** Penalty, gradient and update of a weight matrix, aᵀ·b being its gradient without the penalty. */
  function updateWeights(name: string, w: FloatArray, { m, n, k }: Sizes, a: FloatArray, b: FloatArray): void {
    const { learningRate, momentum } = optimizer;
    const velocity: FloatArray | undefined = optimizer.velocity[name]?.data;
    const rates = { learningRate, momentum, weightDecay: reg };
    kernels().weightStep<FloatArray>({ m, n, k, a, b, transposeA: true, w, velocity, ...rates });
  }

  function updateBias(name: string, w: FloatArray, grad: FloatArray): void {
    const velocity: FloatArray | undefined = optimizer.velocity[name]?.data;
    const { learningRate, momentum } = optimizer;
    kernels().sgdUpdate<FloatArray>({ w, grad, learningRate, momentum, ...(velocity && { velocity }) });
  }

  return {
    loss(x, labels) {
      checkShape("fusedStepper", "x", x, "(N, D)", [-1, D], ` with D=${D}`);
      const N = x.shape[0]!;
      const { hidden, gradHidden, gradScores, gradB1, gradB2 } = buffersFor(N);
      const { gemm, softmaxLoss, sumRows } = kernels();
      const squares1 = layer({ m: N, n: H, k: D, a: x.data, b: W1, out: hidden, bias: b1, relu: true });
      const squares2 = layer({ m: N, n: C, k: H, a: hidden, b: W2, out: gradScores, bias: b2 });
      const dataLoss = softmaxLoss(gradScores, labels.data, C, gradScores);
      gemm<FloatArray>({ m: N, n: H, k: C, a: gradScores, b: W2, transposeB: true, out: gradHidden, mask: hidden });
      sumRows(gradHidden, gradB1);
      sumRows(gradScores, gradB2);
      const regLoss = (reg / 2) * (squares1 + squares2);
      pending = { x: x.data, N };
      return { loss: dataLoss + regLoss, dataLoss, regLoss };
    },
    update() {
      if (!pending) return;
      const { x, N } = pending;
      const { hidden, gradHidden, gradScores, gradB1, gradB2 } = buffersFor(N);
      updateBias("b1", b1, gradB1);
      updateBias("b2", b2, gradB2);
      updateWeights("W2", W2, { m: H, n: C, k: N }, hidden, gradScores);
      updateWeights("W1", W1, { m: D, n: H, k: N }, x, gradHidden); // last: it drives everything else out of the caches
      pending = undefined;
    },
  };
}

type Four = [FloatArray, FloatArray, FloatArray, FloatArray];
type Sizes = { readonly m: number; readonly n: number; readonly k: number };

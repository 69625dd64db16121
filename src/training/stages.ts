/**
 * A list of layers as stages over buffers made once for a batch of N examples, neighbours run together where one kernel does
 * what several layers say:
 *
 *     fc, relu                      out = relu(x·w + b) in one product; the gradient of relu is the mask of the next product
 *     batchNorm, relu, dropout      one pass over the columns, and one back
 *     anything else                 its own forward and backward
 *
 * The gradient of an fc's weights stays a product xᵀ·gradOut, which an optimizer may take as it is.
 */
import { type FloatArray, type Gemm, kernels } from "../kernels/index.ts";
import {
  ActivationLayer,
  BatchNormLayer,
  DropoutLayer,
  dropoutKey,
  FcLayer,
  type Gradient,
  type Layer,
  type Pass,
} from "../layers/index.ts";
import type { NamedLayer } from "../models/index.ts";
import { type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";

/** What one stage has found out about one parameter. */
export interface ParameterGradient<F extends FloatDType> {
  readonly name: string; // as the model calls it
  readonly isDecayed: boolean;
  gradient: Gradient<F>;
}

/** Some neighbouring layers at one batch size. */
export interface Stage<F extends FloatDType> {
  /** @returns the output, (N, …), in a buffer that the next call overwrites */
  forward(x: Tensor<F>, pass: Pass): Tensor<F>;
  /** @returns the gradient of the input; undefined for the first stage, where nobody asks for it */
  backward(gradOut: Tensor<F>): Tensor<F> | undefined;
  /** Of every parameter, after {@link Stage.backward}; what the rest of the step needs least comes last. */
  readonly gradients: readonly ParameterGradient<F>[];
  /** Σ w² of the decayed parameters, as of the last {@link Stage.forward}. */
  squares(): number;
}

export interface StageOptions<F extends FloatDType> {
  readonly N: number; // examples in a batch
  readonly dtype: F;
  readonly wantsSquares: boolean; // whether squares() will be asked for
}

interface Neighbours {
  readonly isFirst: boolean;
  /** Whether the input is that of a relu whose gradient this stage, an fc, takes into its product. */
  readonly masksInput: boolean;
  readonly isMaskedByNext: boolean; // the same, seen from the stage before
}

/** Layers that one stage runs. */
type Group<F extends FloatDType> = readonly NamedLayer<F>[];

/** Divides a list of layers into the longest groups that one stage can run. */
export function groupLayers<F extends FloatDType>(layers: readonly NamedLayer<F>[]): Group<F>[] {
  const groups: Group<F>[] = [];
  for (let start = 0; start < layers.length; ) {
    let end = start + 1;
    const next = (): Layer<F> | undefined => layers[end]?.layer;
    const first = layers[start]!.layer;
    if (isPlain(first, FcLayer) && isRelu(next())) end++;
    if (isPlain(first, BatchNormLayer)) {
      if (isRelu(next())) end++;
      if (isPlain(next(), DropoutLayer)) end++;
    }
    groups.push(layers.slice(start, end));
    start = end;
  }
  return groups;
}

export function createStages<F extends FloatDType>(groups: readonly Group<F>[], options: StageOptions<F>): Stage<F>[] {
  const isFc = (group: Group<F> | undefined): boolean => isPlain(group?.[0]?.layer, FcLayer);
  const isMasked = (i: number): boolean => isFc(groups[i]) && groups[i]!.length === 2 && isFc(groups[i + 1]);
  return groups.map((group, i) => {
    const neighbours = { isFirst: i === 0, masksInput: i > 0 && isMasked(i - 1), isMaskedByNext: isMasked(i) };
    const { layer } = group[0]!;
    if (isPlain(layer, FcLayer)) return fcStage(layer as FcLayer<F>, group, neighbours, options);
    if (isPlain(layer, BatchNormLayer)) return batchNormStage(layer as BatchNormLayer<F>, group, options);
    return layerStage(group[0]!, neighbours);
  });
}

/** Not a subclass, whose own forward and backward must be called. */
function isPlain<L>(layer: object | undefined, kind: abstract new (...args: never[]) => L): layer is L & object {
  return layer?.constructor === kind;
}

function isRelu(layer: object | undefined): boolean {
  return isPlain(layer, ActivationLayer) && layer.activation === "relu";
}

function fcStage<F extends FloatDType>(
  { w, b }: FcLayer<F>,
  group: Group<F>,
  { isFirst, masksInput, isMaskedByNext }: Neighbours,
  { N, dtype, wantsSquares }: StageOptions<F>,
): Stage<F> {
  const [D = 0, M = 0] = w.shape;
  const relu = group.length === 2;
  const out = buffer([N, M], dtype);
  const gradX = isFirst ? undefined : buffer([N, D], dtype);
  const gradB = b && buffer([M], dtype);
  const { names, layer } = group[0]!;
  const ofW: ParameterGradient<F> = { name: names.w!, isDecayed: layer.decayed.includes("w"), gradient: w };
  const ofB = gradB && { name: names.b!, isDecayed: layer.decayed.includes("b"), gradient: gradB };
  const product = gemmOf(N, M, D, w.data, out.data, { bias: b?.data, relu });
  const transposed = gradX && gemmOf(N, D, M, w.data, gradX.data, { transposeB: true });
  let input: Tensor<F> | undefined;
  let squaresOfW = 0;
  return {
    gradients: ofB ? [ofB, ofW] : [ofW],
    forward(x) {
      input = x;
      product.a = x.data;
      if (wantsSquares && ofW.isDecayed) squaresOfW = kernels().gemmWithSquares<FloatArray>(product);
      else kernels().gemm<FloatArray>(product);
      return out;
    },
    backward(gradOut) {
      if (relu && !isMaskedByNext) kernels().reluBackward<FloatArray>(gradOut.data, out.data, gradOut.data);
      if (gradB) kernels().sumRows<FloatArray>(gradOut.data, gradB.data);
      ofW.gradient = { a: input!, b: gradOut };
      if (!transposed) return undefined;
      transposed.a = gradOut.data;
      transposed.mask = masksInput ? input!.data : undefined;
      kernels().gemm<FloatArray>(transposed);
      return gradX;
    },
    squares: () => squaresOfW + (ofB?.isDecayed ? kernels().sumSquares(b!.data) : 0),
  };
}

function batchNormStage<F extends FloatDType>(
  layer: BatchNormLayer<F>,
  group: Group<F>,
  { N, dtype }: StageOptions<F>,
): Stage<F> {
  const { gamma, beta, eps } = layer;
  const columns = gamma.size;
  const relu = group.some((member) => isRelu(member.layer));
  const dropoutLayer = group.map((member) => member.layer).find((member) => isPlain(member, DropoutLayer));
  const rate = (dropoutLayer as DropoutLayer<F> | undefined)?.rate ?? 0;
  const [out, mean, variance] = [buffer([N, columns], dtype), buffer([columns], dtype), buffer([columns], dtype)];
  const [gradGamma, gradBeta] = [buffer([columns], dtype), buffer([columns], dtype)];
  const same = { rows: N, columns, gamma: gamma.data, beta: beta.data, eps, mean: mean.data, variance: variance.data };
  const { names } = group[0]!;
  const isDecayed = (name: string): boolean => layer.decayed.includes(name);
  const gradients = [
    { name: names.gamma!, isDecayed: isDecayed("gamma"), gradient: gradGamma },
    { name: names.beta!, isDecayed: isDecayed("beta"), gradient: gradBeta },
  ];
  let input: Tensor<F> | undefined;
  let dropout: { rate: number; key: number } | undefined;
  return {
    gradients,
    forward(x, pass) {
      input = x;
      dropout = rate > 0 ? { rate, key: dropoutKey(pass) } : undefined;
      kernels().batchNormForward<FloatArray>({ ...same, x: x.data, out: out.data, relu, ...(dropout && { dropout }) });
      layer.updateRunning(mean, variance, N);
      return out;
    },
    backward(gradOut) {
      kernels().batchNormBackward<FloatArray>({
        ...{ ...same, x: input!.data, out: out.data, relu, ...(dropout && { dropout }) },
        ...{ gradOut: gradOut.data, gradX: gradOut.data, gradGamma: gradGamma.data, gradBeta: gradBeta.data },
      });
      return gradOut;
    },
    squares: () => squaresOf(gradients, { [names.gamma!]: gamma, [names.beta!]: beta }),
  };
}

/** Any layer, by its own forward and backward. */
function layerStage<F extends FloatDType>({ layer, names }: NamedLayer<F>, { isFirst }: Neighbours): Stage<F> {
  const parameters = Object.fromEntries(Object.entries(layer.parameters()).map(([local, w]) => [names[local]!, w]));
  const gradients = Object.entries(layer.parameters()).map(([local, w]) => ({
    ...{ local, name: names[local]!, isDecayed: layer.decayed.includes(local), gradient: w as Gradient<F> },
  }));
  let cache: unknown;
  return {
    gradients,
    forward(x, pass) {
      const [out, saved] = layer.forward(x, pass);
      cache = saved;
      return out;
    },
    backward(gradOut) {
      const { gradX, grads } = layer.backward(gradOut, cache, !isFirst);
      for (const entry of gradients) entry.gradient = grads[entry.local]!;
      return gradX;
    },
    squares: () => squaresOf(gradients, parameters),
  };
}

function squaresOf<F extends FloatDType>(
  gradients: readonly ParameterGradient<F>[],
  parameters: Readonly<Record<string, Tensor<F>>>,
): number {
  let sum = 0;
  for (const { name, isDecayed } of gradients) if (isDecayed) sum += kernels().sumSquares(parameters[name]!.data);
  return sum;
}

/** A product whose first matrix, and mask, are still to come; always of the same fields, which is faster for a small one. */
function gemmOf(
  m: number,
  n: number,
  k: number,
  b: FloatArray,
  out: FloatArray,
  { bias, relu = false, transposeB = false }: { bias?: FloatArray | undefined; relu?: boolean; transposeB?: boolean },
): { -readonly [field in keyof Gemm]: Gemm[field] } {
  return { m, n, k, a: b, b, out, transposeA: false, transposeB, alpha: 1, beta: 0, bias, relu, mask: undefined };
}

function buffer<F extends FloatDType>(shape: readonly number[], dtype: F): Tensor<F> {
  return toKernelMemory(zeros(shape, { dtype }));
}

/**
 * A trained network as a few plain operations on one image of bytes: preprocessing and batch normalisation folded into the weights,
 * dropout left out. What every exported file is written from, and how generated code is checked here.
 */
import { type ImageSize, imageLength, type Preprocessing } from "../data/index.ts";
import { SettingError } from "../errors.ts";
import {
  ActivationLayer,
  BatchNormLayer,
  DropoutLayer,
  FcLayer,
  LayerNormLayer,
  type LayerSettings,
} from "../layers/index.ts";
import type { Classifier } from "../models/index.ts";
import { Tensor } from "../tensor/index.ts";

/** What is exported: a checkpoint has all of it. */
export interface ExportedModel extends Preprocessing {
  readonly model: Classifier;
  readonly image: ImageSize;
  readonly classNames: readonly string[];
  readonly settings: unknown; // JSON, for the metadata
}

export type Operation =
  /** `out = x·w + b`; w is (D, M) */
  | {
      readonly kind: "affine";
      readonly D: number;
      readonly M: number;
      readonly w: Float32Array;
      readonly b: Float32Array;
    }
  | { readonly kind: "activation"; readonly name: ExportedActivation }
  /** `out = scale · x + shift`, per column */
  | { readonly kind: "scale"; readonly scale: Float32Array; readonly shift: Float32Array }
  | { readonly kind: "layerNorm"; readonly gamma: Float32Array; readonly beta: Float32Array; readonly eps: number };

/** Activations that every target knows. */
export const exportedActivations = [
  "relu",
  "leakyRelu",
  "elu",
  "gelu",
  "geluTanh",
  "sigmoid",
  "tanh",
  "swish",
] as const;
export type ExportedActivation = (typeof exportedActivations)[number];

export interface ProgramOptions {
  /** From bytes of images, not from what the model sees; default true. */
  readonly preprocessing?: boolean;
  /** What is said of a layer that only its author knows; default: that it cannot be written as code. */
  readonly refusal?: (settings: LayerSettings) => string;
}

/** @throws {SettingError} for a model that is no list of layers, or a layer that only its author knows */
export function programOf(
  exported: ExportedModel,
  { preprocessing = true, refusal = notCode }: ProgramOptions = {},
): Operation[] {
  const layers = exported.model.layers()?.map(({ layer }) => layer);
  if (!layers) throw new SettingError("export: expected a model that is a list of layers");
  const operations = preprocessing ? preprocessingOf(exported) : [];
  for (const layer of layers) {
    if (layer.constructor === DropoutLayer) continue;
    if (layer.constructor === FcLayer) {
      const { w, b } = layer as FcLayer;
      const [D = 0, M = 0] = w.shape;
      operations.push({
        kind: "affine",
        D,
        M,
        w: Float32Array.from(w.data),
        b: Float32Array.from(b?.data ?? new Float32Array(M)),
      });
    } else if (layer.constructor === BatchNormLayer) operations.push(scaleOf(layer as BatchNormLayer));
    else if (layer.constructor === LayerNormLayer) {
      const { gamma, beta, settings } = layer as LayerNormLayer;
      operations.push({
        kind: "layerNorm",
        gamma: Float32Array.from(gamma.data),
        beta: Float32Array.from(beta.data),
        eps: Number(settings.eps),
      });
    } else if (layer.constructor === ActivationLayer && isExported((layer as ActivationLayer).activation))
      operations.push({ kind: "activation", name: (layer as ActivationLayer).activation as ExportedActivation });
    else throw new SettingError(`export: ${refusal(layer.settings)}`);
  }
  return folded(operations);
}

function isExported(name: string): boolean {
  return (exportedActivations as readonly string[]).includes(name);
}

function notCode({ kind, activation = "" }: LayerSettings): string {
  return `layer ${`${kind} ${activation}`.trim()} cannot be written as code; only its author knows it`;
}

/** What batch normalisation is after training: its statistics are fixed. */
function scaleOf({ gamma, beta, runningMean, runningVariance, eps }: BatchNormLayer): Scale {
  const scale = Array.from(gamma.data, (g, j) => g / Math.sqrt(runningVariance.data[j]! + eps));
  const shift = scale.map((one, j) => beta.data[j]! - one * runningMean.data[j]!);
  return { kind: "scale", scale: Float32Array.from(scale), shift: Float32Array.from(shift) };
}

/** Bytes to what the model sees. */
function preprocessingOf({ image, normalization, whitening }: ExportedModel): Operation[] {
  const D = imageLength(image);
  const plane = image.height * image.width;
  const of = (value: (c: number) => number): Float32Array =>
    Float32Array.from({ length: D }, (_, d) => value(Math.floor(d / plane)));
  const { mean, std } = normalization ?? { mean: [], std: [] };
  const scale: Operation = {
    kind: "scale",
    scale: of((c) => 1 / (255 * (std[c] ?? 1))),
    shift: of((c) => -(mean[c] ?? 0) / (std[c] ?? 1)),
  };
  if (!whitening) return [scale];
  const M = whitening.components.shape[1]!;
  const w = Float32Array.from(whitening.components.data);
  const b = new Float32Array(M);
  for (let j = 0; j < M; j++) {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += whitening.mean.data[d]! * w[d * M + j]!;
    b[j] = -sum;
  }
  return [scale, { kind: "affine", D, M, w, b }];
}

/** Scales before and after a product become part of it, and two products with nothing between them one. */
function folded(operations: readonly Operation[]): Operation[] {
  const out: Operation[] = [];
  for (const operation of operations) {
    const last = out.at(-1);
    if (operation.kind === "affine" && last?.kind === "scale") out.splice(-1, 1, afterScale(last, operation));
    else if (operation.kind === "scale" && last?.kind === "affine") out.splice(-1, 1, beforeScale(last, operation));
    else out.push(operation);
  }
  return out;
}

type Affine = Extract<Operation, { kind: "affine" }>;
type Scale = Extract<Operation, { kind: "scale" }>;

function afterScale({ scale, shift }: Scale, { D, M, w, b }: Affine): Affine {
  const sums = Float64Array.from(b);
  for (let d = 0; d < D; d++) for (let j = 0; j < M; j++) sums[j]! += shift[d]! * w[d * M + j]!;
  return {
    kind: "affine",
    D,
    M,
    w: w.map((value, i) => value * scale[Math.floor(i / M)]!),
    b: Float32Array.from(sums),
  };
}

function beforeScale({ D, M, w, b }: Affine, { scale, shift }: Scale): Affine {
  return {
    kind: "affine",
    D,
    M,
    w: w.map((value, i) => value * scale[i % M]!),
    b: b.map((value, j) => value * scale[j]! + shift[j]!),
  };
}

/** The scores of one image, bytes in planes. */
export function runProgram(operations: readonly Operation[], pixels: ArrayLike<number>): Float32Array {
  let x: Float32Array = Float32Array.from(pixels);
  for (const operation of operations) {
    if (operation.kind === "affine") {
      const { D, M, w, b } = operation;
      const sums = Float64Array.from(b);
      for (let d = 0; d < D; d++) {
        const value = x[d]!;
        if (value !== 0) for (let j = 0; j < M; j++) sums[j]! += value * w[d * M + j]!;
      }
      x = Float32Array.from(sums);
    } else if (operation.kind === "scale") x = x.map((value, j) => value * operation.scale[j]! + operation.shift[j]!);
    else if (operation.kind === "layerNorm") x = normalize(x, operation);
    else {
      const activation = new ActivationLayer({ activation: operation.name });
      x = Float32Array.from(activation.forward(new Tensor(x, [1, x.length], "float32"))[0].data);
    }
  }
  return x;
}

function normalize(x: Float32Array, { gamma, beta, eps }: Extract<Operation, { kind: "layerNorm" }>): Float32Array {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, j) => ((value - mean) / Math.sqrt(variance + eps)) * gamma[j]! + beta[j]!);
}

/** Weights as whole numbers −127…127 and one factor per column. */
export function quantized({ M, w }: Affine): { values: Int8Array; factors: Float32Array } {
  const factors = new Float32Array(M);
  for (let i = 0; i < w.length; i++) factors[i % M] = Math.max(factors[i % M]!, Math.abs(w[i]!) / 127);
  return { values: Int8Array.from(w, (value, i) => Math.round(value / (factors[i % M]! || 1))), factors };
}

/** The program that 8-bit weights give. */
export function withQuantizedWeights(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => {
    if (operation.kind !== "affine") return operation;
    const { values, factors } = quantized(operation);
    return { ...operation, w: Float32Array.from(values, (value, i) => value * factors[i % operation.M]!) };
  });
}

/**
 * A trained network as an ONNX file, which other runtimes run: batches of any size, batch normalisation folded into the layer before
 * it, dropout left out, class names and settings as metadata.
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers), https://onnx.ai/onnx/operators/ (opset 17)
 */
import { type ImageSize, imageLength, type Preprocessing } from "../data/index.ts";
import { SettingError } from "../errors.ts";
import { ActivationLayer, BatchNormLayer, DropoutLayer, FcLayer, type Layer, LayerNormLayer } from "../layers/index.ts";
import type { Classifier } from "../models/index.ts";
import { bytes, type Field, float, int, join } from "./protobuf.ts";

export interface OnnxOptions {
  /**
   * `scaled`: floats (N, D), as the model sees them; the caller does the preprocessing. `uint8`: images of bytes (N, C, H, W), the
   * preprocessing inside.
   */
  readonly input: "scaled" | "uint8";
  readonly output: "probabilities" | "scores";
}

/** What is exported: a checkpoint has all of it. */
export interface ExportedModel extends Preprocessing {
  readonly model: Classifier;
  readonly image: ImageSize;
  readonly classNames: readonly string[];
  readonly settings: unknown; // JSON, for the metadata
}

const dataType = { float: 1, uint8: 2, int64: 7 } as const;

/** @throws {SettingError} for a model that is no list of layers, or a layer that only its author knows */
export function formatOnnx(exported: ExportedModel, { input, output }: OnnxOptions): Uint8Array {
  const graph = new GraphWriter();
  const { model, image, classNames, settings } = exported;
  let name = "input";
  if (input === "uint8") name = preprocess(graph, name, exported);
  const layers = model.layers()?.map(({ layer }) => layer);
  if (!layers) throw new SettingError("export: expected a model that is a list of layers");
  for (let i = 0; i < layers.length; i++) {
    const [layer, next] = [layers[i]!, layers[i + 1]];
    if (layer instanceof FcLayer && next instanceof BatchNormLayer) {
      name = fc(graph, name, layer, affineOf(next));
      i++;
    } else name = write(graph, name, layer);
  }
  if (output === "probabilities")
    name = graph.node("Softmax", [name], [bytes(5, [bytes(1, "axis"), int(3, 1), int(20, 2)])]);
  graph.node("Identity", [name], [], output);
  const C = classNames.length;
  const dims = input === "uint8" ? [image.channels, image.height, image.width] : [model.settings.inputDim];
  const metadata = { classNames, image, settings, input, output };
  return join([
    int(1, 8), // the version of the format
    bytes(2, "chainrule"),
    bytes(7, [
      ...graph.fields,
      bytes(2, "network"),
      bytes(11, valueInfo("input", input === "uint8" ? dataType.uint8 : dataType.float, dims)),
      bytes(12, valueInfo(output, dataType.float, [C])),
    ]),
    bytes(8, [bytes(1, ""), int(2, 17)]),
    ...Object.entries(metadata).map(([key, value]) => bytes(14, [bytes(1, key), bytes(2, JSON.stringify(value))])),
  ]);
}

/** Nodes and constants, each under a name of its own. */
class GraphWriter {
  readonly fields: Field[] = [];
  #count = 0;

  /** @returns the name of what the node computes */
  node(operator: string, inputs: readonly string[], attributes: readonly Field[] = [], output?: string): string {
    const name = output ?? `${operator.toLowerCase()}_${++this.#count}`;
    this.fields.push(
      bytes(1, [
        ...inputs.map((one) => bytes(1, one)),
        bytes(2, name),
        bytes(3, name),
        bytes(4, operator),
        ...attributes,
      ]),
    );
    return name;
  }

  constant(data: ArrayLike<number>, dims: readonly number[], what: string): string {
    const name = `${what}_${++this.#count}`;
    const values = Float32Array.from(data);
    this.fields.push(this.#tensor(name, dataType.float, dims, new Uint8Array(values.buffer)));
    return name;
  }

  shape(dims: readonly number[]): string {
    const name = `shape_${++this.#count}`;
    const raw = BigInt64Array.from(dims, BigInt);
    this.fields.push(this.#tensor(name, dataType.int64, [dims.length], new Uint8Array(raw.buffer)));
    return name;
  }

  #tensor(name: string, type: number, dims: readonly number[], raw: Uint8Array): Field {
    return bytes(5, [...dims.map((dim) => int(1, dim)), int(2, type), bytes(8, name), bytes(9, raw)]);
  }
}

function valueInfo(name: string, type: number, dims: readonly number[]): Field[] {
  const shape = [bytes(1, [bytes(2, "N")]), ...dims.map((dim) => bytes(1, [int(1, dim)]))];
  return [bytes(1, name), bytes(2, [bytes(1, [int(1, type), bytes(2, shape)])])];
}

const cast = [bytes(5, [bytes(1, "to"), int(3, dataType.float), int(20, 2)])];

/** Bytes of images to what the model sees. */
function preprocess(graph: GraphWriter, input: string, { image, normalization, whitening }: ExportedModel): string {
  const { channels } = image;
  const floats = graph.node("Cast", [input], cast);
  const { mean, std } = normalization ?? { mean: Array(channels).fill(0), std: Array(channels).fill(1) };
  const perChannel = [1, channels, 1, 1];
  const scale = graph.constant(
    std.map((one) => 1 / (255 * one)),
    perChannel,
    "scale",
  );
  const shift = graph.constant(
    mean.map((one, c) => -one / std[c]!),
    perChannel,
    "shift",
  );
  const scaled = graph.node("Add", [graph.node("Mul", [floats, scale]), shift]);
  const flat = graph.node("Reshape", [scaled, graph.shape([-1, imageLength(image)])]);
  if (!whitening) return flat;
  const centred = graph.node("Sub", [flat, graph.constant(whitening.mean.data, [1, imageLength(image)], "mean")]);
  const { shape, data } = whitening.components;
  return graph.node("MatMul", [centred, graph.constant(data, shape, "components")]);
}

/** `out = scale · x + shift`, per column. */
interface Affine {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

/** What batch normalisation is after training: its statistics are fixed. */
export function affineOf({ gamma, beta, runningMean, runningVariance, eps }: BatchNormLayer): Affine {
  const scale = Array.from(gamma.data, (g, j) => g / Math.sqrt(runningVariance.data[j]! + eps));
  return { scale, shift: scale.map((one, j) => beta.data[j]! - one * runningMean.data[j]!) };
}

function fc(graph: GraphWriter, input: string, { w, b }: FcLayer, after?: Affine): string {
  const [D = 0, M = 0] = w.shape;
  const scaleOf = (j: number): number => after?.scale[j] ?? 1;
  const weights = Float32Array.from({ length: D * M }, (_, i) => w.data[i]! * scaleOf(i % M));
  const biases = Float32Array.from({ length: M }, (_, j) => (b?.data[j] ?? 0) * scaleOf(j) + (after?.shift[j] ?? 0));
  return graph.node("Gemm", [input, graph.constant(weights, [D, M], "w"), graph.constant(biases, [M], "b")]);
}

function write(graph: GraphWriter, input: string, layer: Layer): string {
  if (layer.constructor === DropoutLayer) return input;
  if (layer.constructor === FcLayer) return fc(graph, input, layer as FcLayer);
  if (layer.constructor === ActivationLayer) return activation(graph, input, (layer as ActivationLayer).activation);
  if (layer.constructor === BatchNormLayer) {
    const { scale, shift } = affineOf(layer as BatchNormLayer);
    const times = graph.node("Mul", [input, graph.constant(scale, [1, scale.length], "scale")]);
    return graph.node("Add", [times, graph.constant(shift, [1, shift.length], "shift")]);
  }
  if (layer.constructor === LayerNormLayer) {
    const { gamma, beta, settings } = layer as LayerNormLayer;
    const constants = [gamma, beta].map(({ data, size }, i) =>
      graph.constant(data, [size], i === 0 ? "gamma" : "beta"),
    );
    return graph.node("LayerNormalization", [input, ...constants], [attribute("epsilon", Number(settings.eps))]);
  }
  throw new SettingError(
    `export: layer ${layer.settings.kind} is not one that ONNX has; export the network without it`,
  );
}

function attribute(name: string, value: number): Field {
  return bytes(5, [bytes(1, name), float(2, value), int(20, 1)]);
}

function activation(graph: GraphWriter, x: string, name: string): string {
  const number = (value: number): string => graph.constant([value], [1], "number");
  const times = (a: string, b: string): string => graph.node("Mul", [a, b]);
  const plus = (a: string, b: string): string => graph.node("Add", [a, b]);
  switch (name) {
    case "relu":
    case "sigmoid":
    case "tanh":
      return graph.node(`${name[0]!.toUpperCase()}${name.slice(1)}`, [x]);
    case "leakyRelu":
      return graph.node("LeakyRelu", [x], [attribute("alpha", 0.01)]);
    case "elu":
      return graph.node("Elu", [x], [attribute("alpha", 1)]);
    case "swish":
      return times(x, graph.node("Sigmoid", [x]));
    case "gelu": {
      const erf = graph.node("Erf", [times(x, number(Math.SQRT1_2))]);
      return times(times(x, number(0.5)), plus(erf, number(1)));
    }
    case "geluTanh": {
      const cube = times(times(x, x), times(x, number(0.044715)));
      const t = graph.node("Tanh", [times(plus(x, cube), number(Math.sqrt(2 / Math.PI)))]);
      return times(times(x, number(0.5)), plus(t, number(1)));
    }
    default:
      throw new SettingError(`export: activation ${name} is not one that ONNX has; train with another`);
  }
}

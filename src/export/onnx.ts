/**
 * A trained network as an ONNX file, which other runtimes run: batches of any size, preprocessing and batch normalisation folded
 * into the weights, dropout left out, class names and settings as metadata.
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers), https://onnx.ai/onnx/operators/ (opset 17)
 */
import { imageLength } from "../data/index.ts";
import type { LayerSettings } from "../layers/index.ts";
import { type ExportedActivation, type ExportedModel, type Operation, programOf } from "./program.ts";
import { bytes, type Field, float, int, join } from "./protobuf.ts";

export interface OnnxOptions {
  /**
   * `scaled`: floats (N, D), as the model sees them; the caller does the preprocessing. `uint8`: images of bytes (N, C, H, W), the
   * preprocessing inside.
   */
  readonly input: "scaled" | "uint8";
  readonly output: "probabilities" | "scores";
}

const dataType = { float: 1, uint8: 2, int64: 7 } as const;

/** @throws {SettingError} for a model that is no list of layers, or a layer that only its author knows */
export function formatOnnx(exported: ExportedModel, { input, output }: OnnxOptions): Uint8Array {
  const graph = new GraphWriter();
  const { model, image, classNames, settings } = exported;
  let name = "input";
  if (input === "uint8")
    name = graph.node("Reshape", [graph.node("Cast", [name], cast), graph.shape([-1, imageLength(image)])]);
  for (const operation of programOf(exported, { preprocessing: input === "uint8", refusal }))
    name = write(graph, name, operation);
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

function refusal({ kind, activation }: LayerSettings): string {
  return activation === undefined
    ? `layer ${kind} is not one that ONNX has; export the network without it`
    : `activation ${activation} is not one that ONNX has; train with another`;
}

function write(graph: GraphWriter, input: string, operation: Operation): string {
  switch (operation.kind) {
    case "affine": {
      const { D, M, w, b } = operation;
      return graph.node("Gemm", [input, graph.constant(w, [D, M], "w"), graph.constant(b, [M], "b")]);
    }
    case "activation":
      return activations[operation.name](graph, input);
    case "scale": {
      const { scale, shift } = operation;
      const times = graph.node("Mul", [input, graph.constant(scale, [1, scale.length], "scale")]);
      return graph.node("Add", [times, graph.constant(shift, [1, shift.length], "shift")]);
    }
    case "layerNorm": {
      const { gamma, beta, eps } = operation;
      const constants = [graph.constant(gamma, [gamma.length], "gamma"), graph.constant(beta, [beta.length], "beta")];
      return graph.node("LayerNormalization", [input, ...constants], [attribute("epsilon", eps)]);
    }
  }
}

function attribute(name: string, value: number): Field {
  return bytes(5, [bytes(1, name), float(2, value), int(20, 1)]);
}

function number(graph: GraphWriter, value: number): string {
  return graph.constant([value], [1], "number");
}

const activations: Readonly<Record<ExportedActivation, (graph: GraphWriter, x: string) => string>> = {
  relu: (graph, x) => graph.node("Relu", [x]),
  sigmoid: (graph, x) => graph.node("Sigmoid", [x]),
  tanh: (graph, x) => graph.node("Tanh", [x]),
  leakyRelu: (graph, x) => graph.node("LeakyRelu", [x], [attribute("alpha", 0.01)]),
  elu: (graph, x) => graph.node("Elu", [x], [attribute("alpha", 1)]),
  swish: (graph, x) => graph.node("Mul", [x, graph.node("Sigmoid", [x])]),
  gelu(graph, x) {
    const erf = graph.node("Erf", [graph.node("Mul", [x, number(graph, Math.SQRT1_2)])]);
    return halfTimesOnePlus(graph, x, erf);
  },
  geluTanh(graph, x) {
    const times = (a: string, b: string): string => graph.node("Mul", [a, b]);
    const cube = times(times(x, x), times(x, number(graph, 0.044715)));
    const inside = times(graph.node("Add", [x, cube]), number(graph, Math.sqrt(2 / Math.PI)));
    return halfTimesOnePlus(graph, x, graph.node("Tanh", [inside]));
  },
};

/** `x / 2 · (1 + y)` */
function halfTimesOnePlus(graph: GraphWriter, x: string, y: string): string {
  const [half, sum] = [graph.node("Mul", [x, number(graph, 0.5)]), graph.node("Add", [y, number(graph, 1)])];
  return graph.node("Mul", [half, sum]);
}

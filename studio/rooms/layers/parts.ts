/** The layers, activations and losses of the room: what each takes, what it computes, and where its source is. */

import { activationPair } from "../../../src/layers/activations.ts";
import {
  activationNames,
  batchNormBackward,
  batchNormForward,
  dropoutBackward,
  dropoutForward,
  fcBackward,
  fcForward,
  l2Loss,
  l2Regularization,
  layerNormBackward,
  layerNormForward,
  softmax,
  softmaxLoss,
  softTargetLoss,
} from "../../../src/layers/index.ts";
import { type Tensor, tensor } from "../../../src/tensor/index.ts";

export type Numbers = Tensor<"float64">;

/** Numbers that the person may edit. */
export interface Input {
  readonly rows: readonly (readonly number[])[];
  /** One row that is a vector, not a matrix of one row. */
  readonly isVector?: boolean;
  /** Labels and targets: no gradient is asked for. */
  readonly isGiven?: boolean;
  /** Whole numbers from 0 up to this one. */
  readonly most?: number;
}

export interface Setting {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** A file of the library, and the declarations in it that are shown; all of it without them. */
export interface Source {
  readonly file: string;
  readonly names?: readonly string[];
}

/** What a part makes of its inputs: an output to weigh with a gradient from above, or a loss. */
export interface Computed {
  readonly out?: Numbers;
  readonly loss?: number;
  /** Worth seeing beside it. */
  readonly also?: Readonly<Record<string, Numbers>>;
  /** One gradient for each input that is not given, in their order. */
  backward(gradOut: Numbers): readonly Numbers[];
}

export interface Part {
  readonly title: string;
  readonly group: "Layers" | "Activations" | "Losses";
  readonly about: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly settings: Readonly<Record<string, Setting>>;
  readonly sources: readonly Source[];
  compute(inputs: Readonly<Record<string, Numbers>>, settings: Readonly<Record<string, number>>): Computed;
}

const batch = [
  [1, -2, 0.5],
  [0, 1.5, -1],
];
const normalized: Readonly<Record<string, Input>> = {
  x: { rows: [...batch, [2, 0.5, 1.5]] },
  gamma: { rows: [[1, 2, 0.5]], isVector: true },
  beta: { rows: [[0, 0.5, -1]], isVector: true },
};
const scores: Input = {
  rows: [
    [2, 1, -1],
    [0.5, 2.5, 0],
  ],
};
const share = (value: number): Setting => ({ value, min: 0, max: 0.95, step: 0.05 });

const layers: Readonly<Record<string, Part>> = {
  fc: {
    title: "Fully connected",
    group: "Layers",
    about: "Every output is a weighted sum of all inputs, plus a bias. Both gradients are matrix products again.",
    inputs: {
      x: { rows: batch },
      w: {
        rows: [
          [0.5, -1],
          [1, 0.25],
          [-0.5, 2],
        ],
      },
      b: { rows: [[0.1, -0.2]], isVector: true },
    },
    settings: {},
    sources: [{ file: "layers/fc.ts", names: ["fcForward", "fcBackward", "fcBackwardParameters"] }],
    compute({ x, w, b }) {
      const [out, cache] = fcForward(x!, w!, b!);
      return { out, backward: (g) => fcBackward(g, cache) };
    },
  },
  batchNorm: {
    title: "Batch norm",
    group: "Layers",
    about:
      "Each column gets mean 0 and variance 1 over the batch, then a scale and a shift that are learned. One number changes the whole column, so every gradient of a column has three parts.",
    inputs: normalized,
    settings: {},
    sources: [{ file: "kernels/loops/batch-norm.ts", names: ["batchNormForward", "batchNormBackward"] }],
    compute({ x, gamma, beta }) {
      const [out, cache] = batchNormForward(x!, gamma!, beta!);
      return { out, backward: (g) => batchNormBackward(g, cache) };
    },
  },
  layerNorm: {
    title: "Layer norm",
    group: "Layers",
    about:
      "As batch norm, but each example over its own row: the same in training and afterwards, for batches of any size.",
    inputs: normalized,
    settings: {},
    sources: [{ file: "layers/layer-norm.ts", names: ["layerNormForward", "layerNormBackward"] }],
    compute({ x, gamma, beta }) {
      const [out, cache] = layerNormForward(x!, gamma!, beta!);
      return { out, backward: (g) => layerNormBackward(g, cache) };
    },
  },
  dropout: {
    title: "Dropout",
    group: "Layers",
    about:
      "Drops elements by chance and enlarges the others, so that the sum stays the same on average. The key decides which: the way back drops the same ones.",
    inputs: { x: { rows: [...batch, [2, 0.5, 1.5]] } },
    settings: { rate: share(0.4), key: { value: 442, min: 0, max: 4_294_967_295, step: 1 } },
    sources: [
      { file: "layers/dropout.ts", names: ["dropoutForward", "dropoutBackward"] },
      { file: "kernels/loops/dropout.ts", names: ["isKept", "dropout"] },
    ],
    compute({ x }, { rate = 0, key = 0 }) {
      const [out, cache] = dropoutForward(x!, { rate, key });
      return { out, backward: (g) => [dropoutBackward(g, cache)] };
    },
  },
};

const activationTexts: Readonly<Record<string, readonly [title: string, file: string, about: string]>> = {
  relu: [
    "ReLU",
    "relu",
    "Lets positive numbers through and stops the others. At 0 it has a kink: there the derivative is taken as 0.",
  ],
  leakyRelu: [
    "Leaky ReLU",
    "leaky-relu",
    "A ReLU that lets a hundredth of negative numbers through, so that no unit is dead for good.",
  ],
  elu: ["ELU", "elu", "Bends smoothly towards −1 for negative numbers."],
  gelu: ["GELU", "gelu", "Weighs x by the chance that a normal number is below it."],
  geluTanh: ["GELU, with tanh", "gelu", "The approximation of GELU that many published networks were trained with."],
  sigmoid: ["Sigmoid", "sigmoid", "From 0 to 1. Its slope is at most ¼, so gradients shrink at each layer."],
  tanh: ["Tanh", "tanh", "From −1 to 1, with slope 1 at 0; flat where x is large."],
  swish: ["Swish", "swish", "x times its own sigmoid: a smooth ReLU that dips a little below 0."],
};

/** An activation that has been registered by somebody else gets an entry too. */
function activation(name: string): Part {
  const [title, file, about] = activationTexts[name] ?? [name, undefined, "An activation of your own."];
  const loops: readonly Source[] =
    name === "relu" ? [{ file: "kernels/loops/loops.ts", names: ["relu", "reluBackward"] }] : [];
  return {
    title,
    group: "Activations",
    about,
    inputs: { x: { rows: [[-2, -0.5, 0.5, 2]] } },
    settings: {},
    sources: file === undefined ? [] : [{ file: `layers/${file}.ts` }, ...loops],
    compute({ x }) {
      const { forward, backward } = activationPair(name);
      const [out, cache] = forward(x!);
      return { out, backward: (g) => [backward(g, cache)] };
    },
  };
}

const losses: Readonly<Record<string, Part>> = {
  softmaxLoss: {
    title: "Softmax cross-entropy",
    group: "Losses",
    about:
      "Scores become probabilities; the loss is how surprised they are by the right class. The gradient is simply probability minus target.",
    inputs: { scores, labels: { rows: [[0, 2]], isVector: true, isGiven: true, most: 2 } },
    settings: { smoothing: share(0) },
    sources: [
      { file: "layers/softmax-loss.ts", names: ["softmaxLoss"] },
      { file: "kernels/loops/softmax-loss.ts", names: ["softmaxLoss"] },
    ],
    compute({ scores, labels }, { smoothing = 0 }) {
      const [loss, grad] = softmaxLoss(scores!, Int32Array.from(labels!.data), { smoothing });
      return { loss, also: { probabilities: softmax(scores!) }, backward: () => [grad] };
    },
  },
  softTargetLoss: {
    title: "Cross-entropy with soft targets",
    group: "Losses",
    about: "The same loss against a share of every class: what label smoothing and mixed images ask for.",
    inputs: {
      scores,
      targets: {
        rows: [
          [0.8, 0.1, 0.1],
          [0, 0.3, 0.7],
        ],
        isGiven: true,
      },
    },
    settings: { smoothing: share(0) },
    sources: [{ file: "layers/soft-targets.ts", names: ["softTargetLoss", "softTargetLossInto"] }],
    compute({ scores, targets }, { smoothing = 0 }) {
      const [loss, grad] = softTargetLoss(scores!, targets!, { smoothing });
      return { loss, also: { probabilities: softmax(scores!) }, backward: () => [grad] };
    },
  },
  l2Loss: {
    title: "Squared distance",
    group: "Losses",
    about: "Half the squared distance, averaged over the batch; the half makes the gradient a plain difference.",
    inputs: {
      x: { rows: batch },
      y: {
        rows: [
          [0.5, -1, 0],
          [0, 1, 1],
        ],
        isGiven: true,
      },
    },
    settings: {},
    sources: [{ file: "layers/l2.ts", names: ["l2Loss"] }],
    compute({ x, y }) {
      const [loss, grad] = l2Loss(x!, y!);
      return { loss, backward: () => [grad] };
    },
  },
  l2Regularization: {
    title: "L2 penalty",
    group: "Losses",
    about: "Pulls each weight towards 0, the harder the larger it is.",
    inputs: { w: { rows: batch } },
    settings: { reg: { value: 0.1, min: 0, max: 10, step: 0.05 } },
    sources: [{ file: "layers/l2.ts", names: ["l2Regularization", "addL2Penalty"] }],
    compute({ w }, { reg = 0 }) {
      const [loss, grad] = l2Regularization(w!, reg);
      return { loss, backward: () => [grad] };
    },
  },
};

export const parts: Readonly<Record<string, Part>> = {
  ...layers,
  ...Object.fromEntries(activationNames().map((name) => [name, activation(name)])),
  ...losses,
};

/** The numbers of an input as the layers take them. */
export function toTensor({ isVector }: Input, rows: readonly (readonly number[])[]): Numbers {
  return isVector
    ? tensor([...rows[0]!], { dtype: "float64" })
    : tensor(
        rows.map((row) => [...row]),
        { dtype: "float64" },
      );
}

/** `1,2;3,4`: rows in the URL. */
export function formatRows(rows: readonly (readonly number[])[]): string {
  return rows.map((row) => row.join(",")).join(";");
}

/** Rows from the URL; undefined for anything that is not of the shape and range of `input`. */
export function parseRows(text: string, { rows, most }: Input): number[][] | undefined {
  const read = text
    .split(";")
    .map((row) => row.split(",").map((cell) => (cell.trim() === "" ? Number.NaN : Number(cell))));
  const isSame = read.length === rows.length && read.every((row, i) => row.length === rows[i]!.length);
  const isRight = (v: number): boolean =>
    most === undefined ? Number.isFinite(v) : Number.isInteger(v) && v >= 0 && v <= most;
  return isSame && read.flat().every(isRight) ? read : undefined;
}

import { fcBackward, fcForward } from "../../../layers/index.ts";
import { createRng, type Rng, randn, zeros } from "../../../tensor/index.ts";
import type { Case, Mistake, Task } from "../../task.ts";
import { forwardStep, passes, randomParameters } from "../nets.ts";
import { map, normal, type T } from "../numbers.ts";

interface Options {
  readonly inputDim: number;
  readonly hiddenDims: readonly number[];
  readonly numClasses: number;
  readonly weightScale: number;
  readonly rng: Rng;
}

/** Any number of fully-connected layers with a relu between each two. */
class Net {
  readonly all: Record<string, T> = {};
  readonly depth: number;

  constructor({ inputDim, hiddenDims, numClasses, weightScale, rng }: Options) {
    const dims = [inputDim, ...hiddenDims, numClasses];
    this.depth = dims.length - 1;
    for (let i = 1; i < dims.length; i++) {
      this.all[`W${i}`] = randn([dims[i - 1]!, dims[i]!], { rng, scale: weightScale, dtype: "float64" });
      this.all[`b${i}`] = zeros([dims[i]!], { dtype: "float64" });
    }
  }

  parameters(): Record<string, T> {
    return this.all;
  }

  isActivated(layer: number): boolean {
    return layer < this.depth;
  }

  forward(x: T): [scores: T, cache: { inputs: T[]; outs: T[] }] {
    const inputs: T[] = [];
    const outs: T[] = [];
    for (let i = 1; i <= this.depth; i++) {
      inputs.push(x);
      const out = fcForward(x, this.all[`W${i}`]!, this.all[`b${i}`]!)[0] as T;
      outs.push(out);
      x = this.isActivated(i) ? map(out, (value) => Math.max(0, value)) : out;
    }
    return [x, { inputs, outs }];
  }

  isMasked(layer: number): boolean {
    return this.isActivated(layer);
  }

  backward(grad: T, { inputs, outs }: { inputs: T[]; outs: T[] }): Record<string, T> {
    const grads: Record<string, T> = {};
    for (let i = this.depth; i >= 1; i--) {
      if (this.isMasked(i)) grad = map(grad, (g, j) => (outs[i - 1]!.data[j]! > 0 ? g : 0));
      const [gradX, gradW, gradB] = fcBackward(grad, { x: inputs[i - 1]!, w: this.all[`W${i}`]! }) as [T, T, T];
      grads[`W${i}`] = gradW;
      grads[`b${i}`] = gradB;
      grad = gradX;
    }
    return grads;
  }
}

const mistakes: readonly Mistake[] = [
  {
    id: "relu-after-scores",
    says: "scores may be negative: no relu after the last layer",
    module: {
      MultiLayerNet: class extends Net {
        override isActivated(): boolean {
          return true;
        }
      },
    },
  },
  {
    id: "relu-forgotten",
    says: "between each two layers stands a relu",
    module: {
      MultiLayerNet: class extends Net {
        override isActivated(): boolean {
          return false;
        }
      },
    },
  },
  {
    id: "relu-forgotten",
    says: "there is a relu after the first hidden layer, but not after the others",
    module: {
      MultiLayerNet: class extends Net {
        override isActivated(layer: number): boolean {
          return layer === 1 && layer < this.depth;
        }
      },
    },
  },
  {
    id: "relu-backward-forgotten",
    says: "on the way back the gradient passes through each relu too",
    module: {
      MultiLayerNet: class extends Net {
        override isMasked(): boolean {
          return false;
        }
      },
    },
  },
];

function passesOf(rng: Rng, hiddenDims: readonly number[], isBackward: boolean): Case {
  const [N, D, C] = [3, 4, 3];
  const options = { inputDim: D, hiddenDims, numClasses: C, weightScale: 0.1, rng: createRng(1) };
  const parameters = randomParameters(rng, [D, ...hiddenDims, C]);
  const x = normal(rng, N, D);
  const gradScores = isBackward ? normal(rng, N, C) : undefined;
  const steps = passes("MultiLayerNet", options, parameters, { x, gradScores });
  return { given: `x (${N}, ${D}), hiddenDims [${hiddenDims.join(", ")}], ${C} classes`, steps };
}

const threeLayers = [5, 4];
const forward = forwardStep(6);

export const multiLayerNet: Task = {
  name: "multi-layer-net",
  title: "A network of any depth",
  part: "extras",
  file: "network/multi-layer-net.ts",
  reference: { MultiLayerNet: Net },
  checks: [
    {
      name: "MultiLayerNet, forward",
      parts: [{ name: "scores", points: 4, at: `${forward}.0` }],
      mistakes,
      cases: (rng) => [passesOf(rng, threeLayers, false), passesOf(rng, [3, 4], false)],
    },
    {
      name: "MultiLayerNet, backward",
      parts: ["W1", "b1", "W2", "b2", "W3", "b3"].map((name) => ({
        name,
        points: 1,
        at: `${forward + 1}.${name}`,
      })),
      mistakes,
      cases: (rng) => [passesOf(rng, threeLayers, true), passesOf(rng, [3, 4], true)],
    },
  ],
};

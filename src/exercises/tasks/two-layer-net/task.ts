import { fcBackward, fcForward } from "../../../layers/index.ts";
import { TwoLayerNet, type TwoLayerNetOptions } from "../../../models/index.ts";
import { createRng, type Rng } from "../../../tensor/index.ts";
import { type Ask, Ref } from "../../program.ts";
import type { Case, Finding, Mistake, Task } from "../../task.ts";
import { forwardStep, passes, randomParameters } from "../nets.ts";
import { map, normal, scale, type T } from "../numbers.ts";

/** The library's, in float64. */
class Net extends TwoLayerNet<"float64"> {
  constructor(options: TwoLayerNetOptions<"float64">) {
    super({ ...options, dtype: "float64" });
  }
}

type Options = TwoLayerNetOptions<"float64">;
type Cache = ReturnType<Net["forward"]>[1];
/** The net with one of its passes replaced. */
const withForward = (forward: (net: Net, x: T) => T): Mistake["module"] => ({
  TwoLayerNet: class extends Net {
    override forward(x: T): [T, Cache] {
      return [forward(this, x), super.forward(x)[1]];
    }
  },
});
const withBackward = (
  backward: (net: Net, gradScores: T, cache: Cache, right: Record<string, T>) => Record<string, T>,
): Mistake["module"] => ({
  TwoLayerNet: class extends Net {
    override backward(gradScores: T, cache: Cache): Record<string, T> {
      return backward(this, gradScores, cache, super.backward(gradScores, cache) as Record<string, T>);
    }
  },
});

const relu = (x: T): T => map(x, (value) => Math.max(0, value));

const mistakes: readonly Mistake[] = [
  {
    id: "relu-forgotten",
    says: "between the two layers stands a relu: without it two layers are no more than one",
    module: withForward((net, x) => fcForward(fcForward(x, net.W1, net.b1)[0], net.W2, net.b2)[0] as T),
  },
  {
    id: "relu-after-scores",
    says: "scores may be negative: no relu after the last layer",
    module: withForward((net, x) => relu(Net.prototype.forward.call(net, x)[0] as T)),
  },
  {
    id: "bias-forgotten",
    says: "the first layer's bias b1 is not added",
    module: withForward((net, x) => {
      const hidden = fcForward(x, net.W1, scale(net.b1 as T, 0))[0] as T;
      return fcForward(relu(hidden), net.W2, net.b2)[0] as T;
    }),
  },
  {
    id: "bias-forgotten",
    says: "the second layer's bias b2 is not added",
    module: withForward((net, x) => {
      const hidden = fcForward(x, net.W1, net.b1)[0] as T;
      return fcForward(relu(hidden), net.W2, scale(net.b2 as T, 0))[0] as T;
    }),
  },
  {
    id: "relu-backward-forgotten",
    says: "on the way back the gradient passes through the relu too, before it reaches the first layer",
    module: withBackward((_, gradScores, { fc1, fc2 }, right) => {
      const [, W1, b1] = fcBackward(fcBackward(gradScores, fc2)[0], fc1) as [T, T, T];
      return { ...right, W1, b1 };
    }),
  },
  {
    id: "gradients-swapped",
    says: "the gradients of the two layers' biases are swapped",
    module: withBackward((_, __, ___, right) => ({ ...right, b1: right.b2!, b2: right.b1! })),
  },
  {
    id: "inputs-for-activations",
    says: "the second layer's input is the hidden activation after the relu: its weights' gradient needs that, not the values before",
    module: withBackward((net, gradScores, { fc1 }, right) => {
      const before = fcForward(fc1.x, net.W1, net.b1)[0] as T;
      return { ...right, W2: fcBackward(gradScores, { x: before, w: net.W2 })[1] as T };
    }),
  },
];

const options = (inputDim: number, hiddenDim: number, numClasses: number): Options =>
  ({ inputDim, hiddenDim, numClasses, weightScale: 0.1, rng: createRng(1) }) as Options;

function passesOf(rng: Rng, [N, D, H, C]: readonly [number, number, number, number], isBackward: boolean): Case {
  const parameters = randomParameters(rng, [D, H, C]);
  const x = normal(rng, N, D);
  const gradScores = isBackward ? normal(rng, N, C) : undefined;
  const steps = passes("TwoLayerNet", options(D, H, C) as never, parameters, { x, gradScores });
  return { given: `x (${N}, ${D}), ${H} hidden units, ${C} classes`, steps };
}

const forward = forwardStep(4);
const sizes = [
  [3, 4, 5, 2],
  [2, 3, 3, 3],
] as const;

/** Shapes, zero biases, and weights of the spread that was asked for. */
async function examineStart(ask: Ask): Promise<Finding[]> {
  const [D, H, C] = [30, 40, 5];
  const { results, problem } = await ask([
    { call: "TwoLayerNet", args: [options(D, H, C) as never], isNew: true },
    { on: new Ref(0), method: "parameters", args: [] },
  ]);
  if (problem !== undefined) return [{ part: "all", problem }];
  const parameters = results[1] as Record<string, T> | null;
  const findings: Finding[] = [];
  for (const [name, shape] of Object.entries({ W1: [D, H], b1: [H], W2: [H, C], b2: [C] })) {
    const part = name.startsWith("W") ? "weights" : "biases";
    const x = parameters?.[name];
    if (x?.shape?.join() !== shape.join())
      findings.push({
        part,
        problem: `${name}: expected a tensor of shape (${shape.join(", ")})${x?.shape ? `, got (${x.shape.join(", ")})` : ""}`,
      });
    else if (part === "biases" && x.data.some((b) => b !== 0))
      findings.push({ part, problem: `${name}: expected zeros` });
    else if (part === "weights") {
      const spread = Math.sqrt(x.data.reduce((sum, w) => sum + w * w, 0) / x.size);
      if (!(spread > 0.07 && spread < 0.13))
        findings.push({
          part,
          problem: `${name}: expected normal numbers times weightScale, a spread near 0.1`,
          got: spread,
          expected: 0.1,
        });
    }
  }
  return findings;
}

export const twoLayerNet: Task = {
  name: "two-layer-net",
  title: "A two-layer network",
  part: "networks",
  file: "network/two-layer-net.ts",
  reference: { TwoLayerNet: Net },
  checks: [
    {
      name: "TwoLayerNet, new",
      parts: [
        { name: "weights", points: 1, at: "1" },
        { name: "biases", points: 1, at: "1" },
      ],
      mistakes: [],
      cases: () => [],
      examine: examineStart,
    },
    {
      name: "TwoLayerNet, forward",
      parts: [{ name: "scores", points: 4, at: `${forward}.0` }],
      mistakes,
      cases: (rng) => sizes.map((size) => passesOf(rng, size, false)),
    },
    {
      name: "TwoLayerNet, backward",
      parts: ["W1", "b1", "W2", "b2"].map((name) => ({ name, points: 1, at: `${forward + 1}.${name}` })),
      mistakes,
      cases: (rng) => sizes.map((size) => passesOf(rng, size, true)),
    },
  ],
};

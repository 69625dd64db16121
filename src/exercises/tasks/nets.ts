/** Networks as the tasks need them: given ones for learners' functions, and programs that put numbers into learners' ones. */
import { fcBackward, fcForward, reluBackward, reluForward } from "../../layers/index.ts";
import type { Rng, Tensor } from "../../tensor/index.ts";
import { Ref, type Step } from "../program.ts";
import { normal, type T } from "./numbers.ts";

type Tensors = Readonly<Record<string, T>>;

/** What a task may be given to work with, under names that no export can have. */
export const given: Readonly<Record<string, unknown>> = {
  /** Keeps its argument, for later steps to change and to look at. */
  "given:keep": (x: unknown) => x,
  /** A two-layer net of these parameters. */
  "given:net": (p: Tensors) => ({
    parameters: () => p,
    forward(x: T) {
      const [hidden, fc1] = fcForward(x, p.W1!, p.b1!);
      const [active, relu] = reluForward(hidden);
      const [scores, fc2] = fcForward(active, p.W2!, p.b2!);
      return [scores, { fc1, relu, fc2 }];
    },
    backward(gradScores: T, { fc1, relu, fc2 }: GivenCache) {
      const [gradActive, W2, b2] = fcBackward(gradScores, fc2);
      const [, W1, b1] = fcBackward(reluBackward(gradActive, relu), fc1);
      return { W1, b1, W2, b2 };
    },
  }),
};

interface GivenCache {
  fc1: Parameters<typeof fcBackward<"float64">>[1];
  relu: Parameters<typeof reluBackward<"float64">>[1];
  fc2: Parameters<typeof fcBackward<"float64">>[1];
}

/** Random parameters of a net: dims are inputs, hidden sizes, classes. */
export function randomParameters(rng: Rng, dims: readonly number[]): Record<string, T> {
  const all: Record<string, T> = {};
  for (let i = 1; i < dims.length; i++) {
    all[`W${i}`] = normal(rng, dims[i - 1]!, dims[i]!);
    all[`b${i}`] = normal(rng, dims[i]!);
  }
  return all;
}

/** The step of {@link passes} that runs forward; backward, where it is asked for, is the next. */
export function forwardStep(parameterCount: number): number {
  return 2 + parameterCount;
}

/** Makes a network as {@link filled} does and runs it forward, and backward where there is a gradient of the scores. */
export function passes(
  name: string,
  options: Record<string, unknown>,
  parameters: Tensors,
  { x, gradScores }: { readonly x: T; readonly gradScores?: T | undefined },
): Step[] {
  const steps: Step[] = filled(name, options, parameters);
  const forward = steps.length;
  steps.push({ on: new Ref(0), method: "forward", args: [x] });
  if (gradScores) steps.push({ on: new Ref(0), method: "backward", args: [gradScores, new Ref(forward, "1")] });
  return steps;
}

/** Makes a network of an exported class and fills its parameters; the result of step 0 is the network. */
function filled(name: string, options: Record<string, unknown>, parameters: Tensors): Step[] {
  return [
    { call: name, args: [options as never], isNew: true },
    { on: new Ref(0), method: "parameters", args: [] },
    ...Object.entries(parameters).map(
      ([key, values]): Step => ({ fill: new Ref(1, key), with: values as Tensor<"float64"> }),
    ),
  ];
}

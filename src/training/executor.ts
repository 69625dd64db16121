/**
 * The fast way through a training step, for any list of layers and any optimizer: what `trainingStep`, clipping and
 * `optimizer.step` define, over buffers made once. `stages.ts` says what runs together.
 *
 * Nobody asks for the gradient of the input, so it is not computed; and the gradient of a weight matrix is never an array
 * where the optimizer takes it as a product.
 */
import { checkNumber, checkShare } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { type Gradient, type Pass, productOf } from "../layers/index.ts";
import type { Classifier } from "../models/index.ts";
import { clippingScale, type Optimizer } from "../optim/index.ts";
import { checkShape, type FloatDType, type Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { createLoss, type TargetBatch } from "./loss.ts";
import { createStages, groupLayers, type ParameterGradient, type Stage } from "./stages.ts";
import { definedStepper, type StepOptions, type Stepper } from "./stepper.ts";

/** All that a step over N examples needs. */
interface Program<F extends FloatDType> {
  readonly stages: readonly Stage<F>[];
  readonly gradients: readonly ParameterGradient<F>[]; // of all stages
  readonly softmax: ReturnType<typeof createLoss<F>>;
}

/**
 * @param optimizer - over the parameters of `model`
 * @returns the fast stepper; the definition itself for a model that is no list of layers
 * @throws {SettingError} for a negative strength, a clipping norm that is not > 0, or smoothing outside 0 … <1
 */
export function createExecutor<F extends FloatDType>(
  model: Classifier<F>,
  optimizer: Optimizer<F>,
  options: StepOptions = {},
): Stepper<F> {
  const { reg = 0, clip, smoothing = 0 } = options;
  checkNumber("createExecutor", "reg", reg);
  checkShare("createExecutor", "smoothing", smoothing);
  if (clip !== undefined) checkNumber("createExecutor", "clip", clip, { positive: true });
  const layers = model.layers();
  const parameters = model.parameters();
  const isOurs = Object.entries(parameters).every(([name, w]) => optimizer.parameters[name] === w);
  if (!layers || !isOurs) return definedStepper(model, optimizer, options);

  const { inputDim: D, numClasses: C, dtype } = model.settings;
  const groups = groupLayers(layers);
  const bySize = new Map<number, Program<F>>();
  const arrays = new Map<string, Tensor<F>>(); // gradients of weights, where they must be arrays
  let pending: readonly ParameterGradient<F>[] | undefined;

  /** At most two sizes at a time: the usual one and that of a smaller last batch. */
  function programFor(N: number): Program<F> {
    let program = bySize.get(N);
    if (!program) {
      if (bySize.size >= 2) bySize.clear();
      const stages = createStages(groups, { N, dtype: dtype as F, wantsSquares: reg > 0 });
      // The first layer last: it is the largest and drives everything else out of the caches.
      const gradients = [...stages].reverse().flatMap((stage) => stage.gradients);
      program = { stages, gradients, softmax: createLoss(N, C, dtype as F, smoothing) };
      bySize.set(N, program);
    }
    return program;
  }

  /** Not a product any more. */
  function asArray(name: string, gradient: Gradient<F>): Tensor<F> {
    if ("data" in gradient) return gradient;
    let array = arrays.get(name);
    if (!array) {
      array = toKernelMemory(zeros(parameters[name]!.shape, { dtype: dtype as F }));
      arrays.set(name, array);
    }
    kernels().gemm<FloatArray>({ ...productOf(gradient), out: array.data });
    return array;
  }

  /** All gradients as arrays, penalty included, and the factor that brings their norm to `clip` at most. */
  function clipped(entries: readonly ParameterGradient<F>[], clip: number): number {
    let squares = 0;
    for (const entry of entries) {
      const grad = asArray(entry.name, entry.gradient);
      if (entry.isDecayed && reg > 0) kernels().addScaled<FloatArray>(parameters[entry.name]!.data, reg, grad.data);
      squares += kernels().sumSquares(grad.data);
      entry.gradient = grad;
    }
    return clippingScale(Math.sqrt(squares), clip);
  }

  return {
    loss(batch: TargetBatch<F>, pass: Pass) {
      const { x } = batch;
      checkShape("createExecutor", "x", x, "(N, D)", [-1, D], ` with D=${D}`);
      const { stages, gradients, softmax } = programFor(x.shape[0]!);
      let out = x;
      for (const stage of stages) out = stage.forward(out, pass);
      const [dataLoss, gradScores] = softmax(out, batch);
      let grad: Tensor<F> | undefined = gradScores;
      for (let i = stages.length - 1; i >= 0; i--) grad = stages[i]!.backward(grad!);
      let squares = 0;
      if (reg > 0) for (const stage of stages) squares += stage.squares();
      const regLoss = (reg / 2) * squares;
      pending = gradients;
      return { loss: dataLoss + regLoss, dataLoss, regLoss };
    },
    update() {
      if (!pending) return;
      optimizer.begin();
      const scale = clip === undefined ? 1 : clipped(pending, clip);
      for (const { name, isDecayed, gradient } of pending) {
        const taken = optimizer.takesProducts ? gradient : asArray(name, gradient);
        optimizer.update(name, taken, { reg: isDecayed && clip === undefined ? reg : 0, scale });
      }
      pending = undefined;
    },
  };
}

/** Gradient checks of layers, losses and classifiers that a learner's module exports. */
import { type GradcheckReport, gradcheck, gradcheckLoss } from "../gradcheck/index.ts";
import { awayFromZero } from "../layers/layer-checks.ts";
import { Classifier, type ModelSettings } from "../models/index.ts";
import { createRng, randn, Tensor } from "../tensor/index.ts";
import { gradcheckModel } from "../training/model-checks.ts";
import { type Ask, Ref, type Step, type Value } from "./program.ts";
import { type Call, replay } from "./replay.ts";

type T = Tensor<"float64">;

export interface OwnCheck {
  readonly name: string;
  readonly report?: GradcheckReport;
  /** Why there is no report. */
  readonly problem?: string;
}

const [N, D, M, C] = [5, 7, 4, 6];
/** Rounding in a learner's code is not what is looked for. */
const options = { tolerance: 1e-7 };

const normal =
  (...shape: number[]) =>
  (seed: number): T =>
    randn(shape, { rng: createRng(seed), dtype: "float64" });

/** Inputs of layers by name; a layer of another name is taken for an activation of one tensor. */
const layerInputs: Readonly<Record<string, Readonly<Record<string, (seed: number) => T>>>> = {
  fc: { x: normal(N, D), w: normal(D, M), b: normal(M) },
  batchNorm: { x: normal(N, D), gamma: normal(D), beta: normal(D) },
  layerNorm: { x: normal(N, D), gamma: normal(D), beta: normal(D) },
};

const labels = Int32Array.from({ length: N }, (_, i) => (3 * i + 1) % C);
/** Losses by name: the tensor with a gradient, and the arguments after it. */
const losses: Readonly<
  Record<string, readonly [name: string, x: (seed: number) => T, rest: (seed: number) => Value[]]>
> = {
  softmaxLoss: ["scores", normal(N, C), () => [labels]],
  l2Loss: ["x", normal(N, D), (seed) => [normal(N, D)(seed + 1)]],
  l2Regularization: ["w", normal(D, M), () => [0.3]],
};

/** The pairs and losses among exported functions, and which of the others are left out. */
export function findLayers(names: readonly string[]): { layers: string[]; losses: string[]; others: string[] } {
  const pairs = names.filter((name) => name.endsWith("Forward")).map((name) => name.slice(0, -"Forward".length));
  const layers = pairs.filter((name) => names.includes(`${name}Backward`));
  const found = names.filter((name) => Object.hasOwn(losses, name));
  const used = new Set([...layers.flatMap((name) => [`${name}Forward`, `${name}Backward`]), ...found]);
  return { layers, losses: found, others: names.filter((name) => !used.has(name)) };
}

/** One layer, `nameForward` and `nameBackward`, at a random point. */
export async function checkOwnLayer(ask: Ask, name: string, seed: number): Promise<OwnCheck> {
  const makers = Object.hasOwn(layerInputs, name)
    ? layerInputs[name]!
    : { x: (s: number) => awayFromZero(normal(N, D)(s)) };
  return await attempt(name, ask, (call) => {
    const inputs = Object.fromEntries(Object.entries(makers).map(([key, make], i) => [key, make(seed + i)]));
    const forward = (args: readonly T[]): Step => ({ call: `${name}Forward`, args });
    return gradcheck(
      (...args: T[]) => {
        const out = (call(forward(args))[0] as readonly Value[] | undefined)?.[0];
        return [readTensor(out, `${name}Forward to return [out, cache]`), args.map((x) => x.clone())] as const;
      },
      (gradOut, args: readonly T[]) => {
        const [, grads] = call(forward(args), { call: `${name}Backward`, args: [gradOut, new Ref(0, "1")] });
        const list = Array.isArray(grads) ? grads : [grads];
        return list.map((grad: Value) => readTensor(grad, `${name}Backward to return gradients`));
      },
      inputs,
      undefined,
      options,
    );
  });
}

/** One loss that returns `[loss, gradient]`. */
export async function checkOwnLoss(ask: Ask, name: string, seed: number): Promise<OwnCheck> {
  const [input, make, rest] = losses[name]!;
  return await attempt(name, ask, (call) =>
    gradcheckLoss(
      (x: T) => {
        const [result] = call({ call: name, args: [x, ...rest(seed)] });
        const [loss, grad] = (Array.isArray(result) ? result : []) as Value[];
        if (typeof loss !== "number")
          throw new Error(`expected ${name} to return [loss, gradient], got no number first`);
        return [loss, readTensor(grad, `${name} to return [loss, gradient]`)];
      },
      { [input]: make(seed) },
      options,
    ),
  );
}

/** A classifier of the learner's, driven from here: every pass makes it anew and fills in the parameters. */
class OwnClassifier extends Classifier<"float64", T> {
  readonly settings: ModelSettings;
  readonly #call: Call;
  readonly #create: Step;
  readonly #parameters: Record<string, T>;

  constructor(call: Call, create: Step, settings: ModelSettings) {
    super();
    this.#call = call;
    this.#create = create;
    this.settings = settings;
    const [, found] = call(create, { on: new Ref(0), method: "parameters", args: [] });
    if (typeof found !== "object" || found === null) throw new Error("expected parameters() to return tensors by name");
    this.#parameters = Object.fromEntries(
      Object.entries(found).map(([name, w]) => [
        name,
        readTensor(w as Value, `parameter ${name} to be a tensor`).clone(),
      ]),
    );
  }

  parameters(): Record<string, T> {
    return this.#parameters;
  }

  #filled(): Step[] {
    const fills = Object.entries(this.#parameters).map(([name, w]): Step => ({ fill: new Ref(1, name), with: w }));
    return [this.#create, { on: new Ref(0), method: "parameters", args: [] }, ...fills];
  }

  forward(x: T): [scores: T, cache: T] {
    const steps = this.#filled();
    const results = this.#call(...steps, { on: new Ref(0), method: "forward", args: [x] });
    const scores = (results[steps.length] as readonly Value[] | undefined)?.[0];
    return [readTensor(scores, "forward to return [scores, cache]"), x];
  }

  backward(gradScores: T, x: T): Record<string, T> {
    const steps = this.#filled();
    const results = this.#call(
      ...steps,
      { on: new Ref(0), method: "forward", args: [x] },
      { on: new Ref(0), method: "backward", args: [gradScores, new Ref(steps.length, "1")] },
    );
    const grads = results[steps.length + 1] as Readonly<Record<string, Value>> | undefined;
    return Object.fromEntries(
      Object.keys(this.#parameters).map((name) => [
        name,
        readTensor(grads?.[name], `backward to return a gradient for ${name}`).clone(),
      ]),
    );
  }
}

/**
 * A classifier's every parameter under the softmax loss with an L2 penalty. At a kink of a relu no numeric gradient means
 * anything, so up to three points are tried; a wrong gradient is wrong at all of them.
 */
export async function checkOwnModel(ask: Ask, name: string, seed: number): Promise<OwnCheck> {
  let found: OwnCheck = { name, problem: "was not tried" };
  for (let tried = 0; tried < 3 && !found.report?.passed; tried++) {
    const [inputDim, hiddenDim, numClasses] = [12, 8, 5];
    found = await attempt(name, ask, (call) => {
      const sizes = { inputDim, hiddenDim, hiddenDims: [hiddenDim, 7], numClasses, weightScale: 0.5, dtype: "float64" };
      const create: Step = { call: name, args: [{ ...sizes, rng: createRng(seed + tried) }], isNew: true };
      const settings: ModelSettings = { kind: name, inputDim, numClasses, dtype: "float64" };
      const x = normal(6, inputDim)(seed + tried);
      const classes = Int32Array.from({ length: 6 }, (_, i) => i % numClasses);
      return gradcheckModel(new OwnClassifier(call, create, settings), x, classes, 0.1, options);
    });
    if (found.problem !== undefined) break;
  }
  return found;
}

async function attempt(name: string, ask: Ask, check: (call: Call) => GradcheckReport): Promise<OwnCheck> {
  try {
    return { name, report: await replay(ask, check) };
  } catch (error) {
    return { name, problem: (error as Error).message };
  }
}

function readTensor(value: Value, what: string): T {
  if (value instanceof Tensor) return value as T;
  throw new Error(
    `expected ${what}, got ${value === null || value === undefined ? value : `a value of type ${typeof value}`}`,
  );
}

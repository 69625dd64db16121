import { SettingError } from "../errors.ts";
import { evaluation, type Layer, type Pass, type Tensors } from "../layers/index.ts";
import type { FloatDType, Tensor } from "../tensor/index.ts";
import { Classifier, hasPassesOf, type ModelSettings, type NamedLayer } from "./classifier.ts";

export interface SequentialOptions<F extends FloatDType = "float32"> {
  /** In their order; the first takes examples of D numbers, the last gives C scores. */
  readonly layers: readonly Layer<F>[];
  readonly inputDim: number; // D
  readonly numClasses: number; // C
  readonly dtype?: F; // default float32
}

/**
 * Layers one after the other: `scores = layerₙ(… layer₂(layer₁(x)))`. A layer's tensors are named after the count of layers
 * that have some: `w1`, `b1`, `gamma2`, …
 */
export class Sequential<F extends FloatDType = "float32"> extends Classifier<F, readonly unknown[]> {
  readonly settings: ModelSettings;
  readonly #layers: readonly NamedLayer<F>[];

  /** @throws {SettingError} without layers */
  constructor({ layers, inputDim, numClasses, dtype = "float32" as F }: SequentialOptions<F>) {
    super();
    if (layers.length === 0) throw new SettingError("Sequential: expected at least one layer, got none");
    this.#layers = nameLayers(layers);
    this.settings = {
      ...{ kind: "sequential", inputDim, numClasses, dtype },
      layers: layers.map((layer) => layer.settings),
    };
  }

  parameters(): Tensors<F> {
    return collect(this.#layers, (layer) => layer.parameters());
  }

  override buffers(): Tensors<F> {
    return collect(this.#layers, (layer) => layer.buffers());
  }

  override decayed(): ReadonlySet<string> {
    return new Set(this.#layers.flatMap(({ layer, names }) => layer.decayed.map((local) => names[local]!)));
  }

  override layers(): readonly NamedLayer<F>[] | undefined {
    return hasPassesOf(this, Sequential) ? this.#layers : undefined;
  }

  forward(x: Tensor<F>, pass: Pass = evaluation): [scores: Tensor<F>, cache: readonly unknown[]] {
    const caches: unknown[] = [];
    let out = x;
    for (const { layer } of this.#layers) {
      const [next, cache] = layer.forward(out, pass);
      caches.push(cache);
      out = next;
    }
    return [out, caches];
  }

  backward(gradScores: Tensor<F>, caches: readonly unknown[]): Tensors<F> {
    const all: Tensors<F> = {};
    let grad: Tensor<F> | undefined = gradScores;
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const { layer, names } = this.#layers[i]!;
      const { gradX, grads } = layer.backward(grad!, caches[i], i > 0);
      for (const [local, g] of Object.entries(grads)) all[names[local]!] = g;
      grad = gradX;
    }
    return all;
  }
}

/** `w1`, `b1` for the first layer that has tensors, `gamma2`, … for the second. */
function nameLayers<F extends FloatDType>(layers: readonly Layer<F>[]): NamedLayer<F>[] {
  let count = 0;
  return layers.map((layer) => {
    const locals = Object.keys({ ...layer.parameters(), ...layer.buffers() });
    if (locals.length > 0) count++;
    return { layer, names: Object.fromEntries(locals.map((local) => [local, `${local}${count}`])) };
  });
}

function collect<F extends FloatDType>(
  layers: readonly NamedLayer<F>[],
  tensors: (layer: Layer<F>) => Tensors<F>,
): Tensors<F> {
  return Object.fromEntries(
    layers.flatMap(({ layer, names }) => Object.entries(tensors(layer)).map(([local, x]) => [names[local]!, x])),
  );
}

/** The activations by name. A new one is a file with its pair and a line here. */
import type { FloatDType, Tensor } from "../tensor/index.ts";
import { eluBackward, eluForward } from "./elu.ts";
import { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from "./gelu.ts";
import { type Layer, type LayerGradients, type LayerSettings, readName, type Tensors } from "./layer.ts";
import { leakyReluBackward, leakyReluForward } from "./leaky-relu.ts";
import { reluBackward, reluForward } from "./relu.ts";
import { sigmoidBackward, sigmoidForward } from "./sigmoid.ts";
import { swishBackward, swishForward } from "./swish.ts";
import { tanhBackward, tanhForward } from "./tanh.ts";

/** The forward/backward pair of an activation. */
export interface Activation {
  readonly forward: <F extends FloatDType>(x: Tensor<F>) => [out: Tensor<F>, cache: never];
  readonly backward: <F extends FloatDType>(gradOut: Tensor<F>, cache: never) => Tensor<F>;
}

export type ActivationName = "relu" | "leakyRelu" | "elu" | "gelu" | "geluTanh" | "sigmoid" | "tanh" | "swish";

const table: Record<ActivationName, readonly [forward: unknown, backward: unknown]> = {
  relu: [reluForward, reluBackward],
  leakyRelu: [leakyReluForward, leakyReluBackward],
  elu: [eluForward, eluBackward],
  gelu: [geluForward, geluBackward],
  geluTanh: [geluTanhForward, geluTanhBackward],
  sigmoid: [sigmoidForward, sigmoidBackward],
  tanh: [tanhForward, tanhBackward],
  swish: [swishForward, swishBackward],
};

const activations = new Map<string, Activation>(
  Object.entries(table).map(([name, [forward, backward]]) => [name, { forward, backward } as Activation]),
);

/** The names that {@link ActivationLayer} and `--activation` take. */
export function activationNames(): string[] {
  return [...activations.keys()];
}

/** Makes an activation of your own known by name. */
export function registerActivation(
  name: string,
  forward: (x: never) => readonly [unknown, unknown],
  backward: (gradOut: never, cache: never) => unknown,
): void {
  activations.set(name, { forward, backward } as unknown as Activation);
}

/** An activation as a part of a network. */
export class ActivationLayer<F extends FloatDType = "float32"> implements Layer<F> {
  readonly settings: LayerSettings;
  readonly decayed: readonly string[] = [];
  readonly activation: string;
  readonly #pair: Activation;

  /** @throws {SettingError} for a name that is not known */
  constructor({ activation }: { readonly activation: string }) {
    this.settings = { kind: "activation", activation };
    this.activation = readName(this.settings, "activation", activationNames());
    this.#pair = activations.get(activation)!;
  }

  parameters(): Tensors<F> {
    return {};
  }

  buffers(): Tensors<F> {
    return {};
  }

  forward(x: Tensor<F>): [out: Tensor<F>, cache: unknown] {
    return this.#pair.forward(x);
  }

  backward(gradOut: Tensor<F>, cache: unknown, wantsGradX: boolean): LayerGradients<F> {
    return { gradX: wantsGradX ? this.#pair.backward(gradOut, cache as never) : undefined, grads: {} };
  }
}

export function createActivationLayer<F extends FloatDType>({ activation }: LayerSettings): ActivationLayer<F> {
  return new ActivationLayer({ activation: String(activation) });
}

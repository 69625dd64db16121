/** The activations by name. A new one is a file with its pair and a line here. */
import { checkName, SettingError, show } from "../errors.ts";
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

const activations = new Map<string, Activation>();

/**
 * Makes an activation of your own known by name: to `ActivationLayer`, `MultiLayerNet`, saved models and `--activation`.
 * @throws {SettingError} for a name that is taken
 */
export function registerActivation<F extends FloatDType, Cache>(
  name: string,
  forward: (x: Tensor<F>) => readonly [out: Tensor<F>, cache: Cache],
  backward: (gradOut: Tensor<F>, cache: Cache) => Tensor<F>,
): void {
  if (activations.has(name))
    throw new SettingError(`registerActivation: expected a name that is not taken, got ${show(name)}`);
  activations.set(name, { forward, backward } as unknown as Activation);
}

registerActivation("relu", reluForward, reluBackward);
registerActivation("leakyRelu", leakyReluForward, leakyReluBackward);
registerActivation("elu", eluForward, eluBackward);
registerActivation("gelu", geluForward, geluBackward);
registerActivation("geluTanh", geluTanhForward, geluTanhBackward);
registerActivation("sigmoid", sigmoidForward, sigmoidBackward);
registerActivation("tanh", tanhForward, tanhBackward);
registerActivation("swish", swishForward, swishBackward);

/** The names that {@link ActivationLayer} and `--activation` take. */
export function activationNames(): string[] {
  return [...activations.keys()];
}

/** The pair of this name. @throws {SettingError} for a name that is not known */
export function activationPair(name: string): Activation {
  checkName("activation", "name", name, activationNames());
  return activations.get(name)!;
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
    this.#pair = activationPair(activation);
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

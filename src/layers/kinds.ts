/** Every kind of layer by its name in a file. A new one is a file with its pair and its class, and a line here. */
import { FormatError, SettingError, show } from "../errors.ts";
import type { FloatDType } from "../tensor/index.ts";
import { createActivationLayer } from "./activations.ts";
import { createBatchNormLayer } from "./batch-norm.ts";
import { createDropoutLayer } from "./dropout.ts";
import { createFcLayer } from "./fc.ts";
import type { CreateLayer, Layer, LayerSettings } from "./layer.ts";
import { createLayerNormLayer } from "./layer-norm.ts";

const kinds = new Map<string, CreateLayer>([
  ["fc", createFcLayer],
  ["activation", createActivationLayer],
  ["batchNorm", createBatchNormLayer],
  ["layerNorm", createLayerNormLayer],
  ["dropout", createDropoutLayer],
]);

/**
 * Makes a kind of layer known to `deserializeModel` and checkpoints: one call makes a layer of your own loadable.
 *
 *     registerLayer("scale", (settings, dtype) => new ScaleLayer(settings.dim, dtype));
 *
 * @param kind - as in the `settings` of the layer
 * @throws {SettingError} for a kind that is taken
 */
export function registerLayer(kind: string, create: CreateLayer): void {
  if (kinds.has(kind)) throw new SettingError(`registerLayer: expected a kind that is not taken, got ${show(kind)}`);
  kinds.set(kind, create);
}

/**
 * @throws {FormatError} for a kind that nobody registered
 */
export function createLayer<F extends FloatDType>(settings: LayerSettings, dtype: F): Layer<F> {
  const create = kinds.get(settings.kind);
  if (!create)
    throw new FormatError(
      `unknown kind of layer ${show(settings.kind)}; expected one of ${[...kinds.keys()].join(", ")}; call registerLayer for a layer of your own`,
    );
  return create(settings, dtype);
}

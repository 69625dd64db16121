/** What a trained model looks like from inside: the numbers behind `chainrule inspect`, for a page as well. */
import type { Examples } from "../data/index.ts";
import { SettingError } from "../errors.ts";
import { evaluation, type Pass, softmax, softmaxLoss } from "../layers/index.ts";
import { type Classifier, highest } from "../models/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { evaluationRows } from "./evaluation.ts";

/** The numbers that leave one layer, and the gradients that come back to it. */
export interface LayerReport {
  readonly name: string; // "1 fc", "2 relu", …
  readonly mean: number; // of the outputs
  readonly std: number;
  readonly gradStd: number; // of the gradients of the outputs, about mean 0
  /** Share of the columns that are 0 for every example, 0…1: units that take no part. */
  readonly dead: number;
}

/**
 * One forward and one backward pass over some examples, layer by layer, as in evaluation.
 * @throws {SettingError} for a model that is no list of layers
 */
export function inspectLayers(
  model: Classifier,
  { x, labels }: { readonly x: Tensor; readonly labels: Tensor<"int32"> },
): LayerReport[] {
  const layers = model.layers();
  if (!layers) throw new SettingError("inspectLayers: expected a model that is a list of layers");
  const pass: Pass = evaluation;
  const outs: Tensor[] = [];
  const caches: unknown[] = [];
  let out = x;
  for (const { layer } of layers) {
    const [next, cache] = layer.forward(out, pass);
    outs.push(next);
    caches.push(cache);
    out = next;
  }
  const grads: Tensor[] = [];
  let grad: Tensor | undefined = softmaxLoss(out, labels)[1];
  for (let i = layers.length - 1; i >= 0; i--) {
    grads[i] = grad!;
    grad = layers[i]!.layer.backward(grad!, caches[i], i > 0).gradX;
  }
  return layers.map(({ layer }, i) => {
    const { settings } = layer;
    const kind = settings.kind === "activation" ? String(settings.activation) : settings.kind;
    const { mean, std } = spread(outs[i]!.data);
    const gradSpread = spread(grads[i]!.data);
    return {
      ...{ name: `${i + 1} ${kind}`, mean, std, gradStd: Math.hypot(gradSpread.std, gradSpread.mean) },
      dead: deadShare(outs[i]!),
    };
  });
}

function spread(values: ArrayLike<number>): { mean: number; std: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return { mean, std: Math.sqrt(squares / values.length) };
}

function deadShare(out: Tensor): number {
  const columns = out.shape.at(-1) ?? 1;
  const alive = new Uint8Array(columns);
  for (let i = 0; i < out.size; i++) if (out.data[i] !== 0) alive[i % columns] = 1;
  return 1 - alive.reduce((sum, one) => sum + one, 0) / columns;
}

/** An example that a model is sure of, and wrong. */
export interface Mistake {
  readonly row: number; // among the examples
  readonly label: number;
  readonly predicted: number;
  readonly probs: Float32Array; // (C)
}

/** The wrong examples whose own class gets the least probability, the worst first. */
export function mostWrong(model: Classifier, examples: Examples, count: number): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const rows of evaluationRows(examples)) {
    const { x, labels } = examples.batch(rows);
    const probs = softmax(model.forward(x, evaluation)[0]);
    const C = probs.shape[1]!;
    highest(probs).forEach((predicted, i) => {
      const label = labels.data[i]!;
      if (predicted === label) return;
      mistakes.push({ row: rows[i]!, label, predicted, probs: probs.data.slice(i * C, (i + 1) * C) });
    });
    mistakes.sort((a, b) => a.probs[a.label]! - b.probs[b.label]!);
    mistakes.length = Math.min(mistakes.length, count);
  }
  return mistakes;
}

/** From a score to the numbers behind it: its terms, one hidden unit, and that unit's weights and inputs. */
import type { ImageSize } from "../../src/data/index.ts";
import { ActivationLayer, evaluation, FcLayer, type Layer } from "../../src/layers/index.ts";
import type { Classifier } from "../../src/models/index.ts";
import type { Tensor } from "../../src/tensor/index.ts";
import type { Explanation, Term, UnitExplanation } from "./protocol.ts";

const mostTerms = 8;

/**
 * @param x - one example, as the model sees it, (1, D)
 * @param label - whose score is explained
 * @param unit - of the last hidden layer, to be explained as well
 */
export function explain(
  model: Classifier,
  x: Tensor,
  label: number,
  unit: number | undefined,
  image: ImageSize,
): Explanation {
  const layers = model.layers()!.map(({ layer }) => layer);
  const ins: Tensor[] = []; // of each layer
  let out = x;
  for (const layer of layers) {
    ins.push(out);
    out = layer.forward(out, evaluation)[0];
  }
  const last = layers.length - 1;
  const { w, b } = fcAt(layers, last);
  const { terms, rest } = termsOf(ins[last]!.data, w, label);
  const bias = b?.data[label] ?? 0;
  return {
    ...{ label, score: out.data[label]!, bias, terms, rest },
    ...(unit !== undefined && { unit: explainUnit(layers, ins, unit, image) }),
  };
}

/** The unit of the hidden layer before the last fully-connected one. */
function explainUnit(
  layers: readonly Layer[],
  ins: readonly Tensor[],
  unit: number,
  image: ImageSize,
): UnitExplanation | undefined {
  const last = layers.length - 1;
  let at = last - 1;
  while (at >= 0 && !(layers[at] instanceof FcLayer)) at--;
  if (at < 0) return undefined; // a linear classifier has no hidden units
  const { w, b } = fcAt(layers, at);
  const input = ins[at]!.data;
  const { terms, rest } = termsOf(input, w, unit);
  const between = layers.slice(at + 1, last);
  const activation = between.find((layer) => layer instanceof ActivationLayer) as ActivationLayer | undefined;
  const isPixels = at === 0 && w.shape[0] === image.channels * image.height * image.width;
  const [D = 0, M = 0] = w.shape;
  const weights = Float32Array.from({ length: D }, (_, d) => w.data[d * M + unit]!);
  return {
    unit,
    activation:
      between.length === 1 && activation
        ? activation.activation
        : between.map(({ settings }) => settings.kind).join(", "),
    bias: b?.data[unit] ?? 0,
    before: ins[at + 1]!.data[unit]!,
    after: ins[last]!.data[unit]!,
    ...{ terms, rest },
    ...(isPixels && { images: { weights, products: weights.map((value, d) => value * input[d]!) } }),
  };
}

function fcAt(layers: readonly Layer[], at: number): FcLayer {
  const layer = layers[at];
  if (!(layer instanceof FcLayer))
    throw new Error("explain: expected a network that ends with a fully-connected layer");
  return layer;
}

/** The largest of `Σ input[i] · w[i, column]`. */
function termsOf(input: ArrayLike<number>, w: Tensor, column: number): { terms: Term[]; rest: number } {
  const M = w.shape[1]!;
  const all = Array.from(
    { length: input.length },
    (_, unit): Term => ({ unit, value: input[unit]!, weight: w.data[unit * M + column]! }),
  );
  all.sort((a, b) => Math.abs(b.value * b.weight) - Math.abs(a.value * a.weight));
  const rest = all.slice(mostTerms).reduce((sum, { value, weight }) => sum + value * weight, 0);
  return { terms: all.slice(0, mostTerms), rest };
}

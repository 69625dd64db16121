/** The gradient check of the room: every number nudged, one after the other, beside what the backward pass says. */
import { numericGradient } from "../../../src/gradcheck/index.ts";
import type { Numbers, Part } from "./parts.ts";

export interface Row {
  readonly input: string;
  readonly at: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  readonly agrees: boolean;
}

export const tolerance = 1e-9;

/** One row per number that has a gradient. */
export function checkPart(
  part: Part,
  inputs: Readonly<Record<string, Numbers>>,
  settings: Readonly<Record<string, number>>,
  gradOut: Numbers | undefined,
): Row[] {
  const value = (): number => {
    const { out, loss } = part.compute(inputs, settings);
    return loss ?? out!.data.reduce((sum, v, i) => sum + v * gradOut!.data[i]!, 0);
  };
  const grads = part.compute(inputs, settings).backward(gradOut!);
  const names = Object.keys(part.inputs).filter((name) => !part.inputs[name]!.isGiven);
  return names.flatMap((input, n) => {
    const x = inputs[input]!;
    const numeric = numericGradient(value, x);
    return Array.from(grads[n]!.data, (analytic, i): Row => {
      const measured = numeric.data[i]!;
      const allowed = tolerance * Math.max(1, Math.abs(analytic) + Math.abs(measured));
      return {
        input,
        at: x.shape.length === 1 ? [i] : [Math.floor(i / x.shape[1]!), i % x.shape[1]!],
        analytic,
        numeric: measured,
        agrees: Math.abs(analytic - measured) <= allowed,
      };
    });
  });
}

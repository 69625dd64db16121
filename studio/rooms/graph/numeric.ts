/** The gradients of a graph's inputs beside central differences, as `gradcheck` computes them. */
import { numericGradient } from "../../../src/gradcheck/index.ts";
import type { Graph } from "../../../src/graph/graph.ts";
import { tensor } from "../../../src/tensor/index.ts";

export interface Comparison {
  readonly name: string;
  readonly analytic: number;
  readonly numeric: number;
  readonly agrees: boolean;
}

export function numericGradients(graph: Graph, inputs: Readonly<Record<string, number>>): Comparison[] {
  const run = graph.compile({ interpret: true });
  const [, grads] = run(...graph.inputs.map((name) => inputs[name]!));
  return graph.differentiable.map((name, i) => {
    const at = tensor([inputs[name]!], { dtype: "float64" });
    const output = (x: typeof at): number =>
      run(...graph.inputs.map((other) => (other === name ? x.data[0]! : inputs[other]!)))[0];
    const numeric = numericGradient(output, at).data[0]!;
    const analytic = grads[i]!;
    return { name, analytic, numeric, agrees: Math.abs(analytic - numeric) <= 1e-6 * Math.max(1, Math.abs(analytic)) };
  });
}

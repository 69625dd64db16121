/** A graph as one function of numbers, compiled where the runtime allows it and interpreted where it does not. */
import { runBackward, runForward } from "./interpret.ts";
import { toScript } from "./source.ts";
import type { Structure } from "./structure.ts";

/** Forward and backward in one call; gradients of the inputs in order, selectors left out. */
export type Evaluator = (...inputs: number[]) => [output: number, grads: number[]];

/** A function of more nodes is too long for the optimizer, and some runtimes cannot compile it at all. */
const longest = 5000;

/** @param interpret - do not compile, as in a page whose policy forbids `new Function` */
export function compileGraph(graph: Structure, { interpret = false }: { interpret?: boolean } = {}): Evaluator {
  if (interpret || graph.nodes.length > longest) return interpreter(graph);
  const { parameters, body } = toScript(graph);
  try {
    return new Function(...parameters, body) as Evaluator;
  } catch (error) {
    if (error instanceof EvalError) return interpreter(graph); // forbidden by a content security policy
    throw error;
  }
}

function interpreter(graph: Structure): Evaluator {
  return (...inputs) => {
    const values = runForward(graph, inputs);
    const grads = runBackward(graph, values, 1).values;
    return [
      values[graph.output]!,
      [...grads.subarray(0, graph.inputCount)].filter((_, n) => graph.isDiscrete[n] === 0),
    ];
  };
}

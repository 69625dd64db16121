/** A formula becomes a graph, the graph becomes code, and the code gives the numbers of the graph. */
import assert from "node:assert/strict";
import { f2, graph } from "chainrule";

const g = graph("e = exp(2 * x); L = (e - 1) / (e + 1)").withCopies();
g.forward({ x: 0.5 });
g.backward();
for (const { text } of g.steps()) console.log(text);
console.log(g.toSource("python"));

const source = g.toSource("typescript");
const javascript = source.replace(
  "export function f(x: number): [output: number, grads: [number]]",
  "return function f(x)",
);
const f = new Function(javascript)();
assert.deepEqual(f(0.5), f2(0.5)); // the same as the code by hand, to the last bit

import { join } from "node:path";
import { build } from "rolldown";
import { expect, test } from "vitest";
import { graph } from "./graph.ts";

test("the inputs of a function are x1, x2, … unless they are named", () => {
  const g = graph((e, t) => e.mul(t));
  expect(g.evaluate({ x1: 2, x2: 3 })).toEqual([6, { x1: 3, x2: 2 }]);
  expect(() => g.forward({ e: 2, t: 3 })).toThrow('forward: unknown input "e"; expected x1, x2');
  expect(graph((x, w) => x.mul(w), ["x", "w"]).inputs).toEqual(["x", "w"]);
  expect(graph((...values) => values.reduce((a, b) => a.add(b)), ["a", "b", "c"]).inputs).toEqual(["a", "b", "c"]);
});

test("a minified bundle builds the same graphs", async () => {
  const functions = `
    export const plain = graph((first, second) => first.mul(second));
    export const named = graph((first, second) => first.mul(second).named("product").exp(), ["first", "second"]);`;
  const bundle = await build({
    input: "entry",
    write: false,
    output: { minify: true },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? id : null),
        load: (id) =>
          id === "entry"
            ? `import { graph } from ${JSON.stringify(join(import.meta.dirname, "graph.ts"))};${functions}`
            : null,
      },
    ],
  });
  const { code } = bundle.output[0];
  expect(code).not.toContain("second)"); // the parameters have other names
  const { plain, named } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  expect(String(plain)).toBe("L = x1 * x2");
  expect(named.evaluate({ first: 0, second: 3 })).toEqual([1, { first: 3, second: 0 }]);
});

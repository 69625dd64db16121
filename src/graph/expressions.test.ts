import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { expect, test } from "vitest";
import { difference, graphsWithInputs } from "./expressions.cases.ts";
import { graph } from "./graph.ts";

const sampled = fc.sample(graphsWithInputs, { seed: 442, numRuns: 60 });

test("the gradient of a random expression is its central difference", () => {
  let compared = 0;
  fc.assert(
    fc.property(graphsWithInputs, ({ g, inputs }) => {
      const [, grads] = g.evaluate(inputs);
      const run = g.compile();
      const x = Object.values(inputs);
      for (const name of g.differentiable) {
        const numeric = difference((at) => run(...at)[0], x, g.inputs.indexOf(name));
        if (numeric === undefined) continue;
        compared++;
        expect(Math.abs(grads[name]! - numeric)).toBeLessThan(2e-6 * Math.max(1, Math.abs(numeric)));
      }
    }),
    { numRuns: 300 },
  );
  expect(compared).toBeGreaterThan(200);
});

test("compiled code, the interpreter and the passes agree to the last bit, with and without copies", () => {
  fc.assert(
    fc.property(graphsWithInputs, ({ g, inputs }) => {
      const x = Object.values(inputs);
      const expected = g.compile()(...x);
      expect(g.compile({ interpret: true })(...x)).toEqual(expected);
      expect([g.forward(inputs), Object.values(g.backward())]).toEqual(expected);
      const copied = g.withCopies();
      expect(copied.compile()(...x)).toEqual(expected);
      expect([copied.forward(inputs), Object.values(copied.backward())]).toEqual(expected);
      expect(copied.withCopies().structure).toEqual(copied.structure);
    }),
    { numRuns: 200 },
  );
});

test("a printed graph reads back as the same graph", () => {
  fc.assert(
    fc.property(graphsWithInputs, ({ g }) => {
      expect(graph(g.toString()).structure).toEqual(g.structure);
      const copied = g.withCopies();
      expect(graph(copied.toString()).structure).toEqual(copied.structure);
    }),
  );
});

test("generated TypeScript compiles under the strict settings of this repository", () => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-"));
  try {
    const files = sampled.map(({ g }, i) => {
      const path = join(folder, `f${i}.ts`);
      writeFileSync(path, g.toSource("typescript"));
      return path;
    });
    const { config } = ts.readConfigFile(resolve("tsconfig.json"), ts.sys.readFile);
    const settings = { compilerOptions: config.compilerOptions, files };
    const { options } = ts.parseJsonConfigFileContent(settings, ts.sys, folder);
    const program = ts.createProgram(files, { ...options, types: [], lib: ["lib.es2023.d.ts"] });
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText, file }) => [file?.fileName, messageText]);
    expect(problems).toEqual([]);
    expect(options.strict && options.noUnusedLocals && options.noUnusedParameters).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("generated Python runs and gives the same numbers to 1e-12", (context) => {
  if (spawnSync("python3", ["--version"]).status !== 0) return context.skip("python3 is not installed");
  const cases = sampled.map(({ g, inputs }) => ({ source: g.toSource("python"), inputs: Object.values(inputs) }));
  const script = `
import json, sys
results = []
for case in json.load(sys.stdin):
    scope = {}
    exec(case["source"], scope)
    output, grads = scope["f"](*case["inputs"])
    results.append([output, list(grads)])
print(json.dumps(results))`;
  const steep = graph("sigmoid(x)");
  for (const x of [-800, -5, 0, 5, 800]) cases.push({ source: steep.toSource("python"), inputs: [x] });
  const { stdout, stderr } = spawnSync("python3", ["-c", script], { input: JSON.stringify(cases), encoding: "utf8" });
  expect(stderr).toBe("");
  (JSON.parse(stdout) as [number, number[]][]).forEach(([output, grads], i) => {
    const { g, inputs } = sampled[i] ?? { g: steep, inputs: { x: cases[i]!.inputs[0]! } };
    const [expected, expectedGrads] = g.compile()(...Object.values(inputs));
    expect(grads.length).toBe(expectedGrads.length);
    for (const [k, value] of [output, ...grads].entries()) {
      const wanted = [expected, ...expectedGrads][k]!;
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(wanted)));
    }
  });
});

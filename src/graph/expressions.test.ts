import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { expect, test } from "vitest";
import {
  difference,
  expectExact,
  expectOneAnswer,
  expectSameInLatex,
  expectSameInPython,
  graphsWithInputs,
  moderateGraphs,
  pythonRunner,
} from "./expressions.cases.ts";
import { graph } from "./graph.ts";

const sampled = fc.sample(graphsWithInputs, { seed: 442, numRuns: 60 });

test("the gradient of a random expression is its central difference", () => {
  let compared = 0;
  fc.assert(
    fc.property(moderateGraphs, ({ g, inputs }) => {
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

test("every value and gradient of a random expression is that of 60-digit arithmetic, at inputs of any size", () => {
  let compared = 0;
  fc.assert(
    fc.property(graphsWithInputs, (one) => {
      compared += expectExact(one);
    }),
    { numRuns: 500 },
  );
  expect(compared).toBeGreaterThan(3000);
});

test("compiled code, the interpreter, the passes and the generated TypeScript agree to the last bit", () => {
  fc.assert(fc.property(graphsWithInputs, expectOneAnswer), { numRuns: 200 });
});

test("LaTeX gives the same numbers, with and without copies", () => {
  fc.assert(
    fc.property(moderateGraphs, ({ g, inputs }) => {
      expectSameInLatex({ g, inputs });
      expectSameInLatex({ g: g.withCopies(), inputs });
    }),
    { numRuns: 300 },
  );
});

test("a printed graph reads back as the same graph", () => {
  fc.assert(
    fc.property(graphsWithInputs, ({ g }) => {
      expect(graph(g.toString()).structure).toEqual(g.structure);
      const copied = g.withCopies();
      expect(graph(copied.toString()).structure).toEqual(copied.structure);
      expect(copied.withCopies().structure).toEqual(copied.structure);
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

test("generated Python gives the same numbers, and raises an error where they are not finite", (context) => {
  if (spawnSync("python3", ["--version"]).status !== 0) return context.skip("python3 is not installed");
  const at = (text: string, x: readonly number[]): (typeof sampled)[number][] =>
    x.map((value) => ({ g: graph(text), inputs: { x: value } }));
  const good = [
    ...sampled,
    ...at("sigmoid(x)", [-2000, -800, -720, -5, 0, 5, 40, 720, 800, 2000]),
    ...at("tanh(x)", [-800, -5, 0, 5, 40, 720, 800]),
    ...at("log(sigmoid(x))", [-720, 720]),
  ];
  const bad = [
    ...at("x ^ 0.5 + x ^ -0.5 + x ^ 2.5", [-8]), // a power that would be a complex number
    ...at("x ^ -1", [0]),
    ...at("1 / x", [0]),
    ...at("log(x)", [-1, 0]),
    ...at("sqrt(x)", [-1, 0]),
    ...at("exp(x)", [800]),
  ];
  const cases = [...good, ...bad].map(({ g, inputs }) => {
    return { source: g.toSource("python"), inputs: Object.values(inputs) };
  });
  const input = JSON.stringify(cases);
  const { stdout, stderr } = spawnSync("python3", ["-c", pythonRunner], { input, encoding: "utf8" });
  expect(stderr).toBe("");
  const results: (string[] | string)[] = JSON.parse(stdout);
  for (const [i, one] of good.entries()) expectSameInPython(one, results[i]!);
  for (const [i, { g }] of bad.entries())
    expect([String(g), results[good.length + i]]).toEqual([String(g), expect.stringMatching(/Error$/)]);
});

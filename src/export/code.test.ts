import { spawnSync } from "node:child_process";
import ts from "typescript";
import { expect, test } from "vitest";
import { imageExamples, imageLength } from "../data/index.ts";
import { evaluation, softmax } from "../layers/index.ts";
import { ScaleLayer } from "../layers/scale-layer.cases.ts";
import { MultiLayerNet, Sequential } from "../models/index.ts";
import { createRng, randn } from "../tensor/index.ts";
import { formatPython, formatTypeScript } from "./code.ts";
import { exportedActivations, programOf, runProgram, withQuantizedWeights } from "./program.ts";

const image = { channels: 3, height: 2, width: 2 };
const D = imageLength(image);
const count = 12;
const pixels = Uint8Array.from({ length: count * D }, (_, i) => (i * 37) % 256);
const classNames = ["ant", 'b"at', "cat"];

function exported(activation: string, norm: "batch" | "layer" | "none") {
  const rng = createRng(5);
  const model = new MultiLayerNet({
    inputDim: D,
    hiddenDims: [7, 5],
    numClasses: 3,
    activation,
    norm,
    dropout: 0.2,
    rng,
  });
  for (let i = 0; i < 5; i++) model.forward(randn([20, D], { rng }), { training: true, rng });
  for (const [name, w] of Object.entries(model.parameters()))
    if (/gamma|beta|^b/.test(name)) rng.fillNormal(w.data, 0.5);
  const normalization = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] };
  return { model, image, classNames, settings: {}, normalization };
}

/** The probabilities that the model itself gives. */
function probabilitiesOf({ model, normalization }: ReturnType<typeof exported>): number[][] {
  const set = { images: pixels, labels: new Uint8Array(count), count };
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  const probs = softmax(model.forward(imageExamples(set, image, rows, normalization).batch(rows).x, evaluation)[0]);
  return Array.from({ length: count }, (_, i) => [...probs.data.subarray(3 * i, 3 * i + 3)]);
}

async function load(
  code: string,
): Promise<{ classify(pixels: ArrayLike<number>): { name: string; probabilities: Float32Array } }> {
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText, diagnostics } = ts.transpileModule(code, { compilerOptions: options, reportDiagnostics: true });
  expect(diagnostics).toEqual([]);
  return import(`data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`);
}

const cases = exportedActivations.flatMap((activation) =>
  (["batch", "layer", "none"] as const).map((norm) => [activation, norm] as const),
);

test.each(
  cases,
)("TypeScript with %s and %s normalisation gives the model's probabilities", async (activation, norm) => {
  const one = exported(activation, norm);
  const { classify } = await load(formatTypeScript(one, programOf(one), { weights: "float32" }));
  for (const [i, expected] of probabilitiesOf(one).entries()) {
    const { name, probabilities } = classify(pixels.subarray(i * D, (i + 1) * D));
    probabilities.forEach((value, c) => expect(value).toBeCloseTo(expected[c]!, 5));
    expect(name).toBe(classNames[expected.indexOf(Math.max(...expected))]);
  }
  expect(() => classify([1, 2])).toThrow("classify: expected 12 pixels, got 2");
});

test("the generated TypeScript compiles under strict settings", () => {
  const one = exported("gelu", "layer");
  for (const weights of ["float32", "int8"] as const) {
    const files = new Map([["classify.ts", formatTypeScript(one, programOf(one), { weights })]]);
    const options: ts.CompilerOptions = {
      strict: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
      types: [],
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (name, version, ...rest) =>
      files.has(name)
        ? ts.createSourceFile(name, files.get(name)!, version)
        : getSourceFile.call(host, name, version, ...rest);
    const found = ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host));
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "))).toEqual([]);
  }
});

test("8-bit weights: the file computes what was measured, close to the model", async () => {
  const one = exported("relu", "batch");
  const operations = programOf(one);
  const { classify } = await load(formatTypeScript(one, operations, { weights: "int8" }));
  const expected = probabilitiesOf(one);
  for (let i = 0; i < count; i++) {
    const own = pixels.subarray(i * D, (i + 1) * D);
    const scores = runProgram(withQuantizedWeights(operations), own);
    const { probabilities } = classify(own);
    const largest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, c) => expect(probabilities[c]).toBeCloseTo(power / sum, 5));
    probabilities.forEach((value, c) => expect(value).toBeCloseTo(expected[i]![c]!, 1));
  }
});

const hasNumpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;
test.skipIf(!hasNumpy)(
  `Python gives the model's probabilities${hasNumpy ? "" : " (skipped: no python3 with NumPy)"}`,
  () => {
    for (const [activation, norm] of [
      ["gelu", "layer"],
      ["swish", "batch"],
      ["elu", "none"],
      ["geluTanh", "none"],
    ] as const)
      for (const weights of ["float32", "int8"] as const) {
        const one = exported(activation, norm);
        const code = `${formatPython(one, programOf(one), { weights })}
import json, sys
print(json.dumps([probabilities(json.load(sys.stdin)).tolist(), classify(np.zeros((1, ${D})))]))`;
        const input = JSON.stringify(Array.from({ length: count }, (_, i) => [...pixels.subarray(i * D, (i + 1) * D)]));
        const { stdout, stderr } = spawnSync("python3", ["-c", code], { input, encoding: "utf8" });
        expect(stderr).toBe("");
        const [probs, [name]] = JSON.parse(stdout) as [number[][], string[]];
        expect(classNames).toContain(name);
        for (const [i, row] of probabilitiesOf(one).entries())
          row.forEach((value, c) => expect(probs[i]![c]).toBeCloseTo(value, weights === "int8" ? 1 : 5));
      }
  },
);

test("layers and activations that only their author knows, and files that are too large, are refused", () => {
  const model = new Sequential({ layers: [new ScaleLayer(D, "float32")], inputDim: D, numClasses: D });
  const one = { model, image, classNames, settings: {}, normalization: undefined };
  expect(() => programOf(one)).toThrow("export: layer scale cannot be written as code");
  const huge = { kind: "affine", D: 2000, M: 2000, w: new Float32Array(4e6), b: new Float32Array(2000) } as const;
  expect(() => formatTypeScript(one, [huge], { weights: "float32" })).toThrow(
    "expected at most 20 MB of source code, got 21.3 MB; take --weights int8",
  );
});

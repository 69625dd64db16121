/** A trained network as one file of source code that needs nothing: TypeScript, or Python with NumPy. */
import { SettingError } from "../errors.ts";
import { type ExportedActivation, type ExportedModel, type Operation, quantized } from "./program.ts";

export interface CodeOptions {
  readonly weights: "float32" | "int8";
}

/** Larger files of source code trouble editors and bundlers. */
export const mostCodeBytes = 20_000_000;

/** @throws {SettingError} for a file above {@link mostCodeBytes} */
export function formatTypeScript(
  exported: ExportedModel,
  operations: readonly Operation[],
  { weights }: CodeOptions,
): string {
  const { image, classNames } = exported;
  const { channels, height, width } = image;
  const { lines, data } = translate(operations, typescript, weights);
  const uses = (kind: Operation["kind"]): boolean => operations.some((operation) => operation.kind === kind);
  return checked([
    "/** Written by `chainrule export`. Classifies one image; needs nothing but this file. */",
    "",
    `export const classNames: readonly string[] = ${JSON.stringify(classNames)};`,
    "",
    "/**",
    ` * @param pixels - ${channels * height * width} bytes 0…255: ${channels} planes of ${height} rows of ${width}`,
    " * @returns the name of the most probable class, and the probability of each",
    " */",
    "export function classify(pixels: ArrayLike<number>): { name: string; probabilities: Float32Array } {",
    `  if (pixels.length !== ${channels * height * width}) throw new RangeError(\`classify: expected ${channels * height * width} pixels, got \${pixels.length}\`);`,
    "  let x: Float32Array = Float32Array.from(pixels);",
    ...lines,
    "  const highest = x.reduce((a, b) => Math.max(a, b));",
    "  const powers = x.map((score) => Math.exp(score - highest));",
    "  const sum = powers.reduce((a, b) => a + b, 0);",
    "  const probabilities = powers.map((power) => power / sum);",
    "  return { name: classNames[probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b)))]!, probabilities };",
    "}",
    "",
    "function bytes(text: string): ArrayBuffer {",
    "  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;",
    "}",
    "",
    "function floats(text: string): Float32Array {",
    "  return new Float32Array(bytes(text));",
    "}",
    ...(weights === "int8" && uses("affine")
      ? [
          "",
          "function scaled(text: string, factors: Float32Array): Float32Array {",
          "  return Float32Array.from(new Int8Array(bytes(text)), (value, i) => value * factors[i % factors.length]!);",
          "}",
        ]
      : []),
    "",
    "function affine(x: Float32Array, w: Float32Array, b: Float32Array): Float32Array {",
    "  const sums = Float64Array.from(b);",
    "  x.forEach((value, d) => {",
    "    if (value !== 0) for (let j = 0; j < sums.length; j++) sums[j]! += value * w[d * sums.length + j]!;",
    "  });",
    "  return Float32Array.from(sums);",
    "}",
    ...(uses("layerNorm")
      ? [
          "",
          "function normalize(x: Float32Array, gamma: Float32Array, beta: Float32Array, eps: number): Float32Array {",
          "  const mean = x.reduce((a, b) => a + b, 0) / x.length;",
          "  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;",
          "  return x.map((v, j) => ((v - mean) / Math.sqrt(variance + eps)) * gamma[j]! + beta[j]!);",
          "}",
        ]
      : []),
    ...(usesErf(operations) ? ["", ...erfLines] : []),
    "",
    ...data,
    "",
  ]);
}

/** @throws {SettingError} for a file above {@link mostCodeBytes} */
export function formatPython(
  exported: ExportedModel,
  operations: readonly Operation[],
  { weights }: CodeOptions,
): string {
  const { image, classNames } = exported;
  const { channels, height, width } = image;
  const { lines, data } = translate(operations, python, weights);
  return checked([
    '"""Written by `chainrule export`. Classifies images; needs NumPy and nothing else."""',
    "import base64",
    ...(usesErf(operations) ? ["import math"] : []),
    "",
    "import numpy as np",
    "",
    `class_names = ${JSON.stringify(classNames)}`,
    "",
    "",
    "def probabilities(pixels):",
    `    """pixels: (N, ${channels * height * width}) or (N, ${channels}, ${height}, ${width}), bytes 0 to 255; returns (N, ${classNames.length})"""`,
    "    x = np.asarray(pixels, np.float32).reshape(len(pixels), -1)",
    ...lines,
    "    x = np.exp(x - x.max(1, keepdims=True))",
    "    return x / x.sum(1, keepdims=True)",
    "",
    "",
    "def classify(pixels):",
    '    """The name of the most probable class of each image."""',
    "    return [class_names[c] for c in probabilities(pixels).argmax(1)]",
    "",
    "",
    "def floats(text):",
    '    return np.frombuffer(base64.b64decode(text), "<f4")',
    "",
    "",
    ...(weights === "int8"
      ? [
          "def scaled(text, factors):",
          "    values = np.frombuffer(base64.b64decode(text), np.int8).astype(np.float32)",
          "    return (values.reshape(-1, len(factors)) * factors).ravel()",
          "",
          "",
        ]
      : []),
    ...data,
    "",
  ]);
}

/** How a language writes operations. The constants of operation 3 are called w3 and b3, or scale3 and shift3. */
interface Language {
  readonly constant: (name: string, value: string) => string;
  /** A matrix of D rows and M columns, from the expression for a list of its numbers. */
  readonly matrix: (numbers: string, D: number, M: number) => string;
  readonly affine: (i: number) => string;
  readonly activation: (name: ExportedActivation) => string;
  readonly scale: (i: number) => string;
  readonly layerNorm: (i: number, eps: number) => string;
}

const typescript: Language = {
  constant: (name, value) => `const ${name} = ${value};`,
  matrix: (numbers) => numbers,
  affine: (i) => `  x = affine(x, w${i}, b${i});`,
  activation: (name) => `  x = x.map((v) => ${scriptActivations[name]});`,
  scale: (i) => `  x = x.map((v, j) => v * scale${i}[j]! + shift${i}[j]!);`,
  layerNorm: (i, eps) => `  x = normalize(x, scale${i}, shift${i}, ${eps});`,
};

const python: Language = {
  constant: (name, value) => `${name} = ${value}`,
  matrix: (numbers, D, M) => `${numbers}.reshape(${D}, ${M})`,
  affine: (i) => `    x = x @ w${i} + b${i}`,
  activation: (name) => `    x = ${pythonActivations[name]}`,
  scale: (i) => `    x = x * scale${i} + shift${i}`,
  layerNorm: (i, eps) =>
    `    x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + ${eps}) * scale${i} + shift${i}`,
};

/** A line for each operation, and the declarations of their constants. */
function translate(
  operations: readonly Operation[],
  language: Language,
  weights: CodeOptions["weights"],
): { lines: string[]; data: string[] } {
  const data: string[] = [];
  const declare = (name: string, value: string): void => {
    data.push(language.constant(name, value));
  };
  const lineOf = (operation: Operation, i: number): string => {
    switch (operation.kind) {
      case "affine":
        declare(`w${i}`, language.matrix(weightsOf(operation, weights), operation.D, operation.M));
        declare(`b${i}`, floats(operation.b));
        return language.affine(i);
      case "activation":
        return language.activation(operation.name);
      case "scale":
        declare(`scale${i}`, floats(operation.scale));
        declare(`shift${i}`, floats(operation.shift));
        return language.scale(i);
      case "layerNorm":
        declare(`scale${i}`, floats(operation.gamma));
        declare(`shift${i}`, floats(operation.beta));
        return language.layerNorm(i, operation.eps);
    }
  };
  return { lines: operations.map(lineOf), data };
}

/** `floats("…")`, or with 8-bit weights `scaled("…", floats("…"))`: functions that both languages get. */
function weightsOf(operation: Extract<Operation, { kind: "affine" }>, weights: CodeOptions["weights"]): string {
  if (weights === "float32") return floats(operation.w);
  const { values, factors } = quantized(operation);
  return `scaled("${base64(values)}", ${floats(factors)})`;
}

function floats(values: Float32Array): string {
  return `floats("${base64(values)}")`;
}

function usesErf(operations: readonly Operation[]): boolean {
  return operations.some((operation) => operation.kind === "activation" && operation.name === "gelu");
}

function base64(values: Float32Array | Int8Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x6000)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000)));
  return text; // 0x6000 is a multiple of three: the pieces of base64 follow each other
}

function checked(lines: readonly string[]): string {
  const code = lines.join("\n");
  if (code.length > mostCodeBytes)
    throw new SettingError(
      `export: expected at most ${mostCodeBytes / 1e6} MB of source code, got ${(code.length / 1e6).toFixed(1)} MB; take --weights int8, or write .onnx`,
    );
  return code;
}

const scriptActivations: Readonly<Record<ExportedActivation, string>> = {
  relu: "Math.max(0, v)",
  leakyRelu: "(v > 0 ? v : 0.01 * v)",
  elu: "(v > 0 ? v : Math.expm1(v))",
  gelu: "0.5 * v * (1 + erf(v * Math.SQRT1_2))",
  geluTanh: "0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))",
  sigmoid: "1 / (1 + Math.exp(-v))",
  tanh: "Math.tanh(v)",
  swish: "v / (1 + Math.exp(-v))",
};

const pythonActivations: Readonly<Record<ExportedActivation, string>> = {
  relu: "np.maximum(x, 0)",
  leakyRelu: "np.where(x > 0, x, np.float32(0.01) * x)",
  elu: "np.where(x > 0, x, np.expm1(np.minimum(x, 0)))",
  gelu: "x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))).astype(np.float32)",
  geluTanh: "0.5 * x * (1 + np.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * x**3)))",
  sigmoid: "1 / (1 + np.exp(-x))",
  tanh: "np.tanh(x)",
  swish: "x / (1 + np.exp(-x))",
};

/** Abramowitz & Stegun 7.1.26, off by at most 1.5e-7. */
const erfLines = [
  "/** Abramowitz and Stegun 7.1.26, off by at most 1.5e-7. */",
  "function erf(x: number): number {",
  "  const t = 1 / (1 + 0.3275911 * Math.abs(x));",
  "  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;",
  "  return Math.sign(x) * (1 - sum * Math.exp(-x * x));",
  "}",
];

/** A trained network as one file of source code that needs nothing: TypeScript, or Python with NumPy. */
import { SettingError } from "../errors.ts";
import type { ExportedModel } from "./onnx.ts";
import { type Operation, quantized } from "./program.ts";

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
  const data: string[] = [];
  const lines = operations.map((operation, i) => {
    if (operation.kind === "affine") {
      data.push(
        weightsIn("const", `w${i}`, operation, weights, (type, text) => `${type}("${text}")`),
        `const b${i} = floats("${base64(operation.b)}");`,
      );
      return `  x = affine(x, w${i}, b${i});`;
    }
    if (operation.kind === "activation") return `  x = x.map((v) => ${scriptActivations[operation.name]});`;
    const [scale, shift] =
      operation.kind === "scale" ? [operation.scale, operation.shift] : [operation.gamma, operation.beta];
    data.push(`const scale${i} = floats("${base64(scale)}");`, `const shift${i} = floats("${base64(shift)}");`);
    return operation.kind === "scale"
      ? `  x = x.map((v, j) => v * scale${i}[j]! + shift${i}[j]!);`
      : `  x = normalize(x, scale${i}, shift${i}, ${operation.eps});`;
  });
  const uses = (kind: Operation["kind"]): boolean => operations.some((operation) => operation.kind === kind);
  const isErf = operations.some((operation) => operation.kind === "activation" && operation.name === "gelu");
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
    ...(isErf ? ["", ...erfLines] : []),
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
  const data: string[] = [];
  const lines = operations.map((operation, i) => {
    if (operation.kind === "affine") {
      data.push(
        weightsIn("", `w${i}`, operation, weights, (type, text) => `${type}("${text}")`).replace(
          /;$/,
          `.reshape(${operation.D}, ${operation.M})`,
        ),
        `b${i} = floats("${base64(operation.b)}")`,
      );
      return `    x = x @ w${i} + b${i}`;
    }
    if (operation.kind === "activation") return `    x = ${pythonActivations[operation.name]}`;
    const [scale, shift] =
      operation.kind === "scale" ? [operation.scale, operation.shift] : [operation.gamma, operation.beta];
    data.push(`scale${i} = floats("${base64(scale)}")`, `shift${i} = floats("${base64(shift)}")`);
    return operation.kind === "scale"
      ? `    x = x * scale${i} + shift${i}`
      : `    x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + ${operation.eps}) * scale${i} + shift${i}`;
  });
  const isErf = operations.some((operation) => operation.kind === "activation" && operation.name === "gelu");
  return checked([
    '"""Written by `chainrule export`. Classifies images; needs NumPy and nothing else."""',
    "import base64",
    ...(isErf ? ["import math"] : []),
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

/** `const w0 = floats("…");`, or with 8-bit weights `scaled("…", floats("…"))`. */
function weightsIn(
  declare: string,
  name: string,
  operation: Extract<Operation, { kind: "affine" }>,
  weights: CodeOptions["weights"],
  call: (type: "floats", text: string) => string,
): string {
  const start = `${declare} ${name} = `.trimStart();
  if (weights === "float32") return `${start}${call("floats", base64(operation.w))};`;
  const { values, factors } = quantized(operation);
  return `${start}scaled("${base64(values)}", ${call("floats", base64(factors))});`;
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

const scriptActivations: Readonly<Record<string, string>> = {
  relu: "Math.max(0, v)",
  leakyRelu: "(v > 0 ? v : 0.01 * v)",
  elu: "(v > 0 ? v : Math.expm1(v))",
  gelu: "0.5 * v * (1 + erf(v * Math.SQRT1_2))",
  geluTanh: "0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))",
  sigmoid: "1 / (1 + Math.exp(-v))",
  tanh: "Math.tanh(v)",
  swish: "v / (1 + Math.exp(-v))",
};

const pythonActivations: Readonly<Record<string, string>> = {
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

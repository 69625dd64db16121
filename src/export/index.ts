export { type CodeOptions, formatPython, formatTypeScript, mostCodeBytes } from "./code.ts";
export { formatOnnx, type OnnxOptions } from "./onnx.ts";
export { type ExportedModel, type Operation, programOf, runProgram, withQuantizedWeights } from "./program.ts";

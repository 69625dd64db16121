export { type CodeOptions, formatPython, formatTypeScript, mostCodeBytes } from "./code.ts";
export { type ExportedModel, formatOnnx, type OnnxOptions } from "./onnx.ts";
export { type Operation, programOf, runProgram, withQuantizedWeights } from "./program.ts";

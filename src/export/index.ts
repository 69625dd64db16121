export { type ExportedModel, formatOnnx, type OnnxOptions } from "./onnx.ts";

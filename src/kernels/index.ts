export type {
  BatchNormBackward,
  BatchNormForward,
  Dropout,
  FloatArray,
  GatherBytes,
  Gemm,
  Kernels,
  KernelsName,
  Product,
  Update,
  UpdateRule,
} from "./kernels.ts";
export { availableKernels, type KernelsProvider, kernels, registerKernels, setKernels } from "./registry.ts";

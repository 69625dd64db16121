export type {
  FloatArray,
  GatherBytes,
  Gemm,
  Kernels,
  KernelsName,
  SgdUpdate,
  WeightStep,
} from "./kernels.ts";
export { availableKernels, type KernelsProvider, kernels, registerKernels, setKernels } from "./registry.ts";

export {
  checkGemm,
  type FloatArray,
  type GatherBytes,
  type Gemm,
  type Kernels,
  type KernelsName,
  type SgdUpdate,
} from "./kernels.ts";
export { availableKernels, type KernelsProvider, kernels, registerKernels, setKernels } from "./registry.ts";

export { checkShape } from "./check-shape.ts";
export { randn, tensor, toKernelMemory, zeros } from "./create.ts";
export { formatNpy, parseNpy } from "./npy.ts";
export { createRng, Rng } from "./rng.ts";
export { allocate, type DataTypes, type DType, type FloatDType, type NestedNumbers, Tensor } from "./tensor.ts";

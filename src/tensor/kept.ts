import { kernels } from "../kernels/index.ts";
import { type FloatDType, Tensor } from "./tensor.ts";

/**
 * The same numbers in memory where the kernels in use compute without copying: for tensors that live long, such as
 * parameters. Short-lived ones are better off in ordinary memory, which is given back sooner.
 */
export function kept<F extends FloatDType>(x: Tensor<F>): Tensor<F> {
  const { allocate } = kernels();
  const data = x.dtype === "float64" ? allocate("float64", x.size) : allocate("float32", x.size);
  data.set(x.data);
  return new Tensor(data as Tensor<F>["data"], x.shape, x.dtype);
}

import { checkNumber, formatShape, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/index.ts";
import type { Rng } from "./rng.ts";
import { allocate, type DType, type FloatDType, type NestedNumbers, sizeOf, Tensor } from "./tensor.ts";

/**
 * A tensor from nested arrays, or from flat values and a shape.
 *
 * @param values - `[[1, 2], [3, 4]]`, one number, or flat values (array or typed array) with `shape`; copied
 * @param options.dtype - default float32; numbers outside an integer dtype wrap as typed arrays do
 * @throws {ShapeError} when rows have different lengths or `shape` does not fit
 */
export function tensor<D extends DType = "float32">(
  values: NestedNumbers | ArrayLike<number>,
  { shape, dtype = "float32" as D }: { shape?: readonly number[]; dtype?: D } = {},
): Tensor<D> {
  if (isTyped(values)) {
    const data = allocate(dtype, values.length);
    data.set(values);
    return new Tensor(data, shape ? [...shape] : [values.length], dtype);
  }
  const found: number[] = [];
  for (let level: unknown = values; isList(level); level = level[0]) found.push(level.length);
  const flat: number[] = [];
  const flatten = (level: unknown, depth: number): void => {
    if (depth === found.length && typeof level === "number") flat.push(level);
    else if (isList(level) && level.length === found[depth])
      for (let i = 0; i < level.length; i++) flatten(level[i], depth + 1);
    else throw new ShapeError(`tensor: expected rows of equal length as in shape ${formatShape(found)}`);
  };
  flatten(values, 0);
  const result = shape ?? found;
  const data = allocate(dtype, flat.length);
  data.set(flat);
  return new Tensor(data, [...result], dtype);
}

function isTyped(values: unknown): values is ArrayLike<number> {
  return ArrayBuffer.isView(values) && !(values instanceof DataView);
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isTyped(value);
}

/** A tensor of zeros. */
export function zeros<D extends DType = "float32">(
  shape: readonly number[],
  { dtype = "float32" as D }: { dtype?: D } = {},
): Tensor<D> {
  return new Tensor(allocate(dtype, sizeOf("zeros", shape)), [...shape], dtype);
}

/**
 * A tensor of normal numbers with mean 0 and standard deviation `scale` (default 1).
 * @throws {SettingError} for a negative or NaN scale
 */
export function randn<F extends FloatDType = "float32">(
  shape: readonly number[],
  { rng, scale = 1, dtype = "float32" as F }: { rng: Rng; scale?: number; dtype?: F },
): Tensor<F> {
  checkNumber("randn", "scale", scale);
  const out = zeros(shape, { dtype });
  if (scale > 0) rng.fillNormal(out.data as Float32Array | Float64Array, scale);
  return out;
}

/**
 * The same numbers in memory where the kernels in use compute without copying: for tensors that live long, such as
 * parameters. Short-lived ones are better off in ordinary memory, which is reclaimed sooner.
 */
export function toKernelMemory<F extends FloatDType>(x: Tensor<F>): Tensor<F> {
  const data = kernels().allocate(x.dtype as "float32", x.size) as Tensor<F>["data"];
  data.set(x.data);
  return new Tensor(data, x.shape, x.dtype);
}

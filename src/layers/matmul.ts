import { formatShape, ShapeError } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { allocate, type FloatDType, Tensor } from "../tensor/index.ts";

export type FloatTensor = Tensor<FloatDType>;

/** A tensor of zeros in the precision of `x`. */
export function newLike<F extends FloatDType>(x: Tensor<F>, shape: readonly number[] = x.shape): Tensor<F> {
  const size = shape.reduce((a, b) => a * b, 1);
  return new Tensor(allocate(x.dtype, size), shape, x.dtype);
}

/**
 * Matrix product `op(a)·op(b) + bias` through the kernels in use.
 *
 * @param options.transposeA - use aᵀ; likewise `transposeB`
 * @param options.bias - one number per column, added to every row
 * @throws {ShapeError} when the inner sizes differ
 */
export function matmul<F extends FloatDType>(
  a: Tensor<F>,
  b: Tensor<F>,
  {
    transposeA = false,
    transposeB = false,
    bias,
  }: { transposeA?: boolean; transposeB?: boolean; bias?: Tensor<F> } = {},
): Tensor<F> {
  const [m, k] = sizes("a", a, transposeA);
  const [inner, n] = sizes("b", b, transposeB);
  if (k !== inner)
    throw new ShapeError(
      `matmul: expected b of shape (K, N) with K=${k}, got ${formatShape([inner, n])}${transposeB ? " after the transpose" : ""}`,
    );
  const out = newLike(a, [m, n]);
  kernels().gemm<FloatArray>({
    m,
    n,
    k,
    a: a.data,
    b: b.data,
    out: out.data,
    transposeA,
    transposeB,
    ...(bias && { bias: bias.data }),
  });
  return out;
}

function sizes(name: string, x: FloatTensor, transpose: boolean): [rows: number, columns: number] {
  if (x.shape.length !== 2)
    throw new ShapeError(`matmul: expected ${name} to be a matrix, got shape ${formatShape(x.shape)}`);
  const [rows = 0, columns = 0] = x.shape;
  return transpose ? [columns, rows] : [rows, columns];
}

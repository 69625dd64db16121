/**
 * Row-major n-dimensional data: a shape, a dtype and one flat typed array. Nothing is computed here;
 * arithmetic lives in `layers/` on top of `kernels/`.
 */
import { checkInteger, formatShape, ShapeError } from "../errors.ts";

export interface DataTypes {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
}
export type DType = keyof DataTypes;
export type FloatDType = "float32" | "float64";

/** Arbitrarily nested arrays of numbers, all rows of one depth equally long. */
export type NestedNumbers = number | readonly NestedNumbers[];

export class Tensor<D extends DType = "float32"> {
  readonly shape: readonly number[];
  readonly dtype: D;
  readonly data: DataTypes[D];
  /** Keeps the memory of `data` from being used again: the whole array that `data` is a part of. */
  readonly #owner: DataTypes[D];

  /**
   * Wraps `data` without copying it.
   * @param owner - the array that `data` is a part of; default `data` itself
   * @throws {ShapeError} when the shape does not hold exactly `data.length` numbers
   */
  constructor(data: DataTypes[D], shape: readonly number[], dtype: D, owner: DataTypes[D] = data) {
    const size = sizeOf("Tensor", shape);
    if (data.length !== size)
      throw new ShapeError(`Tensor: expected ${size} numbers for shape ${formatShape(shape)}, got ${data.length}`);
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
    this.#owner = owner;
  }

  /** How many numbers there are: the product of the shape. */
  get size(): number {
    return this.data.length;
  }

  /**
   * The number at one place, for instance `x.at(2, 0)`.
   * @throws {ShapeError} for the wrong count of indices or one outside its dimension
   */
  at(...index: number[]): number {
    const inside = index.every((i, axis) => Number.isInteger(i) && i >= 0 && i < (this.shape[axis] ?? 0));
    if (index.length !== this.shape.length || !inside)
      throw new ShapeError(`at: expected an index inside shape ${formatShape(this.shape)}, got ${formatShape(index)}`);
    return this.data[index.reduce((offset, i, axis) => offset * this.shape[axis]! + i, 0)]!;
  }

  /** Nested plain arrays, as {@link tensor} takes them. */
  toArray(): NestedNumbers {
    const nest = (axis: number, offset: number, stride: number): NestedNumbers => {
      if (axis === this.shape.length) return this.data[offset]!;
      const length = this.shape[axis]!;
      const step = stride / (length || 1);
      return Array.from({ length }, (_, i) => nest(axis + 1, offset + i * step, step));
    };
    return nest(0, 0, this.size);
  }

  /**
   * The same numbers under another shape; the data is shared, not copied.
   * @throws {ShapeError} when the sizes differ
   */
  reshape(shape: readonly number[]): Tensor<D> {
    if (sizeOf("reshape", shape) !== this.size)
      throw new ShapeError(
        `reshape: expected a shape of ${this.size} numbers like ${formatShape(this.shape)}, got ${formatShape(shape)}`,
      );
    return new Tensor(this.data, shape, this.dtype, this.#owner);
  }

  /**
   * The first axis from `start` up to `end`; the data is shared, not copied.
   * @throws {ShapeError} unless 0 <= start <= end <= the length of that axis
   */
  rows(start: number, end: number): Tensor<D> {
    const [length = -1, ...rest] = this.shape;
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > length)
      throw new ShapeError(`rows: expected 0 <= start <= end <= ${length}, got ${start} and ${end}`);
    const each = length === 0 ? 0 : this.size / length;
    const part = this.data.subarray(start * each, end * each) as DataTypes[D];
    return new Tensor(part, [end - start, ...rest], this.dtype, this.#owner);
  }

  /** A copy with data of its own. */
  clone(): Tensor<D> {
    return new Tensor(this.data.slice() as DataTypes[D], this.shape, this.dtype);
  }
}

/** @throws {ShapeError} unless every length is a whole number >= 0 */
export function sizeOf(who: string, shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0)
      throw new ShapeError(`${who}: expected a shape of whole numbers >= 0, got ${formatShape(shape)}`);
    size *= length;
  }
  return size;
}

/** An empty typed array of `length` zeros. */
export function allocate<D extends DType>(dtype: D, length: number): DataTypes[D] {
  checkInteger("allocate", "length", length, 0);
  const types = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
  return new types[dtype](length) as DataTypes[D];
}

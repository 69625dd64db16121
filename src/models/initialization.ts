/** How weights start: rules that keep the size of numbers from one layer to the next. */
import { checkNumber } from "../errors.ts";
import { type FloatDType, type Rng, randn, type Tensor, toKernelMemory } from "../tensor/index.ts";

export type InitName = "he" | "xavier" | "orthogonal";

/** The rules by name; each gives weights for so many inputs and outputs of a layer. */
export const initializations: Readonly<
  Record<InitName, <F extends FloatDType>(inputs: number, outputs: number, rng: Rng, dtype: F) => Tensor<F>>
> = {
  /** Normal with standard deviation √(2 / inputs). He et al. 2015, "Delving deep into rectifiers". */
  he: (inputs, outputs, rng, dtype) => normal(inputs, outputs, Math.sqrt(2 / Math.max(1, inputs)), rng, dtype),
  /** Normal with √(2 / (inputs + outputs)). Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward networks". */
  xavier: (inputs, outputs, rng, dtype) => normal(inputs, outputs, Math.sqrt(2 / (inputs + outputs)), rng, dtype),
  /**
   * Rows or columns, whichever are fewer, at right angles, of length √2 as relu asks for. Saxe, McClelland & Ganguli 2014,
   * "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".
   */
  orthogonal,
};

/**
 * Weights for one layer.
 *
 * @param scale - a rule, or the standard deviation of normal weights, >= 0
 * @returns (inputs, outputs), in the memory of the kernels
 * @throws {SettingError} for a scale that is negative or not finite
 */
export function initialWeights<F extends FloatDType>(
  scale: number | InitName,
  inputs: number,
  outputs: number,
  rng: Rng,
  dtype: F,
): Tensor<F> {
  if (typeof scale !== "number") return toKernelMemory(initializations[scale](inputs, outputs, rng, dtype));
  checkNumber("initialWeights", "weightScale", scale);
  return toKernelMemory(normal(inputs, outputs, scale, rng, dtype));
}

function normal<F extends FloatDType>(inputs: number, outputs: number, scale: number, rng: Rng, dtype: F): Tensor<F> {
  return randn([inputs, outputs], { rng, scale, dtype });
}

/** Gram–Schmidt on normal vectors, each made orthogonal to those before it twice, which is enough (Giraud et al. 2005). */
function orthogonal<F extends FloatDType>(inputs: number, outputs: number, rng: Rng, dtype: F): Tensor<F> {
  const [count, length] = [Math.min(inputs, outputs), Math.max(inputs, outputs)];
  const { data } = randn([count, length], { rng, dtype: "float64" });
  const rows = Array.from({ length: count }, (_, i) => data.subarray(i * length, (i + 1) * length));
  rows.forEach((row, i) => {
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const share = dot(row, rows[j]!);
        for (let k = 0; k < length; k++) row[k]! -= share * rows[j]![k]!;
      }
    const norm = Math.sqrt(dot(row, row));
    for (let k = 0; k < length; k++) row[k]! /= norm;
  });
  const out = randn([inputs, outputs], { rng, scale: 0, dtype });
  const isWide = outputs > inputs; // the orthogonal vectors are then the rows of the matrix, else its columns
  for (let i = 0; i < inputs; i++)
    for (let j = 0; j < outputs; j++) out.data[i * outputs + j] = Math.SQRT2 * (isWide ? rows[i]![j]! : rows[j]![i]!);
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

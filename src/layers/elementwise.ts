/** Functions of one number, applied to every element: what activations but relu are. */
import { formatShape } from "../errors.ts";
import { checkShape, type FloatDType, type Tensor } from "../tensor/index.ts";
import { newLike } from "./matmul.ts";

export interface ElementwiseCache<F extends FloatDType = "float32"> {
  readonly x: Tensor<F>;
  readonly out: Tensor<F>;
}

export type ElementwiseForward = <F extends FloatDType>(x: Tensor<F>) => [out: Tensor<F>, cache: ElementwiseCache<F>];
export type ElementwiseBackward = <F extends FloatDType>(gradOut: Tensor<F>, cache: ElementwiseCache<F>) => Tensor<F>;

/**
 * The forward/backward pair of a function of one number.
 *
 * @param name - of the backward function, in messages
 * @param f - the function
 * @param derivative - its derivative, given x and f(x)
 */
export function elementwise(
  name: string,
  f: (x: number) => number,
  derivative: (x: number, out: number) => number,
): readonly [forward: ElementwiseForward, backward: ElementwiseBackward] {
  const forward: ElementwiseForward = (x) => {
    const out = newLike(x);
    for (let i = 0; i < x.size; i++) out.data[i] = f(x.data[i]!);
    return [out, { x, out }];
  };
  const backward: ElementwiseBackward = (gradOut, { x, out }) => {
    checkShape(name, "gradOut", gradOut, "x", x.shape, ` = ${formatShape(x.shape)}`);
    const gradX = newLike(x);
    for (let i = 0; i < x.size; i++) gradX.data[i] = gradOut.data[i]! * derivative(x.data[i]!, out.data[i]!);
    return gradX;
  };
  return [forward, backward];
}

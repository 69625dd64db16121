import { type FloatDType, type Tensor, zeros } from "../tensor/index.ts";
import type { Layer, LayerSettings, Tensors } from "./index.ts";

/** A layer that the library does not know, as a user writes one: `out = x · s`, one factor per column, all equal at first. */
export class ScaleLayer<F extends FloatDType = "float32"> implements Layer<F, Tensor<F>> {
  readonly settings: LayerSettings;
  readonly decayed: readonly string[] = ["s"];
  readonly s: Tensor<F>;

  constructor(dim: number, dtype: F, factor = 2) {
    this.settings = { kind: "scale", dim };
    this.s = zeros([dim], { dtype });
    this.s.data.fill(factor);
  }

  parameters(): Tensors<F> {
    return { s: this.s };
  }

  buffers(): Tensors<F> {
    return {};
  }

  forward(x: Tensor<F>): [out: Tensor<F>, cache: Tensor<F>] {
    const out = x.clone();
    for (let i = 0; i < out.size; i++) out.data[i]! *= this.s.data[i % this.s.size]!;
    return [out, x.clone()];
  }

  backward(gradOut: Tensor<F>, x: Tensor<F>): { gradX: Tensor<F>; grads: Tensors<F> } {
    const s = zeros(this.s.shape, { dtype: this.s.dtype }) as Tensor<F>;
    for (let i = 0; i < x.size; i++) s.data[i % s.size]! += x.data[i]! * gradOut.data[i]!;
    return { gradX: this.forward(gradOut)[0], grads: { s } };
  }
}

import { type Rng, randn, type Tensor, zeros } from "chainrule";
import { fcBackward, fcForward, reluBackward, reluForward } from "./layers.ts";

type T = Tensor<"float64">;
interface Options {
  inputDim: number;
  hiddenDims: readonly number[];
  numClasses: number;
  weightScale: number;
  rng: Rng;
}
interface Stage {
  fc: { x: T; w: T };
  relu: { x: T } | undefined;
}

export class MultiLayerNet {
  readonly all: Record<string, T> = {};
  readonly depth: number;

  constructor({ inputDim, hiddenDims, numClasses, weightScale, rng }: Options) {
    const dims = [inputDim, ...hiddenDims, numClasses];
    this.depth = dims.length - 1;
    for (let i = 1; i < dims.length; i++) {
      this.all[`W${i}`] = randn([dims[i - 1]!, dims[i]!], { rng, scale: weightScale, dtype: "float64" });
      this.all[`b${i}`] = zeros([dims[i]!], { dtype: "float64" });
    }
  }

  parameters() {
    return this.all;
  }

  forward(x: T): [T, Stage[]] {
    const stages: Stage[] = [];
    for (let i = 1; i <= this.depth; i++) {
      const [out, fc] = fcForward(x, this.all[`W${i}`]!, this.all[`b${i}`]!);
      const [active, relu] = reluForward(out);
      const isLast = i === this.depth;
      stages.push({ fc, relu: isLast ? undefined : relu });
      x = isLast ? out : active;
    }
    return [x, stages];
  }

  backward(grad: T, stages: Stage[]) {
    const grads: Record<string, T> = {};
    for (let i = this.depth; i >= 1; i--) {
      const { fc, relu } = stages[i - 1]!;
      if (relu) grad = reluBackward(grad, relu);
      const [gradX, gradW, gradB] = fcBackward(grad, fc);
      grads[`W${i}`] = gradW;
      grads[`b${i}`] = gradB;
      grad = gradX;
    }
    return grads;
  }
}

import { type Rng, randn, type Tensor, zeros } from "chainrule";
import { fcBackward, fcForward, reluBackward, reluForward } from "./layers.ts";

type T = Tensor<"float64">;
interface Options {
  inputDim: number;
  hiddenDim: number;
  numClasses: number;
  weightScale: number;
  rng: Rng;
}
interface Cache {
  fc1: { x: T; w: T };
  relu: { x: T };
  fc2: { x: T; w: T };
}

export class TwoLayerNet {
  W1: T;
  b1: T;
  W2: T;
  b2: T;

  constructor({ inputDim, hiddenDim, numClasses, weightScale, rng }: Options) {
    this.W1 = randn([inputDim, hiddenDim], { rng, scale: weightScale, dtype: "float64" });
    this.b1 = zeros([hiddenDim], { dtype: "float64" });
    this.W2 = randn([hiddenDim, numClasses], { rng, scale: weightScale, dtype: "float64" });
    this.b2 = zeros([numClasses], { dtype: "float64" });
  }

  parameters() {
    return { W1: this.W1, b1: this.b1, W2: this.W2, b2: this.b2 };
  }

  forward(x: T): [T, Cache] {
    const [hidden, fc1] = fcForward(x, this.W1, this.b1);
    const [active, relu] = reluForward(hidden);
    const [scores, fc2] = fcForward(active, this.W2, this.b2);
    return [scores, { fc1, relu, fc2 }];
  }

  backward(gradScores: T, { fc1, relu, fc2 }: Cache) {
    const [gradActive, W2, b2] = fcBackward(gradScores, fc2);
    const gradHidden = reluBackward(gradActive, relu);
    const [, W1, b1] = fcBackward(gradHidden, fc1);
    return { W1, b1, W2, b2 };
  }
}
